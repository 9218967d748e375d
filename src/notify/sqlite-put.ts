import { type DatabaseSync } from 'node:sqlite'
import { type AlertStatus } from '../model/alert.ts'
import { OutboxFullError } from '../model/errors.ts'
import { type ResourceKey } from '../model/object.ts'
import { foldStates, isDuplicate, remember, type KnownState } from './duplicates.ts'
import { type OutboxLimits } from './limits.ts'
import { type AlertState, type PutResult } from './outbox.ts'
import { integer, one, optionalInteger, text } from './sqlite-rows.ts'
import { type Fullness, type Space } from './sqlite-space.ts'
import { statesOf, type StoredNotification, type StoredPost } from './stored-post.ts'

/** A notification in the outbox, for its lane. */
export interface Queued {
  readonly seq: number
  readonly receiver: ResourceKey
  readonly tenant: string
}

/** What a put did. */
export interface PutOutcome extends PutResult {
  readonly rows: readonly Queued[]
}

/** A put, to be run inside a transaction. Throws OutboxFullError. */
export type PutOperation = (post: StoredPost) => PutOutcome

type StateRow = readonly [state: AlertState, known: KnownState | undefined]

export function createPut(database: DatabaseSync, limits: OutboxLimits, space: Space): PutOperation {
  const statements = prepare(database)
  return (post) => {
    const judged = post.notifications.map((notification) => {
      const states = foldStates(statesOf(notification)).map((state): StateRow => [state, find(statements, state)])
      const seen = states.length > 0 && states.every(([state, known]) => isDuplicate(state, known, post, limits))
      return { notification, states, seen }
    })
    const fresh = judged.filter(({ seen }) => !seen)
    const duplicates = judged.filter(({ seen }) => seen).map(({ notification }) => notification.id)
    if (fresh.length === 0) return { stored: [], duplicates, rows: [] }
    refuseWhenFull(space(), limits, { notifications: fresh.length, bytes: post.bytes })
    const postId = addPost(statements, post)
    for (const [state, known] of fresh.flatMap(({ states }) => states)) {
      const { status, startsAt, acceptedAt, remindedAt } = remember(state, known, post, limits)
      statements.keepState.run(state.identity, status, startsAt, acceptedAt, remindedAt ?? null)
    }
    const rows = fresh.map(({ notification }) => add(statements, notification, { at: post.acceptedAt, postId }))
    return { stored: fresh.map(({ notification }) => notification.id), duplicates, rows }
  }
}

type Statements = ReturnType<typeof prepare>

function prepare(database: DatabaseSync) {
  return {
    findState: database.prepare('SELECT * FROM states WHERE identity = ?'),
    keepState: database.prepare(`
      INSERT INTO states (identity, status, starts_at, accepted_at, reminded_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (identity) DO UPDATE SET status = excluded.status, starts_at = excluded.starts_at,
        accepted_at = excluded.accepted_at, reminded_at = excluded.reminded_at`),
    addPost: database.prepare(`
      INSERT INTO posts (source, body, group_key, bytes) VALUES (:source, :body, :groupKey, :bytes) RETURNING id`),
    addSlice: database.prepare('INSERT INTO post_slices (post, body) VALUES (?, ?)'),
    addNotification: database.prepare(`
      INSERT INTO notifications
        (id, post, receiver, channel, tenant, alerts, alert_count, accepted_at, queued_at, next_at)
      VALUES (:id, :post, :receiver, :channel, :tenant, :places, :alerts, :at, :at, :at) RETURNING seq`),
  }
}

function find(statements: Statements, state: AlertState): KnownState | undefined {
  const row = statements.findState.get(state.identity)
  if (row === undefined) return undefined
  return {
    status: text(row, 'status') as AlertStatus,
    startsAt: text(row, 'starts_at'),
    acceptedAt: integer(row, 'accepted_at'),
    remindedAt: optionalInteger(row, 'reminded_at'),
  }
}

function addPost(statements: Statements, { source, groupKey, body, slices, bytes }: StoredPost): number {
  const id = integer(one(statements.addPost, { source, groupKey, body, bytes }), 'id')
  for (const slice of slices) statements.addSlice.run(id, slice)
  return id
}

function add(
  statements: Statements,
  { id, receiver, channel, tenant, places, alerts }: StoredNotification,
  { at, postId }: { readonly at: number; readonly postId: number },
): Queued {
  const values = { id, post: postId, receiver, channel, tenant, places, alerts, at }
  return { seq: integer(one(statements.addNotification, values), 'seq'), receiver, tenant }
}

function refuseWhenFull(
  { pending, usedBytes, payloadBytes }: Fullness,
  { maxPending, maxBytes, maxPayloadBytes }: OutboxLimits,
  adding: { readonly notifications: number; readonly bytes: number },
): void {
  if (pending + adding.notifications > maxPending) {
    throw new OutboxFullError(`the outbox holds ${pending} of at most ${maxPending} notifications`)
  }
  for (const [held, most] of [
    [usedBytes, maxBytes],
    [payloadBytes, maxPayloadBytes],
  ] as const) {
    if (held + adding.bytes <= most) continue
    throw new OutboxFullError(
      `the outbox has no room for another ${adding.bytes} bytes: it holds ${held} of at most ${most}`,
    )
  }
}
