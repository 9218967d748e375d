import { closeSync, copyFileSync, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs'

/** The files that SQLite keeps for one database: https://www.sqlite.org/tempfiles.html */
const suffixes = ['', '-wal', '-shm', '-journal'] as const

/** Moves a database with its files out of the way, under a name with the time; gives back the new name of its main file. */
export function setAside(file: string, now: number): string {
  const aside = freeName(file, now)
  for (const suffix of suffixes) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix)
  }
  return aside
}

/** SQLite deletes the log of an empty database; when the database has lost its pages, the log is all there is. */
export function hasLostItsPages(file: string): boolean {
  return sizeOf(file) === 0 && sizeOf(`${file}-wal`) > 0
}

/** Either of the two that a log can begin with: https://www.sqlite.org/fileformat2.html#walformat */
const magicNumbers: ReadonlySet<number> = new Set([0x377f0682, 0x377f0683])

/**
 * Copies a write-ahead log that SQLite would take for empty, and overwrite, because its beginning is damaged. Gives back the name
 * of the copy, or undefined when there is nothing to copy. To be asked before the database is opened.
 */
export function copyDamagedLog(file: string, now: number): string | undefined {
  const log = `${file}-wal`
  if (sizeOf(log) === 0 || magicNumbers.has(firstNumber(log))) return undefined
  const copy = freeName(log, now)
  copyFileSync(log, copy)
  return copy
}

function firstNumber(file: string): number {
  const bytes = Buffer.alloc(4)
  const handle = openSync(file, 'r')
  try {
    return readSync(handle, bytes) < 4 ? 0 : bytes.readUInt32BE()
  } finally {
    closeSync(handle)
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function freeName(file: string, now: number): string {
  const stem = `${file}.corrupt-${new Date(now).toISOString().replaceAll(':', '-')}`
  let name = stem
  for (let count = 2; existsSync(name); count += 1) name = `${stem}-${count}`
  return name
}
