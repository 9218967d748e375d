import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SettingsError } from '../model/errors.ts'
import { type Clock, type Logger } from '../model/ports.ts'
import { takeLock, type OutboxLock } from './outbox-lock.ts'
import { type Recovery } from './outbox.ts'
import { copyDamagedLog, hasLostItsPages, setAside } from './sqlite-aside.ts'
import { salvage } from './sqlite-salvage.ts'
import { checkOwner, migrate } from './sqlite-schema.ts'
import { isBusy, isCorrupt, outboxTrouble } from './sqlite-trouble.ts'

/** What opening the outbox's file needs. */
export interface OpenRequest {
  readonly file: string
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
  readonly quickCheckMaxBytes: number
}

/** The outbox's file, checked and in this program's schema. */
export interface OpenedDatabase {
  readonly database: DatabaseSync
  readonly lock: OutboxLock
  readonly recovered?: Recovery
}

/**
 * Opens the file for this process alone, making it and its folder (mode 0700) when they are not there. A corrupt file is set
 * aside as `<file>.corrupt-<time>` and a new one begun, with what could be read of the old one. Throws SettingsError when another
 * process holds the file, or when it cannot be written.
 */
export function openOutboxDatabase(request: OpenRequest): OpenedDatabase {
  const { file } = request
  prepareFolder(file)
  const lock = takeLockFor(file)
  try {
    const log = copyDamagedLog(file, request.clock.now())
    if (log !== undefined) return { lock, ...openWithoutLog(request, log) }
    return { lock, ...openOrReplace(request) }
  } catch (error) {
    lock.close()
    throw error
  }
}

/** The connection that writes. */
export function openWriter(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true })
  try {
    configure(database)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

/** A connection that only reads: always what was last committed, and without waiting for the one who writes. */
export function openReader(file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA busy_timeout = 250; PRAGMA query_only = ON; PRAGMA cache_size = -16384')
  return database
}

function openOrReplace(request: OpenRequest): Omit<OpenedDatabase, 'lock'> {
  const { file } = request
  if (hasLostItsPages(file)) return replace(request, emptyButForLog)
  prepareFile(file)
  try {
    return { database: openAndCheck(request) }
  } catch (error) {
    if (!isCorrupt(error)) throw error
    return replace(request, error instanceof Error ? error.message : String(error))
  }
}

/** Nothing of it can be read, and SQLite would delete the log when it is asked to. */
const emptyButForLog = 'it is empty although its log is not'
const nothing = { notifications: 0, deadLetters: 0 }

function replace(request: OpenRequest, reason: string): Omit<OpenedDatabase, 'lock'> {
  const { file, clock, logger } = request
  const at = clock.now()
  const movedTo = setAside(file, at)
  prepareFile(file)
  const database = openAndCheck(request)
  const saved = reason === emptyButForLog ? nothing : salvage({ from: movedTo, into: database })
  logger.error(
    { file, movedTo, reason, ...saved },
    'the outbox file is corrupt: it was set aside and a new one begun, with what could still be read; what could not is not sent',
  )
  return { database, recovered: { at, movedTo, reason, ...saved } }
}

function openWithoutLog(request: OpenRequest, movedTo: string): Omit<OpenedDatabase, 'lock'> {
  const reason = 'the write-ahead log is damaged from its beginning'
  request.logger.error(
    { file: request.file, movedTo, reason },
    'the outbox has lost its latest changes: the damaged log was copied; notifications in it are not sent',
  )
  const opened = openOrReplace(request)
  return { recovered: { at: request.clock.now(), movedTo, reason, ...nothing }, ...opened }
}

function openAndCheck({ file, quickCheckMaxBytes }: OpenRequest): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    inspect(file, statSync(file).size <= quickCheckMaxBytes)
    database = openWriter(file)
    migrate(database)
    readFirst(database)
    return database
  } catch (error) {
    database?.close()
    if (isBusy(error)) throw held(file)
    const trouble = isCorrupt(error) ? undefined : outboxTrouble(error)
    throw trouble === undefined ? error : unwritable(file, trouble)
  }
}

/** By a connection that changes nothing: a file that is found corrupt is kept as it was found. */
function inspect(file: string, whole: boolean): void {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    checkOwner(database, file)
    check(database, whole)
  } finally {
    database.close()
  }
}

/**
 * FULL: a commit is on disk when it returns. Nobody but this process opens the file (see outbox-lock.ts), except a version before
 * the lock, which holds it for itself alone: the empty transaction finds that out.
 */
function configure(database: DatabaseSync): void {
  database.exec(`
    PRAGMA busy_timeout = 250;
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

/** Of a large file, what is read for every notification; posts and history, which make it large, are found out when they are read. */
const vitalTables = ['notifications', 'dead_letters', 'totals']

function check(database: DatabaseSync, whole: boolean): void {
  if (whole) {
    quickCheck(database, '1')
    return
  }
  const exists = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
  for (const table of vitalTables) if (exists.get(table) !== undefined) quickCheck(database, table)
}

/** A finding becomes the same error that SQLite gives when it stumbles over corruption by itself. */
function quickCheck(database: DatabaseSync, what: string): void {
  const finding = database.prepare(`PRAGMA quick_check(${what})`).get()?.['quick_check']
  if (finding !== 'ok') throw corrupt(`quick_check: ${String(finding)}`)
}

/** What the outbox reads first, at any size: corruption there is found now rather than under a post. */
function readFirst(database: DatabaseSync): void {
  database.prepare('SELECT receiver, min(seq) FROM notifications GROUP BY receiver').all()
  if (database.prepare('SELECT 1 FROM totals').get() === undefined) throw corrupt('the totals are gone')
}

function corrupt(message: string): Error {
  return Object.assign(new Error(message), { errcode: 11 })
}

function takeLockFor(file: string): OutboxLock {
  const name = join(dirname(file), 'outbox.lock')
  try {
    const lock = takeLock(name)
    if (lock === undefined) throw held(file)
    chmodSync(name, 0o600)
    return lock
  } catch (error) {
    throw error instanceof SettingsError ? error : unwritable(file, error)
  }
}

function prepareFolder(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unwritable(file, error)
  }
}

function prepareFile(file: string): void {
  try {
    // Only a file that is not there is opened: closing any handle of a file drops this process' locks on it.
    if (!existsSync(file)) closeSync(openSync(file, 'wx', 0o600))
    accessSync(file, constants.R_OK | constants.W_OK)
    chmodSync(file, 0o600)
    syncFolder(dirname(file))
  } catch (error) {
    throw unwritable(file, error)
  }
}

function held(file: string): SettingsError {
  return new SettingsError(`another process holds ${file}; stop it, or name another folder with --data`)
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
