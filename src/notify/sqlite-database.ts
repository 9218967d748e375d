import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SettingsError } from '../model/errors.ts'
import { type Clock, type Logger } from '../model/ports.ts'
import { checkOwner, migrate } from './sqlite-schema.ts'
import { isBusy, isCorrupt, outboxTrouble } from './sqlite-trouble.ts'

/** What opening the outbox's file needs. */
export interface OpenRequest {
  readonly file: string
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
  readonly quickCheckMaxBytes: number
}

/** The files that SQLite keeps for one database: https://www.sqlite.org/tempfiles.html */
const suffixes = ['', '-wal', '-shm', '-journal'] as const

/**
 * Opens the file for this process alone, making it and its folder (mode 0700) when they are not there. A corrupt file is set
 * aside as `<file>.corrupt-<time>` and a new one begun. Throws SettingsError when another process holds the file, or when it
 * cannot be written.
 */
export function openOutboxDatabase(request: OpenRequest): DatabaseSync {
  const { file, logger } = request
  prepareFile(file)
  try {
    return openAndCheck(request)
  } catch (error) {
    if (!isCorrupt(error)) throw error
    const aside = setAside(file, request.clock.now())
    logger.error(
      { file, aside, error: String(error) },
      'the outbox file is corrupt: it was set aside and a new one begun; notifications that it held are not sent',
    )
    prepareFile(file)
    return openAndCheck(request)
  }
}

function openAndCheck({ file, quickCheckMaxBytes }: OpenRequest): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { enableForeignKeyConstraints: true })
    checkOwner(database, file)
    configure(database)
    if (statSync(file).size <= quickCheckMaxBytes) quickCheck(database)
    migrate(database)
    readLanes(database)
    return database
  } catch (error) {
    database?.close()
    if (isBusy(error)) {
      throw new SettingsError(`another process holds ${file}; stop it, or name another folder with --data`)
    }
    const trouble = isCorrupt(error) ? undefined : outboxTrouble(error)
    throw trouble === undefined ? error : unwritable(file, trouble)
  }
}

/**
 * WAL with an exclusive lock (https://www.sqlite.org/wal.html#use_of_wal_without_shared_memory): a second process fails at its
 * first access. FULL: a commit is on disk when it returns. The busy timeout only bridges a predecessor's last moment.
 */
function configure(database: DatabaseSync): void {
  database.exec(`
    PRAGMA busy_timeout = 250;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -65536;
    PRAGMA trusted_schema = OFF;
    BEGIN EXCLUSIVE;
    COMMIT;
  `)
}

/** A finding becomes the same error that SQLite gives when it stumbles over corruption by itself. */
function quickCheck(database: DatabaseSync): void {
  const finding = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
  if (finding !== 'ok') throw Object.assign(new Error(`quick_check: ${String(finding)}`), { errcode: 11 })
}

/** What the outbox reads first, at any size: corruption there is found now rather than under a post. */
function readLanes(database: DatabaseSync): void {
  database.prepare('SELECT receiver, min(seq) FROM notifications GROUP BY receiver').all()
}

function prepareFile(file: string): void {
  const folder = dirname(file)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Only a file that is not there is opened: closing any handle of a file drops this process' locks on it.
    if (!existsSync(file)) closeSync(openSync(file, 'wx', 0o600))
    accessSync(file, constants.R_OK | constants.W_OK)
    chmodSync(file, 0o600)
    syncFolder(folder)
  } catch (error) {
    throw unwritable(file, error)
  }
}

function unwritable(file: string, cause: unknown): SettingsError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new SettingsError(`cannot write ${file} (${why}); name a writable folder with --data`, { cause })
}

/** Makes the file's name itself survive a power cut. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function setAside(file: string, now: number): string {
  const stem = `${file}.corrupt-${new Date(now).toISOString().replaceAll(':', '-')}`
  let aside = stem
  for (let count = 2; existsSync(aside); count += 1) aside = `${stem}-${count}`
  for (const suffix of suffixes) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix)
  }
  return aside
}
