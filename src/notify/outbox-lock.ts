import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { isBusy, isCorrupt } from './sqlite-trouble.ts'

/** Holds a folder for this process, until it is closed or the process ends. */
export interface OutboxLock {
  close(): void
}

/**
 * Takes the lock; undefined when another process has it. It is SQLite's own lock on an empty file, for Node has none: the outbox's
 * file itself is open several times in this process. The busy timeout only bridges a predecessor's last moment.
 */
export function takeLock(file: string): OutboxLock | undefined {
  try {
    return lock(file)
  } catch (error) {
    if (isBusy(error)) return undefined
    if (!isCorrupt(error)) throw error
    // Nothing but the lock was ever in it.
    rmSync(file)
    return lock(file)
  }
}

function lock(file: string): OutboxLock {
  const database = new DatabaseSync(file)
  try {
    database.exec(
      'PRAGMA busy_timeout = 250; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE',
    )
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
