import { type DatabaseSync } from 'node:sqlite'
import { integer, one } from './sqlite-rows.ts'

/** How full the database is. Reads a handful of header fields and one row, never a table. */
export interface Fullness {
  readonly pending: number
  readonly dead: number
  /** Bytes of the posts that notifications and dead letters refer to. */
  readonly payloadBytes: number
  /** Bytes of pages in use; freed pages are used again before the file grows. */
  readonly usedBytes: number
  /** Size of the main file. */
  readonly bytes: number
}

export type Space = () => Fullness

export function createSpace(database: DatabaseSync): Space {
  const statement = database.prepare(`
    SELECT pending, dead, payload, page_count, freelist_count, page_size
    FROM totals, pragma_page_count, pragma_freelist_count, pragma_page_size`)
  return () => {
    const row = one(statement)
    const pageSize = integer(row, 'page_size')
    const pages = integer(row, 'page_count')
    return {
      pending: integer(row, 'pending'),
      dead: integer(row, 'dead'),
      payloadBytes: integer(row, 'payload'),
      usedBytes: (pages - integer(row, 'freelist_count')) * pageSize,
      bytes: pages * pageSize,
    }
  }
}
