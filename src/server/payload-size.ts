import { PayloadError } from '../model/errors.ts'
import { type Limits } from './limits.ts'
import { pathOf } from './payload-fault.ts'
import { type PayloadAlert, type WebhookPayload } from './payload-schema.ts'
import { TooLargeError } from './refusals.ts'

/** The limits of what one payload holds. */
export type PayloadLimits = Pick<Limits, 'maxAlerts' | 'maxLabels' | 'maxNameChars' | 'maxTextChars'>

const groupTexts = ['version', 'groupKey', 'receiver', 'notification_reason', 'externalURL'] as const
const groupPairs = ['groupLabels', 'commonLabels', 'commonAnnotations'] as const
const alertTexts = ['generatorURL', 'fingerprint'] as const
const alertPairs = ['labels', 'annotations'] as const

/** Throws TooLargeError for too many alerts, PayloadError for too many labels or too long a text; neither repeats a value. */
export function checkPayloadSize(payload: WebhookPayload, limits: PayloadLimits): void {
  const { alerts } = payload
  if (alerts.length > limits.maxAlerts) {
    throw new TooLargeError(
      `The group holds ${alerts.length} alerts, more than ${limits.maxAlerts}; group by more labels, or set max_alerts`,
    )
  }
  for (const field of groupTexts) checkText(`/${field}`, payload[field], limits)
  for (const field of groupPairs) checkPairs(`/${field}`, payload[field], limits)
  alerts.forEach((alert, place) => checkAlert(`/alerts/${place}`, alert, limits))
}

function checkAlert(pointer: string, alert: PayloadAlert, limits: PayloadLimits): void {
  for (const field of alertTexts) checkText(`${pointer}/${field}`, alert[field], limits)
  for (const field of alertPairs) checkPairs(`${pointer}/${field}`, alert[field], limits)
}

function checkPairs(
  pointer: string,
  pairs: Readonly<Record<string, string>> | null | undefined,
  { maxLabels, maxNameChars, maxTextChars }: PayloadLimits,
): void {
  const entries = Object.entries(pairs ?? {})
  if (entries.length > maxLabels) {
    throw new PayloadError(`${pathOf(pointer)} holds ${entries.length} pairs, more than ${maxLabels}`)
  }
  for (const [name, value] of entries) {
    if (name.length > maxNameChars) {
      throw new PayloadError(`${pathOf(pointer)} holds a name of ${name.length} characters, more than ${maxNameChars}`)
    }
    if (value.length > maxTextChars) throw tooLong(`${pointer}/${escapePointer(name)}`, value, maxTextChars)
  }
}

function checkText(pointer: string, text: string | null | undefined, { maxTextChars }: PayloadLimits): void {
  if ((text?.length ?? 0) > maxTextChars) throw tooLong(pointer, text ?? '', maxTextChars)
}

function tooLong(pointer: string, text: string, maxTextChars: number): PayloadError {
  return new PayloadError(`${pathOf(pointer)} has ${text.length} characters, more than ${maxTextChars}`)
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
