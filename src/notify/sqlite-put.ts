import { type DatabaseSync } from 'node:sqlite'
import { type AlertStatus } from '../model/alert.ts'
import { OutboxFullError } from '../model/errors.ts'
import { type ResourceKey } from '../model/object.ts'
import { toWireGroup } from '../model/wire.ts'
import { foldStates, isDuplicate, remember, type KnownState } from './duplicates.ts'
import { type OutboxLimits } from './limits.ts'
import { type AlertState, type NewNotification, type Post, type PutResult } from './outbox.ts'
import { integer, one, optionalInteger, text } from './sqlite-rows.ts'
import { type Fullness, type Space } from './sqlite-space.ts'

/** A notification that was stored, for its lane. */
export interface StoredNotification {
  readonly seq: number
  readonly receiver: ResourceKey
}

/** What a put did. */
export interface PutOutcome extends PutResult {
  readonly rows: readonly StoredNotification[]
}

/** A put, to be run inside a transaction. Throws OutboxFullError. */
export type PutOperation = (post: Post) => PutOutcome

type StateRow = readonly [state: AlertState, known: KnownState | undefined]

export function createPut(database: DatabaseSync, limits: OutboxLimits, space: Space): PutOperation {
  const statements = prepare(database)
  return (post) => {
    const judged = post.notifications.map((notification) => {
      const states = foldStates(notification.states).map((state): StateRow => [state, find(statements, state)])
      const seen = states.length > 0 && states.every(([state, known]) => isDuplicate(state, known, post, limits))
      return { notification, states, seen }
    })
    const fresh = judged.filter(({ seen }) => !seen)
    const duplicates = judged.filter(({ seen }) => seen).map(({ notification }) => notification.id)
    if (fresh.length === 0) return { stored: [], duplicates, rows: [] }
    const body = JSON.stringify(toWireGroup(post.group))
    refuseWhenFull(space(), limits, { notifications: fresh.length, characters: body.length })
    const postId = integer(one(statements.addPost, { source: post.group.source, body }), 'id')
    for (const [state, known] of fresh.flatMap(({ states }) => states)) {
      const { status, startsAt, acceptedAt, remindedAt } = remember(state, known, post, limits)
      statements.keepState.run(state.identity, status, startsAt, acceptedAt, remindedAt ?? null)
    }
    const rows = fresh.map(({ notification }) => add(statements, notification, { post, postId }))
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
    addPost: database.prepare('INSERT INTO posts (source, body) VALUES (:source, :body) RETURNING id'),
    addNotification: database.prepare(`
      INSERT INTO notifications (id, post, receiver, channel, tenant, alerts, accepted_at, queued_at, next_at)
      VALUES (:id, :post, :receiver, :channel, :tenant, :alerts, :at, :at, :at) RETURNING seq`),
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

function add(
  statements: Statements,
  notification: NewNotification,
  { post, postId }: { readonly post: Post; readonly postId: number },
): StoredNotification {
  const { id, receiver, channel, tenant, alerts } = notification
  const places = alerts.length === post.group.alerts.length ? null : JSON.stringify(alerts)
  const values = { id, post: postId, receiver, channel, tenant, alerts: places, at: post.acceptedAt }
  return { seq: integer(one(statements.addNotification, values), 'seq'), receiver }
}

function refuseWhenFull(
  { pending, usedBytes }: Fullness,
  { maxPending, maxBytes }: OutboxLimits,
  adding: { readonly notifications: number; readonly characters: number },
): void {
  if (pending + adding.notifications > maxPending) {
    throw new OutboxFullError(`the outbox holds ${pending} of at most ${maxPending} notifications`)
  }
  if (usedBytes + adding.characters > maxBytes) {
    throw new OutboxFullError(
      `the outbox has no room for another ${adding.characters} bytes: it holds ${usedBytes} of at most ${maxBytes}`,
    )
  }
}
