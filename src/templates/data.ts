import { type Alert, type AlertStatus } from '../model/alert.ts'
import { describeSeconds } from '../model/duration.ts'
import { type Notification } from '../model/notification.ts'
import { toWireGroup, type WireAlert, type WireGroup, type WirePairs } from '../model/wire.ts'

/** One alert as templates see it. */
export interface AlertData {
  readonly status: AlertStatus
  readonly labels: WirePairs
  readonly annotations: WirePairs
  /** RFC 3339, empty when the sender gave none. */
  readonly startsAt: string
  /** RFC 3339, null while firing. */
  readonly endsAt: string | null
  readonly generatorURL: string
  readonly fingerprint: string
}

/**
 * What a template can name. Plain JSON only, because Liquid calls functions that it finds: labels are own properties, so that
 * `__proto__` and `constructor` are ordinary names.
 */
export interface TemplateData {
  /** The notification's own id, the same at each attempt. */
  readonly id: string
  /** The Alertmanager receiver that posted the group. */
  readonly receiver: string
  /** Our receiver, `Kind/name`. */
  readonly receiverKey: string
  readonly status: AlertStatus
  readonly alerts: readonly AlertData[]
  readonly firing: readonly AlertData[]
  readonly resolved: readonly AlertData[]
  readonly groupLabels: WirePairs
  readonly commonLabels: WirePairs
  readonly commonAnnotations: WirePairs
  readonly externalURL: string
  readonly groupKey: string
  readonly truncatedAlerts: number
  /** Why Alertmanager notified; empty before its version 0.32. */
  readonly notificationReason: string
  /** RFC 3339. Also what `since` and `date` take for now, so that a repeated attempt sends the same bytes. */
  readonly acceptedAt: string
  /** How late the message is, as `3h 5m`; empty when it is not. */
  readonly delayed: string
  /** The group as Alertmanager's webhook body has it. */
  readonly notification: WireGroup
  /** Why the default template is used instead of the one that was asked for; absent when it is not. */
  readonly fallback?: string
}

/** The data of one notification, and how many characters it brings. */
export interface Input {
  readonly data: TemplateData
  readonly chars: number
}

/** What the templates of one notification are given. */
export function toInput(notification: Notification): Input {
  const { group } = notification
  const wire = toWireGroup(group)
  const alerts = group.alerts.map((alert, index) => toAlertData(alert, wire.alerts[index]))
  const data = {
    id: notification.id,
    receiver: group.receiver,
    receiverKey: notification.receiver,
    status: group.status,
    alerts,
    firing: alerts.filter((alert) => alert.status === 'firing'),
    resolved: alerts.filter((alert) => alert.status === 'resolved'),
    groupLabels: wire.groupLabels,
    commonLabels: wire.commonLabels,
    commonAnnotations: wire.commonAnnotations,
    externalURL: group.externalURL,
    groupKey: group.groupKey,
    truncatedAlerts: group.truncatedAlerts,
    notificationReason: group.notificationReason,
    acceptedAt: new Date(notification.acceptedAt).toISOString(),
    delayed: notification.delayedMs === undefined ? '' : describeSeconds(Math.floor(notification.delayedMs / 1_000)),
    notification: wire,
  }
  return { data, chars: countChars(wire) }
}

function toAlertData(alert: Alert, wire: WireAlert | undefined): AlertData {
  return {
    status: alert.status,
    labels: wire?.labels ?? {},
    annotations: wire?.annotations ?? {},
    startsAt: alert.startsAt,
    endsAt: alert.endsAt,
    generatorURL: alert.generatorURL,
    fingerprint: alert.fingerprint,
  }
}

function countChars(wire: WireGroup): number {
  let chars = wire.groupKey.length + wire.externalURL.length + wire.receiver.length
  chars += countPairs(wire.groupLabels) + countPairs(wire.commonLabels) + countPairs(wire.commonAnnotations)
  for (const alert of wire.alerts) {
    chars += countPairs(alert.labels) + countPairs(alert.annotations) + alert.generatorURL.length + fixedAlertChars
  }
  return chars
}

/** About what names, times and the fingerprint of one alert take as JSON. */
const fixedAlertChars = 200

function countPairs(pairs: WirePairs): number {
  let chars = 0
  for (const [name, value] of Object.entries(pairs)) chars += name.length + value.length + 8
  return chars
}
