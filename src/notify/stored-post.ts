import { type AlertGroup } from '../model/alert.ts'
import { toWireAlert, toWireGroup } from '../model/wire.ts'
import { type AlertState, type NewNotification, type Post } from './outbox.ts'
import { fromSlice, toSlices, toTexts, type Slices } from './slices.ts'

/** A post as it is stored: once, whoever is told about it. Plain data, so that it can be handed to another thread. */
export interface StoredPost {
  readonly source: string
  readonly groupKey: string
  readonly acceptedAt: number
  readonly reminder: boolean
  /** How many alerts it holds. */
  readonly alerts: number
  /** The group as JSON; without its alerts when these are in slices. */
  readonly body: string
  /** The alerts of a large group; none for others. */
  readonly slices: Slices
  /** Size of body and slices. */
  readonly bytes: number
  readonly notifications: readonly StoredNotification[]
}

/** One notification of a stored post. */
export interface StoredNotification extends Omit<NewNotification, 'alerts' | 'states'> {
  /** JSON of the places of its alerts, or null when it is about all of them. */
  readonly places: string | null
  /** How many alerts it is about. */
  readonly alerts: number
  readonly states: readonly AlertState[] | Slices
}

/** Lists up to this length are handed on as they are. */
const fewStates = 256

/** Brings a post into the form in which it is stored: a large one over several turns of the event loop. */
export async function storedPost({ group, acceptedAt, reminder, notifications }: Post): Promise<StoredPost> {
  const texts = await toTexts(group.alerts, toWireAlert)
  const [only] = texts
  const isSmall = texts.length === 1 && only !== undefined
  const body = bodyOf(group, isSmall ? only : '[]')
  const slices = isSmall ? [] : toSlices(texts)
  const stored: StoredNotification[] = []
  for (const notification of notifications) stored.push(await storedNotification(notification, group.alerts.length))
  return {
    source: group.source,
    groupKey: group.groupKey,
    acceptedAt,
    reminder,
    alerts: group.alerts.length,
    body,
    slices,
    bytes: slices.reduce((sum, { byteLength }) => sum + byteLength, Buffer.byteLength(body)),
    notifications: stored,
  }
}

/** All states of a notification again. */
export function statesOf({ states }: StoredNotification): readonly AlertState[] {
  return states.flatMap((piece) => (piece instanceof Uint8Array ? (fromSlice(piece) as readonly AlertState[]) : piece))
}

/** Buffers that can change their thread together with the post. */
export function buffersOf({ slices, notifications }: StoredPost): readonly ArrayBuffer[] {
  const states = notifications.flatMap((one) => [...one.states])
  return [...slices, ...states].flatMap((piece) => (piece instanceof Uint8Array ? [piece.buffer] : []))
}

function bodyOf(group: AlertGroup, alerts: string): string {
  const head = JSON.stringify({ ...toWireGroup({ ...group, alerts: [] }), alerts: undefined })
  return `${head.slice(0, -1)},"alerts":${alerts}}`
}

async function storedNotification(
  { id, receiver, channel, tenant, alerts, states }: NewNotification,
  all: number,
): Promise<StoredNotification> {
  return {
    id,
    receiver,
    channel,
    tenant,
    places: alerts.length === all ? null : JSON.stringify(alerts),
    alerts: alerts.length,
    states: states.length <= fewStates ? states : toSlices(await toTexts(states, (state) => state)),
  }
}
