import { type ObjectRef } from '../../model/object.ts'
import { type SettledDelivery } from '../../notify/settled.ts'
import { readyOf, type ObjectStatus } from './object-status.ts'
import { type Observed } from '../objects.ts'

/** Takes Kubernetes Events; it returns at once, and folds what comes often. */
export interface StatusEvents {
  record(
    ref: ObjectRef & { readonly uid?: string },
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ): void
}

/** Longer messages are refused: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const maxNoteLength = 1_000

/** Tells of a change of readiness that has been written. That an object is ready from the beginning is no news. */
export function announceReadiness(events: StatusEvents, before: Observed, written: ObjectStatus): void {
  const was = readyOf(before.status)
  const { status, reason, message } = written.conditions[0]
  const isNews = was === undefined ? status === 'False' : was['status'] !== status || hasOtherCause(was, written)
  if (!isNews) return
  const { kind, name, uid } = before
  const type = status === 'True' ? 'Normal' : 'Warning'
  const what = status === 'True' ? 'it is ready' : 'it is not ready'
  events.record({ kind, name, uid }, { type, reason, message: cut(`${what}: ${message}`) })
}

function hasOtherCause(was: Readonly<Record<string, unknown>>, { conditions: [ready] }: ObjectStatus): boolean {
  return ready.status !== 'True' && was['reason'] !== ready.reason
}

/** Tells of a notification that was given up. It is not named, so that events of one cause can be folded into one. */
export function announceDeadLetter(events: StatusEvents, { receiver, ...facts }: SettledDelivery, uid?: string): void {
  const { outcome, channel, reason = 'other', detail } = facts
  if (outcome !== 'dead') return
  const place = receiver.indexOf('/')
  const ref = { kind: receiver.slice(0, place), name: receiver.slice(place + 1), ...(uid === undefined ? {} : { uid }) }
  const message = cut(`a notification by ${channel} was given up (${reason}): ${detail}`)
  events.record(ref, { type: 'Warning', reason: 'DeliveryFailed', message })
}

function cut(text: string): string {
  return text.length <= maxNoteLength ? text : `${text.slice(0, maxNoteLength - 1).toWellFormed()}…`
}
