import { type DatabaseSync } from 'node:sqlite'
import { OutboxFullError } from '../model/errors.ts'
import { type ResourceKey } from '../model/object.ts'
import { isDuplicate, isFresh, remember, type AlertState } from './duplicates.ts'
import { type OutboxLimits } from './limits.ts'
import { type PutResult } from './outbox.ts'
import { integer, one } from './sqlite-rows.ts'
import { type Fullness, type Space } from './sqlite-space.ts'
import { createStates, textOfStates, type StateSet } from './sqlite-states.ts'
import { placesOf, statesOf, type PostedState, type StoredNotification, type StoredPost } from './stored-post.ts'

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

export function createPut(database: DatabaseSync, limits: OutboxLimits, space: Space): PutOperation {
  const statements = prepare(database)
  const states = createStates(database)
  return (post) => {
    const toldBy = createTold(post)
    const judged = post.notifications.map((notification) => {
      const told = toldBy(notification)
      const known = states.find(notification.scope)
      const seen = told.size > 0 && [...told].every(([key, state]) => isDuplicate(state, known.get(key), post, limits))
      return { notification, told, known, seen }
    })
    const fresh = judged.filter(({ seen }) => !seen)
    const duplicates = judged.filter(({ seen }) => seen).map(({ notification }) => notification.id)
    if (fresh.length === 0) return { stored: [], duplicates, rows: [] }
    refuseWhenFull(space(), limits, { notifications: fresh.length, bytes: post.bytes })
    const postId = addPost(statements, post)
    const remembered = createRemembered(post, limits)
    for (const { notification, told, known } of fresh) {
      states.keep(notification.scope, remembered(told, known), post.acceptedAt)
    }
    const rows = fresh.map(({ notification }) => add(statements, notification, { at: post.acceptedAt, postId }))
    return { stored: fresh.map(({ notification }) => notification.id), duplicates, rows }
  }
}

type Told = ReadonlyMap<string, AlertState>

/** What a notification tells, by alert. Most notifications of a post are about the same alerts, which are gathered once. */
function createTold(post: StoredPost): (notification: StoredNotification) => Told {
  const posted = statesOf(post)
  const byPlaces = new Map<string | null, Told>()
  return (notification) => {
    const { places } = notification
    // A group that names an alert twice is compared as its second sight will be.
    const told = byPlaces.get(places) ?? new Map(placesOf(notification).flatMap((place) => toEntry(posted[place])))
    byPlaces.set(places, told)
    return told
  }
}

function toEntry(state: PostedState | undefined): readonly (readonly [string, AlertState])[] {
  return state === undefined ? [] : [[state.alert, state]]
}

/** What is to be remembered, as text; made once for all receivers that are told the same for the first time. */
function createRemembered(post: StoredPost, limits: OutboxLimits): (told: Told, known: StateSet) => string {
  const first = new Map<Told, string>()
  function remembered(told: Told, known: StateSet): string {
    const set = new Map([...known].filter(([, state]) => isFresh(state, post.acceptedAt, limits)))
    for (const [key, state] of told) set.set(key, remember(state, known.get(key), post, limits))
    return textOfStates(set)
  }
  return (told, known) => {
    if (known.size > 0) return remembered(told, known)
    const text = first.get(told) ?? remembered(told, known)
    first.set(told, text)
    return text
  }
}

type Statements = ReturnType<typeof prepare>

function prepare(database: DatabaseSync) {
  return {
    addPost: database.prepare(`
      INSERT INTO posts (source, body, group_key, bytes) VALUES (:source, :body, :groupKey, :bytes) RETURNING id`),
    addSlice: database.prepare('INSERT INTO post_slices (post, body) VALUES (?, ?)'),
    addNotification: database.prepare(`
      INSERT INTO notifications
        (id, post, receiver, channel, tenant, alerts, alert_count, accepted_at, queued_at, next_at)
      VALUES (:id, :post, :receiver, :channel, :tenant, :places, :alerts, :at, :at, :at) RETURNING seq`),
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
