import { OutboxUnavailableError } from '../model/errors.ts'

/** SQLite's primary result codes that mean "not now" or "not here": https://www.sqlite.org/rescode.html */
const storageCodes: ReadonlyMap<number, string> = new Map([
  [5, 'the database is locked'],
  [6, 'a table is locked'],
  [7, 'out of memory'],
  [8, 'the file or its folder is read-only'],
  [10, 'the disk reported an I/O error'],
  [11, 'the file is corrupt'],
  [13, 'the disk is full'],
  [14, 'the file cannot be opened'],
  [15, 'the file lock protocol failed'],
  [26, 'the file is not a database'],
])
const corruptCodes: ReadonlySet<number> = new Set([11, 26])
const busyCodes: ReadonlySet<number> = new Set([5, 15])

/** SQLite's primary result code of an error that `node:sqlite` threw. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

/** The refusal that a storage fault becomes; undefined for any other error, a bug of ours for example. */
export function outboxTrouble(error: unknown): OutboxUnavailableError | undefined {
  if (error instanceof OutboxUnavailableError) return error
  const because = storageCodes.get(primaryCode(error) ?? 0)
  return because === undefined ? undefined : new OutboxUnavailableError(`the outbox: ${because}`, { cause: error })
}

export function isCorrupt(error: unknown): boolean {
  return corruptCodes.has(primaryCode(error) ?? 0)
}

export function isBusy(error: unknown): boolean {
  return busyCodes.has(primaryCode(error) ?? 0)
}
