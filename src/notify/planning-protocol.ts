import { type Part } from '../channels/channel.ts'
import { type AlertGroup } from '../model/alert.ts'
import { type Notification } from '../model/notification.ts'
import { SecretText } from '../model/secret.ts'
import {
  fromWireAlert,
  fromWireGroup,
  toWireAlert,
  toWireGroup,
  type WireAlert,
  type WireGroup,
} from '../model/wire.ts'
import { type CompiledReceiver } from '../rules/ruleset.ts'
import { type Planned, type PlannerRequest, type TemplateSources } from './planner.ts'
import { fromSlice, toSlices, toTexts, type Slices } from './slices.ts'

/** A receiver without its channel, which the thread has itself. */
export type SentReceiver = Omit<CompiledReceiver, 'channel'> & { readonly channel: string }

/** What the thread is asked. */
export interface PlanningRequest {
  /** Absent when they are those of the request before, which a thread need not be sent and parse again. */
  readonly sources?: TemplateSources
  readonly receiver: SentReceiver
  readonly notification: Omit<Notification, 'group'>
  /** Without its alerts. */
  readonly head: WireGroup
  readonly source: string
  readonly alerts: Slices
  readonly done: readonly string[]
}

/** Asks for the next parts of the answer. */
export const nextParts = 'next'

/** What it answers: some parts, and whether there are more to be asked for. */
export type PlanningAnswer =
  (Planned & { readonly more: boolean }) | { readonly fault: { readonly message: string; readonly stack: string } }

/** About how many characters one answer holds: the other side takes it in within a few milliseconds. */
const answerCharacters = 512 * 1_024

/** A plan in answers of a limited size; one at least. */
export function toAnswers({ parts, fallbacks }: Planned): readonly PlanningAnswer[] {
  const batches: Part[][] = [[]]
  let characters = 0
  for (const part of parts) {
    if (characters >= answerCharacters) {
      batches.push([])
      characters = 0
    }
    batches.at(-1)?.push(pack(part) as Part)
    characters += charactersOf(part)
  }
  return batches.map((batch, place) => ({ parts: batch, fallbacks, more: place < batches.length - 1 }))
}

/** About how many characters a value holds. */
export function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  return Object.values(value).reduce<number>((sum, item) => sum + charactersOf(item), 16)
}

/** Puts a request into plain data, but for its sources: a large group over several turns of the event loop. */
export async function toPlanningRequest(request: PlannerRequest): Promise<Omit<PlanningRequest, 'sources'>> {
  const { group, ...notification } = request.notification
  return {
    receiver: { ...request.receiver, channel: request.receiver.channel.name },
    notification,
    head: toWireGroup({ ...group, alerts: [] }),
    source: group.source,
    alerts: toSlices(await toTexts(group.alerts, toWireAlert)),
    done: [...request.done],
  }
}

/** The group of a request again. */
export function groupOf({ head, source, alerts }: PlanningRequest): AlertGroup {
  const all = alerts.flatMap((slice) => (fromSlice(slice) as readonly WireAlert[]).map(fromWireAlert))
  return { ...fromWireGroup(head, source), alerts: all }
}

/** Stands for a SecretText on its way between threads, which would take it for an empty object. */
const secretMark = '\u0000secret'

/** A request as plain data. Throws when it holds what cannot be sent: it must then be planned in the thread that sends it. */
export function pack(value: unknown): unknown {
  if (value instanceof SecretText) return { [secretMark]: value.reveal() }
  if (Array.isArray(value)) return value.map(pack)
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('this request cannot change its thread')
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, pack(item)]))
}

/** What `pack` was given. */
export function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack)
  if (typeof value !== 'object' || value === null) return value
  const secret = (value as Readonly<Record<string, unknown>>)[secretMark]
  if (typeof secret === 'string') return new SecretText(secret)
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unpack(item)]))
}
