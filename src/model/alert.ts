/** Label or annotation pairs. A Map, because Alertmanager allows any UTF-8 name, `__proto__` included. */
export type Labels = ReadonlyMap<string, string>

/** Alertmanager's two states of an alert. */
export type AlertStatus = 'firing' | 'resolved'

/** One alert in Alertmanager's words. Frozen; a platform rule that sets a label makes a new one. */
export interface Alert {
  readonly status: AlertStatus
  readonly labels: Labels
  readonly annotations: Labels
  /** RFC 3339 as sent, kept as text: nanoseconds do not fit a `Date`. Empty when the sender gave none. */
  readonly startsAt: string
  /** RFC 3339, or null while firing (Alertmanager sends Go's zero time then). */
  readonly endsAt: string | null
  readonly generatorURL: string
  /** 16 hex digits from Alertmanager; computed from the labels when the sender gave none. */
  readonly fingerprint: string
}

/** One posted group of alerts. */
export interface AlertGroup {
  /** Who posted it: HA peers share a source, unrelated Alertmanagers may be told apart with `?source=`. */
  readonly source: string
  /** The Alertmanager receiver, with Go's `regexp.QuoteMeta` taken back. */
  readonly receiver: string
  readonly groupKey: string
  readonly status: AlertStatus
  readonly groupLabels: Labels
  readonly commonLabels: Labels
  readonly commonAnnotations: Labels
  readonly externalURL: string
  /** How many alerts the sender cut off (`max_alerts`); above 0 the group's own status cannot be trusted. */
  readonly truncatedAlerts: number
  /** Alertmanager 0.32+: why it notified, for example `repeat interval elapsed`; empty in older versions. */
  readonly notificationReason: string
  readonly alerts: readonly Alert[]
}

/** `firing` if any alert fires. */
export function statusOf(alerts: readonly Alert[]): AlertStatus {
  return alerts.some((alert) => alert.status === 'firing') ? 'firing' : 'resolved'
}

/** The pairs that all the maps share, in the order of the first. */
export function commonPairs(maps: readonly Labels[]): Labels {
  const common = new Map(maps[0])
  for (const map of maps) {
    for (const [name, value] of common) {
      if (map.get(name) !== value) common.delete(name)
    }
    if (common.size === 0) break
  }
  return common
}
