import { type Alert, type AlertGroup, type AlertStatus, type Labels } from './alert.ts'

/** Go's zero time, which Alertmanager sends as `endsAt` of a firing alert. */
export const goZeroTime = '0001-01-01T00:00:00Z'

/** String pairs as JSON carries them. */
export type WirePairs = Readonly<Record<string, string>>

/** One alert as JSON. */
export interface WireAlert {
  readonly status: AlertStatus
  readonly labels: WirePairs
  readonly annotations: WirePairs
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL: string
  readonly fingerprint: string
}

/**
 * A group as JSON: the shape of Alertmanager's webhook body, version 4
 * (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config). The outbox stores it, the webhook channel sends it.
 */
export interface WireGroup {
  readonly version: '4'
  readonly groupKey: string
  readonly truncatedAlerts: number
  readonly status: AlertStatus
  readonly receiver: string
  readonly notification_reason?: string
  readonly groupLabels: WirePairs
  readonly commonLabels: WirePairs
  readonly commonAnnotations: WirePairs
  readonly externalURL: string
  readonly alerts: readonly WireAlert[]
}

/** The JSON form of pairs; `Object.fromEntries` defines own properties, so `__proto__` stays an ordinary name. */
export function toWirePairs(pairs: Labels): WirePairs {
  return Object.fromEntries(pairs)
}

/** Pairs from JSON, own properties only. */
export function fromWirePairs(pairs: WirePairs): Labels {
  return new Map(Object.entries(pairs))
}

/** One alert as JSON. */
export function toWireAlert(alert: Alert): WireAlert {
  return {
    status: alert.status,
    labels: toWirePairs(alert.labels),
    annotations: toWirePairs(alert.annotations),
    startsAt: alert.startsAt === '' ? goZeroTime : alert.startsAt,
    endsAt: alert.endsAt ?? goZeroTime,
    generatorURL: alert.generatorURL,
    fingerprint: alert.fingerprint,
  }
}

/** A group as JSON. `source` is ours and stays out; the outbox keeps it beside the body. */
export function toWireGroup(group: AlertGroup): WireGroup {
  return {
    version: '4',
    groupKey: group.groupKey,
    truncatedAlerts: group.truncatedAlerts,
    status: group.status,
    receiver: group.receiver,
    ...(group.notificationReason === '' ? {} : { notification_reason: group.notificationReason }),
    groupLabels: toWirePairs(group.groupLabels),
    commonLabels: toWirePairs(group.commonLabels),
    commonAnnotations: toWirePairs(group.commonAnnotations),
    externalURL: group.externalURL,
    alerts: group.alerts.map(toWireAlert),
  }
}

/** The alert again, from JSON that `toWireAlert` made. */
export function fromWireAlert(alert: WireAlert): Alert {
  return {
    status: alert.status,
    labels: fromWirePairs(alert.labels),
    annotations: fromWirePairs(alert.annotations),
    startsAt: alert.startsAt === goZeroTime ? '' : alert.startsAt,
    endsAt: alert.endsAt === goZeroTime ? null : alert.endsAt,
    generatorURL: alert.generatorURL,
    fingerprint: alert.fingerprint,
  }
}

/** The group again, from JSON that `toWireGroup` made. */
export function fromWireGroup(wire: WireGroup, source: string): AlertGroup {
  return {
    source,
    receiver: wire.receiver,
    groupKey: wire.groupKey,
    status: wire.status,
    groupLabels: fromWirePairs(wire.groupLabels),
    commonLabels: fromWirePairs(wire.commonLabels),
    commonAnnotations: fromWirePairs(wire.commonAnnotations),
    externalURL: wire.externalURL,
    truncatedAlerts: wire.truncatedAlerts,
    notificationReason: wire.notification_reason ?? '',
    alerts: wire.alerts.map(fromWireAlert),
  }
}
