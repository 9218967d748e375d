import { join } from 'node:path'
import { type Alert, type AlertGroup } from '../../src/model/alert.ts'
import { narrow } from '../../src/model/notification.ts'
import { type ResourceKey } from '../../src/model/object.ts'
import { type Clock, type Logger, type Metrics, type Random } from '../../src/model/ports.ts'
import { scopeOf } from '../../src/notify/identity.ts'
import { type OutboxLimits } from '../../src/notify/limits.ts'
import { type NewNotification, type Outbox, type Post } from '../../src/notify/outbox.ts'
import { createSqliteOutbox } from '../../src/notify/sqlite-outbox.ts'
import { createLogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics } from '../support/memory-metrics.ts'

/** One alert; its fingerprint is the name, padded, unless given. */
export function anAlert(name: string, overrides: Partial<Alert> = {}): Alert {
  return {
    status: 'firing',
    labels: new Map([
      ['alertname', name],
      ['namespace', 'payments'],
    ]),
    annotations: new Map([['summary', `${name} happened`]]),
    startsAt: '2026-01-01T00:00:00.123456789Z',
    endsAt: null,
    generatorURL: 'http://prometheus.example/graph',
    fingerprint: name,
    ...overrides,
  }
}

/** A posted group of these alerts. */
export function aGroup(alerts: readonly Alert[], overrides: Partial<AlertGroup> = {}): AlertGroup {
  const empty: AlertGroup = {
    source: 'alertmanager',
    receiver: 'notification-manager',
    groupKey: '{}:{alertname="A"}',
    status: 'firing',
    groupLabels: new Map([['alertname', 'A']]),
    commonLabels: new Map(),
    commonAnnotations: new Map(),
    externalURL: 'http://alertmanager.example',
    truncatedAlerts: 0,
    notificationReason: '',
    alerts: [],
  }
  return { ...narrow(empty, alerts), ...overrides }
}

export interface PostOptions {
  readonly at: number
  readonly receivers: readonly string[]
  readonly group?: AlertGroup
  readonly reminder?: boolean
  /** Of all receivers; `payments` when absent. */
  readonly tenant?: string
  /** Ids of the notifications, one a receiver; made up when absent. */
  readonly ids?: readonly string[]
}

let count = 0

/** Makes alerts, and so posts, that nothing suppresses. */
export function freshName(): string {
  count += 1
  return `Alert${count}`
}

/** A post that tells every receiver about every alert of the group. */
export function aPost({
  at,
  receivers,
  group = aGroup([anAlert(freshName())]),
  ids,
  reminder = false,
  tenant = 'payments',
}: PostOptions): Post {
  const notifications = receivers.map((name, index): NewNotification => {
    const receiver = receiverKey(name)
    return {
      id: ids?.[index] ?? `${name}-${freshName()}`,
      receiver,
      channel: 'email',
      tenant,
      scope: scopeOf({ ...group, postedTo: group.receiver, receiver }),
      alerts: group.alerts.map((_, place) => place),
    }
  })
  return { group, acceptedAt: at, reminder, notifications }
}

export function receiverKey(name: string): ResourceKey {
  return `EmailReceiver/${name}`
}

/** Numbers that a test can foresee: jitter always in the middle, uuids counted. */
export function fixedRandom(): Random {
  let uuids = 0
  return {
    next: () => 0.5,
    uuid: () => {
      uuids += 1
      return `uuid-${uuids}`
    },
  }
}

export interface OpenOptions {
  readonly directory: string
  readonly clock: Pick<Clock, 'now' | 'steady'>
  readonly limits?: Partial<OutboxLimits>
  readonly logger?: Logger
  readonly metrics?: Metrics
  readonly threaded?: boolean
}

/** The embedded outbox with quiet surroundings. */
export function openSqlite({ directory, clock, limits = {}, logger, metrics, threaded = false }: OpenOptions): Outbox {
  return createSqliteOutbox({
    directory,
    clock,
    random: fixedRandom(),
    logger: logger ?? createLogCapture(),
    metrics: metrics ?? createMemoryMetrics(),
    limits,
    threaded,
  })
}

export function databaseFile(directory: string): string {
  return join(directory, 'outbox.db')
}
