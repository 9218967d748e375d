import { type PlanInput, type Render } from '../../src/channels/channel.ts'
import { type Alert } from '../../src/model/alert.ts'
import { type Notification } from '../../src/model/notification.ts'
import { aNotification, anAlert } from '../support/channel-rig.ts'

/** The fingerprint of the alert at this place. */
export function fingerprintOf(place: number): string {
  return place.toString(16).padStart(16, '0')
}

/** A notification of so many alerts, each with a summary and a fingerprint of its own. */
export function manyAlerts(count: number, summary: (place: number) => string): Notification {
  const alerts = Array.from({ length: count }, (_, place) =>
    anAlert({}, { fingerprint: fingerprintOf(place), annotations: new Map([['summary', summary(place)]]) }),
  )
  return aNotification(alerts)
}

/** One line an alert, with its fingerprint; of the part of the group that is asked for. */
export function renderLines(notification: Notification): Render {
  const line = ({ status, fingerprint, annotations }: Alert): string =>
    `[${status}] ${fingerprint} ${annotations.get('summary') ?? ''}`
  return (_name, _format, group = notification.group) => ({
    text: [`${group.alerts.length} alerts`, ...group.alerts.map(line)].join('\n'),
  })
}

/** Summaries in scripts of one to four bytes a character, short and long. */
export function mixedSummary(place: number): string {
  const texts = [
    'plain',
    '内存不足，请尽快处理',
    'ресурс исчерпан',
    '🔥👩‍👩‍👧‍👦🏳️‍🌈',
    'e\u0301\u0301\u0301',
    '"quoted" \\ back',
  ]
  return (texts[place % texts.length] ?? '').repeat(1 + (place % 7))
}

/** Every fingerprint of a notification in the texts, in order and each once; what a test compares with `placesUpTo`. */
export function fingerprintsIn(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.match(/\b[0-9a-f]{16}\b/gu) ?? [])
}

export function fingerprintsUpTo(count: number): readonly string[] {
  return Array.from({ length: count }, (_, place) => fingerprintOf(place))
}

/** What marks a plan leaves for a retry. */
export function marksOf(parts: readonly { readonly marks: readonly string[] }[]): readonly string[] {
  return parts.flatMap(({ marks }) => marks)
}

export type PlanOf<Config, Receiver, Options> = Partial<PlanInput<Config, Receiver, Options>>
