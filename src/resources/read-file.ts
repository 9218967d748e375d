import { constants, type BigIntStats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

/** A file, and what tells whether it changed. */
export interface FoundFile {
  readonly path: string
  /** Changes when the content may have changed: device, inode, size, modification and change time. */
  readonly stamp: string
  readonly bytes: number
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number
}

/** A file's bytes, or why there are none. */
export type Content =
  | { readonly state: 'read'; readonly bytes: Uint8Array; readonly stamp: string }
  | { readonly state: 'changing' }
  | { readonly state: 'gone' }
  | { readonly state: 'unreadable'; readonly why: string }

/** Reads a whole regular file of at most `maxBytes`; `changing` when it was written to meanwhile. */
export async function readBounded(path: string, maxBytes: number): Promise<Content> {
  try {
    // Without O_NONBLOCK a named pipe that took the file's place would hold us for ever.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return await readOpen(path, file, maxBytes)
  } catch (error) {
    const why = errorCode(error)
    return why === 'ENOENT' ? { state: 'gone' } : { state: 'unreadable', why }
  }
}

async function readOpen(path: string, file: FileHandle, maxBytes: number): Promise<Content> {
  const facts = await file.stat({ bigint: true })
  if (!facts.isFile()) return { state: 'unreadable', why: 'is not a regular file' }
  const before = toFile(path, facts)
  if (before.bytes > maxBytes) {
    return { state: 'unreadable', why: `has ${before.bytes} bytes; at most ${maxBytes} are read` }
  }
  const buffer = Buffer.alloc(before.bytes)
  const { bytesRead } = await file.read(buffer, 0, before.bytes, 0)
  const after = toFile(path, await file.stat({ bigint: true }))
  if (bytesRead !== before.bytes || after.stamp !== before.stamp) return { state: 'changing' }
  return { state: 'read', bytes: buffer, stamp: before.stamp }
}

/** A file's facts from its `stat`. */
export function toFile(path: string, found: BigIntStats): FoundFile {
  return {
    path,
    stamp: `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`,
    bytes: Number(found.size),
    modifiedAt: Number(found.mtimeMs),
  }
}

/** The code of a system error such as `ENOENT`, or its text. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
