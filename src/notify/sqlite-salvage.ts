import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { integer, one, text, type Row, type Values } from './sqlite-rows.ts'

/** What could be read of a corrupt database. */
export interface Salvaged {
  readonly notifications: number
  readonly deadLetters: number
}

export interface SalvageRequest {
  /** The corrupt file; it is only read. */
  readonly from: string
  /** A new database in this program's schema. */
  readonly into: DatabaseSync
}

/** Rows that are looked at; as many as an outbox ever holds, with room. */
const maxRows = 200_000
/** Damaged places that are stepped over in one table, each step twice as far as the one before. */
const maxGaps = 40

/**
 * Copies what waits, and dead letters, as far as SQLite can still read them with their posts. Never throws: what cannot be read, or
 * is not what this program writes, is left out.
 */
export function salvage({ from, into }: SalvageRequest): Salvaged {
  let old: DatabaseSync | undefined
  try {
    old = new DatabaseSync(from, { readOnly: true })
    const posts = createPostCopy(old, into)
    into.exec('BEGIN IMMEDIATE')
    const saved = {
      notifications: copyTable({ old, into, posts }, 'notifications', ['queued_at', 'next_at', 'failed']),
      deadLetters: copyTable({ old, into, posts }, 'dead_letters', ['died_at']),
    }
    into.exec('COMMIT')
    return saved
  } catch {
    if (into.isTransaction) into.exec('ROLLBACK')
    return { notifications: 0, deadLetters: 0 }
  } finally {
    old?.close()
  }
}

/** The columns that both tables have; `post` comes first. */
const shared = ['id', 'receiver', 'channel', 'tenant', 'alerts', 'accepted_at', 'attempts', 'done', 'reason', 'detail']

interface Copying {
  readonly old: DatabaseSync
  readonly into: DatabaseSync
  readonly posts: (id: number) => number | undefined
}

function copyTable(
  { old, into, posts }: Copying,
  table: 'notifications' | 'dead_letters',
  more: readonly string[],
): number {
  const columns = [...shared, ...more]
  const add = into.prepare(`
    INSERT OR IGNORE INTO ${table} (post, ${columns.join(', ')})
    VALUES (:post, ${columns.map((column) => `:${column}`).join(', ')})`)
  let saved = 0
  for (const row of readableRows(() =>
    old.prepare(`SELECT seq, post, ${columns.join(', ')} FROM ${table} WHERE seq > ? LIMIT 1`),
  )) {
    const copied = attempt(() => {
      const post = isOurs(row) ? posts(integer(row, 'post')) : undefined
      if (post === undefined) return 0
      const values = Object.fromEntries(columns.map((column) => [column, row[column] ?? null])) as Values
      return Number(add.run({ ...values, post }).changes)
    })
    saved += copied ?? 0
  }
  return saved
}

/** Rows one by one, in their order; behind a damaged place it goes on further and further away. */
function* readableRows(prepare: () => StatementSync): Generator<Row> {
  const next = attempt(prepare)
  if (next === undefined) return
  let last = 0
  let step = 1
  for (let count = 0, gaps = 0; count < maxRows && gaps < maxGaps; count += 1) {
    const found = attempt(() => ({ row: next.get(last) }))
    if (found === undefined) {
      gaps += 1
      last += step
      step *= 2
      continue
    }
    if (found.row === undefined) return
    last = Number(found.row['seq'])
    step = 1
    yield found.row
  }
}

/** Copies a post once; gives back its new id, or undefined when it cannot be read. */
function createPostCopy(old: DatabaseSync, into: DatabaseSync): (id: number) => number | undefined {
  const find = old.prepare('SELECT source, body FROM posts WHERE id = ?')
  const slicesOf = attempt(() => old.prepare('SELECT body FROM post_slices WHERE post = ? ORDER BY id'))
  const add = into.prepare(`
    INSERT INTO posts (source, body, group_key, bytes) VALUES (:source, :body, :groupKey, :bytes) RETURNING id`)
  const addSlice = into.prepare('INSERT INTO post_slices (post, body) VALUES (?, ?)')
  const copies = new Map<number, number | undefined>()

  function copy(id: number): number {
    const post = find.get(id)
    if (post === undefined) throw new Error('the post is gone')
    const body = text(post, 'body')
    const slices = (slicesOf?.all(id) ?? []).map((row) => row['body'] as Uint8Array)
    const { groupKey } = JSON.parse(body) as { groupKey: string }
    for (const slice of slices) JSON.parse(Buffer.from(slice).toString())
    const bytes = slices.reduce((sum, { byteLength }) => sum + byteLength, Buffer.byteLength(body))
    const added = integer(one(add, { source: text(post, 'source'), body, groupKey, bytes }), 'id')
    for (const slice of slices) addSlice.run(added, slice)
    return added
  }

  return (id) => {
    if (!copies.has(id))
      copies.set(
        id,
        attempt(() => copy(id)),
      )
    return copies.get(id)
  }
}

/** A page of something else may still look like a row. */
function isOurs(row: Row): boolean {
  const { id, receiver, done } = row
  if (typeof id !== 'string' || typeof receiver !== 'string' || typeof done !== 'string') return false
  return /^[A-Za-z0-9_-]{1,64}$/u.test(id) && /^[A-Za-z]+\/.+$/u.test(receiver) && Array.isArray(JSON.parse(done))
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
