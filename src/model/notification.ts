import { commonPairs, statusOf, type Alert, type AlertGroup } from './alert.ts'
import { type ResourceKey } from './object.ts'

/** What one receiver is to be told about one posted group: the unit that the outbox keeps and a channel sends. */
export interface Notification {
  /** Unique; sent along so that the far side can recognise a repeated delivery. */
  readonly id: string
  readonly receiver: ResourceKey
  /** The group narrowed to the alerts that matched: status and common pairs are of these alerts alone. */
  readonly group: AlertGroup
  /** When the post was accepted, milliseconds since the epoch. */
  readonly acceptedAt: number
  /** How late its messages are, milliseconds; absent when they are not. */
  readonly delayedMs?: number
}

/** The group with only `alerts`, its status and common pairs computed anew; all else as posted. */
export function narrow(group: AlertGroup, alerts: readonly Alert[]): AlertGroup {
  return {
    ...group,
    status: statusOf(alerts),
    commonLabels: commonPairs(alerts.map((alert) => alert.labels)),
    commonAnnotations: commonPairs(alerts.map((alert) => alert.annotations)),
    alerts,
  }
}
