import { Compile } from 'typebox/compile'
import { commonPairs, statusOf, type Alert, type AlertGroup, type AlertStatus, type Labels } from '../model/alert.ts'
import { PayloadError } from '../model/errors.ts'
import { fromWirePairs, goZeroTime, type WirePairs } from '../model/wire.ts'
import { fingerprint } from './fingerprint.ts'
import { defaultLimits } from './limits.ts'
import { describeFault } from './payload-fault.ts'
import { webhookPayloadSchema, type PayloadAlert, type WebhookPayload } from './payload-schema.ts'
import { checkPayloadSize, type PayloadLimits } from './payload-size.ts'

const validator = Compile(webhookPayloadSchema)

/** What the body itself does not say. */
export interface PayloadContext {
  /** Who sent it. */
  readonly source: string
  /** Milliseconds since the epoch: what an alert's end is compared with when its status is missing. */
  readonly now: number
  readonly limits?: PayloadLimits
}

/** The body as a payload. Throws PayloadError, which names the path of what is wrong and holds no value of the body. */
export function readPayload(body: unknown): WebhookPayload {
  if (validator.Check(body)) return body
  const [fault] = validator.Errors(body)
  throw new PayloadError(
    fault === undefined ? "The body is not Alertmanager's webhook payload (version 4)" : describeFault(fault),
  )
}

/**
 * A webhook body in the model's words, frozen. Throws PayloadError when it has another shape, and what `checkPayloadSize` throws.
 * `body` is what JSON.parse gave: only own properties are read, so `__proto__` is a label like any other.
 */
export function toAlertGroup(body: unknown, context: PayloadContext): AlertGroup {
  return groupOf(readPayload(body), context)
}

/** The same for a body that `readPayload` has accepted. */
export function groupOf(payload: WebhookPayload, context: PayloadContext): AlertGroup {
  checkPayloadSize(payload, context.limits ?? defaultLimits)
  const alerts = Object.freeze(payload.alerts.map((alert) => toAlert(alert, context.now)))
  return Object.freeze({
    source: context.source,
    receiver: unquote(payload.receiver ?? ''),
    groupKey: payload.groupKey ?? '',
    status: statusOf(alerts),
    groupLabels: toLabels(payload.groupLabels),
    commonLabels: sharedPairs(payload.commonLabels, alerts, (alert) => alert.labels),
    commonAnnotations: sharedPairs(payload.commonAnnotations, alerts, (alert) => alert.annotations),
    externalURL: payload.externalURL ?? '',
    truncatedAlerts: Math.min(payload.truncatedAlerts ?? 0, Number.MAX_SAFE_INTEGER),
    notificationReason: payload.notification_reason ?? '',
    alerts,
  })
}

/**
 * Takes Go's `regexp.QuoteMeta` back, which Alertmanager applies to the receiver's name
 * (https://pkg.go.dev/regexp#QuoteMeta): `team\.x` → `team.x`.
 */
export function unquote(quoted: string): string {
  return quoted.replaceAll(/\\([\\.+*?()|[\]{}^$])/gu, '$1')
}

function toAlert(alert: PayloadAlert, now: number): Alert {
  const labels = fromWirePairs(alert.labels)
  const endsAt = toTime(alert.endsAt)
  const status = isStatus(alert.status) ? alert.status : statusAt(endsAt, now)
  return Object.freeze({
    status,
    labels,
    annotations: toLabels(alert.annotations),
    startsAt: toTime(alert.startsAt),
    endsAt: status === 'firing' || endsAt === '' ? null : endsAt,
    generatorURL: alert.generatorURL ?? '',
    fingerprint: isGiven(alert.fingerprint) ? alert.fingerprint : fingerprint(labels),
  })
}

function toLabels(pairs: WirePairs | null | undefined): Labels {
  return fromWirePairs(pairs ?? {})
}

function sharedPairs(
  given: WirePairs | null | undefined,
  alerts: readonly Alert[],
  pick: (alert: Alert) => Labels,
): Labels {
  return given === null || given === undefined ? commonPairs(alerts.map(pick)) : fromWirePairs(given)
}

function toTime(time: string | null | undefined): string {
  return time === null || time === undefined || time === goZeroTime ? '' : time
}

/** Alertmanager's own rule: resolved once its end is not in the future. */
function statusAt(endsAt: string, now: number): AlertStatus {
  return endsAt !== '' && Date.parse(endsAt) <= now ? 'resolved' : 'firing'
}

function isStatus(status: PayloadAlert['status']): status is AlertStatus {
  return status === 'firing' || status === 'resolved'
}

function isGiven(text: string | null | undefined): text is string {
  return text !== null && text !== undefined && text !== ''
}
