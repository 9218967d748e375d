import { type Alert, type AlertGroup } from '../model/alert.ts'
import { toWireAlert, toWireGroup } from '../model/wire.ts'
import { type AlertState } from './duplicates.ts'
import { alertKey } from './identity.ts'
import { type NewNotification, type Post } from './outbox.ts'
import { fromSlice, ownTurn, placesPerTurn, toSlices, toTexts, type Slices } from './slices.ts'

/** A post as it is stored: once, whoever is told about it. Plain data, so that it can be handed to another thread. */
export interface StoredPost {
  readonly source: string
  readonly groupKey: string
  readonly acceptedAt: number
  readonly reminder: boolean
  /** How many alerts it holds. */
  readonly alerts: number
  readonly states: readonly PostedState[] | Slices
  /** The group as JSON; without its alerts when these are in slices. */
  readonly body: string
  /** The alerts of a large group; none for others. */
  readonly slices: Slices
  /** Size of body and slices. */
  readonly bytes: number
  readonly notifications: readonly StoredNotification[]
}

/** One notification of a stored post. */
export interface StoredNotification extends Omit<NewNotification, 'alerts'> {
  /** JSON of the places of its alerts, or null when it is about all of them. */
  readonly places: string | null
  /** How many alerts it is about. */
  readonly alerts: number
}

/** The state of one alert of a post, by its key (see identity.ts). */
export interface PostedState extends AlertState {
  readonly alert: string
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
  const { alerts } = group
  return {
    source: group.source,
    groupKey: group.groupKey,
    acceptedAt,
    reminder,
    alerts: alerts.length,
    states: alerts.length <= fewStates ? alerts.map(stateOf) : toSlices(await toTexts(alerts, stateOf)),
    body,
    slices,
    bytes: slices.reduce((sum, { byteLength }) => sum + byteLength, Buffer.byteLength(body)),
    notifications: await storedNotifications(notifications, alerts.length),
  }
}

/** The states of all alerts of a post again, by their places. */
export function statesOf({ states }: StoredPost): readonly PostedState[] {
  return states.flatMap((piece) => (piece instanceof Uint8Array ? (fromSlice(piece) as readonly PostedState[]) : piece))
}

/** The places of a notification's alerts in its post again. */
export function placesOf({ places, alerts }: StoredNotification): readonly number[] {
  return places === null
    ? Array.from({ length: alerts }, (_, place) => place)
    : (JSON.parse(places) as readonly number[])
}

/** Buffers that can change their thread together with the post. */
export function buffersOf({ slices, states }: StoredPost): readonly ArrayBuffer[] {
  return [...slices, ...states].flatMap((piece) => (piece instanceof Uint8Array ? [piece.buffer] : []))
}

function bodyOf(group: AlertGroup, alerts: string): string {
  const head = JSON.stringify({ ...toWireGroup({ ...group, alerts: [] }), alerts: undefined })
  return `${head.slice(0, -1)},"alerts":${alerts}}`
}

function stateOf({ fingerprint, status, startsAt }: Alert): PostedState {
  return { alert: alertKey(fingerprint), status, startsAt }
}

async function storedNotifications(
  notifications: readonly NewNotification[],
  all: number,
): Promise<readonly StoredNotification[]> {
  const stored: StoredNotification[] = []
  let work = 0
  for (const notification of notifications) {
    stored.push(storedNotification(notification, all))
    work += notification.alerts.length
    if (work < placesPerTurn) continue
    work = 0
    await ownTurn()
  }
  return stored
}

function storedNotification(notification: NewNotification, all: number): StoredNotification {
  const { alerts } = notification
  return { ...notification, places: alerts.length === all ? null : JSON.stringify(alerts), alerts: alerts.length }
}
