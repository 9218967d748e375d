import { type PlanInput, type Render, type SendContext, type SenderDeps } from '../../src/channels/channel.ts'
import { createEgress, type EgressOptions } from '../../src/channels/egress.ts'
import { createHttpClient, type HttpClientOptions } from '../../src/channels/http-client.ts'
import { type Alert, type AlertGroup } from '../../src/model/alert.ts'
import { SecretNotFoundError } from '../../src/model/errors.ts'
import { narrow, type Notification } from '../../src/model/notification.ts'
import { type Clock } from '../../src/model/ports.ts'
import { SecretText } from '../../src/model/secret.ts'
import { toWireGroup } from '../../src/model/wire.ts'
import { createFakeClock } from './fake-clock.ts'
import { createLogCapture, type LogCapture } from './log-capture.ts'

/** What the senders of a test are opened with; close it when done. */
export interface Rig {
  readonly deps: SenderDeps & { readonly clock: Clock }
  readonly log: LogCapture
  /** A context over secrets by `name/key`. */
  context(secrets?: Readonly<Record<string, string>>, signal?: AbortSignal): SendContext
  close(): Promise<void>
}

/** Senders' surroundings with loopback opened; `lookup` answers every name with 127.0.0.1 unless told otherwise. */
export function createRig(
  options: { readonly egress?: Partial<EgressOptions>; readonly http?: Partial<HttpClientOptions> } = {},
): Rig {
  const egress = createEgress({
    allow: ['127.0.0.0/8'],
    deny: [],
    lookup: () => Promise.resolve([{ address: '127.0.0.1' }]),
    connectTimeoutMs: 5_000,
    ...options.egress,
  })
  const http = createHttpClient({ egress, ...options.http })
  const log = createLogCapture()
  return {
    deps: { egress, http, clock: createFakeClock(), uuid: () => '00000000-0000-4000-8000-000000000000' },
    log,
    context: (secrets = {}, signal = new AbortController().signal) => ({
      signal,
      notificationId: 'n-1',
      receiver: 'TestReceiver/r',
      secret(ref) {
        const name = `${ref.name}/${ref.key}`
        const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined
        return value === undefined
          ? Promise.reject(new SecretNotFoundError(`Secret ${ref.name} has no key ${ref.key}`))
          : Promise.resolve(new SecretText(value))
      },
      admit: () => Promise.resolve(undefined),
      logger: log,
    }),
    close: () => http.close(),
  }
}

/** An alert that fires, unless told otherwise. */
export function anAlert(labels: Readonly<Record<string, string>> = {}, rest: Partial<Alert> = {}): Alert {
  return {
    status: 'firing',
    labels: new Map(Object.entries({ alertname: 'KubePodCrashLooping', namespace: 'payments', ...labels })),
    annotations: new Map([['summary', 'the pod restarts']]),
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: null,
    generatorURL: 'http://prometheus/graph',
    fingerprint: '0123456789abcdef',
    ...rest,
  }
}

export function aNotification(alerts: readonly Alert[] = [anAlert()], group: Partial<AlertGroup> = {}): Notification {
  const posted: AlertGroup = {
    source: '',
    receiver: 'team',
    groupKey: '{}:{alertname="KubePodCrashLooping"}',
    status: 'firing',
    groupLabels: new Map([['alertname', 'KubePodCrashLooping']]),
    commonLabels: new Map(),
    commonAnnotations: new Map(),
    externalURL: 'http://alertmanager',
    truncatedAlerts: 0,
    notificationReason: '',
    alerts,
    ...group,
  }
  return { id: 'n-1', receiver: 'TestReceiver/r', group: narrow(posted, alerts), acceptedAt: Date.UTC(2026, 0, 1, 12) }
}

/** Notifications of each kind that a channel must be able to send. */
export function notificationKinds(): Readonly<Record<string, Notification>> {
  const hostile = '"</script>\r\nBcc: victim@example.com\r\n\r\n.\r\n{{ evil }} 🔥\u0000\u2028 & <b>'
  return {
    firing: aNotification(),
    resolved: aNotification([anAlert({}, { status: 'resolved', endsAt: '2026-01-01T01:00:00Z' })]),
    truncated: aNotification([anAlert()], { truncatedAlerts: 7 }),
    hostile: aNotification([
      anAlert({ alertname: hostile, severity: 'critical', constructor: hostile, big: 'x'.repeat(10_000) }),
    ]),
  }
}

/** Enough of a template library for a channel: JSON of the notification, or one line an alert. */
export function renderOf(notification: Notification): Render {
  return (name, format, group = notification.group) => {
    const lines = group.alerts.map((alert) => `${alert.status} ${alert.labels.get('alertname') ?? ''}`)
    if (format === 'json') return { text: JSON.stringify({ ...toWireGroup(group), template: name }) }
    return { text: format === 'html' ? `<p>${lines.join('<br>').replaceAll('&', '&amp;')}</p>` : lines.join('\n') }
  }
}

/** The input of `plan` with what most tests do not care about filled in. */
export function planInput<Config, Receiver, Options>(
  input: Pick<PlanInput<Config, Receiver, Options>, 'receiver' | 'config' | 'options'> &
    Partial<PlanInput<Config, Receiver, Options>>,
): PlanInput<Config, Receiver, Options> {
  const notification = input.notification ?? aNotification()
  return { notification, templates: {}, render: renderOf(notification), done: new Set(), ...input }
}
