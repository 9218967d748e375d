import { type Alert, type AlertGroup, type Labels } from '../../model/alert.ts'
import { describeSeconds } from '../../model/duration.ts'
import { escapeMrkdwn, oneLine, safeUrl, visible } from '../../model/readable.ts'
import { utf16Units } from '../measure.ts'
import { truncate } from '../truncate.ts'
import { budget } from './limits.ts'

/**
 * A value on one line of mrkdwn, at most `limit` code units long: nothing in it is a link, a mention or a hidden character, and no
 * backquote turns the lines below into code.
 */
export function plainLine(value: string, limit: number): string {
  return clip(escapeMrkdwn(oneLine(value).replaceAll('`', 'ˋ')), limit)
}

/** mrkdwn of at most `limit` code units, which says when something was cut. */
export function clip(text: string, limit: number): string {
  const cutLine = (missing: number): string => ` … (${missing} characters cut)`
  return truncate(text, { limit, measure: utf16Units, markup: 'mrkdwn', cutLine }).text
}

const address = /https?:\/\/[^\s<>|"'`]*[^\s<>|"'`.,;:!?)\]}&*_~]/gu

/**
 * A value as mrkdwn of at most `limit` code units, with its lines. Its addresses are links to themselves, for Slack finds none in
 * `verbatim` text; nothing else in it is a link, a mention or a hidden character.
 */
export function prose(value: string, limit: number): string {
  const text = visible(value).trim()
  let linked = ''
  let place = 0
  for (const match of text.matchAll(address)) {
    linked += `${escapeMrkdwn(text.slice(place, match.index))}<${escapeMrkdwn(match[0])}>`
    place = match.index + match[0].length
  }
  return clip(linked + escapeMrkdwn(text.slice(place)), limit)
}

/** A link, or nothing when the address is none, or longer than `limit`. */
export function link(address: string, label: string, limit: number): string {
  const url = escapeMrkdwn(safeUrl(address)).replaceAll('|', '%7C')
  return url === '' || url.length > limit ? '' : `<${url}|${label}>`
}

const unnamed = 'Alert without a name'
const telling = ['namespace', 'pod', 'node', 'instance']
const noise = new Set(['severity', 'uid', 'container_id', 'endpoint', 'job', 'prometheus'])

/** What tells one alert from the others of its group: the pod, node or instance where all have the same name, else its name. */
export function titleOf(alert: Alert, { alerts, commonLabels }: AlertGroup): string {
  const named = alert.labels.get('alertname') ?? ''
  const name = named.trim() === '' ? unnamed : named
  if (alerts.length < 2 || !commonLabels.has('alertname')) return name
  const own = [...alert.labels].filter(
    ([label, value]) => !commonLabels.has(label) && !noise.has(label) && value.trim() !== '',
  )
  const [first, second] = inOrder(own, telling, ['container', 'service']).map(([, value]) => value)
  if (first === undefined) return name
  return second === undefined ? first : `${first} · ${second}`
}

/** Pairs with these names first and those names last, the others by name in between. */
export function inOrder(
  pairs: readonly (readonly [string, string])[],
  first: readonly string[],
  last: readonly string[],
): readonly (readonly [string, string])[] {
  const rankOf = (name: string): number => {
    const place = first.indexOf(name)
    return place >= 0 ? place - first.length : 1 + last.indexOf(name)
  }
  return pairs.toSorted(([one], [other]) => rankOf(one) - rankOf(other) || (one < other ? -1 : 1))
}

/** How long: `firing for 12m`. */
export function howLong(alert: Alert, now: number): string {
  const { status } = alert
  const [start, end] = spanOf(alert, now)
  if (start === undefined || end === undefined) return status
  const took = describeSeconds(Math.max(0, Math.floor((end - start) / 1_000)))
  return status === 'resolved' ? `resolved after ${took}` : `firing for ${took}`
}

/** How long, and since or until when: in the reader's own time zone where Slack can tell it. */
export function whenOf(alert: Alert, now: number): string {
  const words = howLong(alert, now)
  const [start, end] = spanOf(alert, now)
  if (start === undefined || end === undefined) return words
  return alert.status === 'resolved' ? `${words}, ${moment(end)}` : `${words}, since ${moment(start)}`
}

function spanOf({ status, startsAt, endsAt }: Alert, now: number): readonly [number | undefined, number | undefined] {
  return [timeOf(startsAt), status === 'resolved' ? timeOf(endsAt ?? '') : now]
}

/** https://docs.slack.dev/messaging/formatting-message-text/#date-formatting */
function moment(time: number): string {
  const words = `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return `<!date^${Math.floor(time / 1_000)}^{date_short_pretty} {time}|${words}>`
}

/** RFC 3339 with nanoseconds takes 35 characters; what is far longer is no time. Slack's dates count from 1970 to 9999. */
function timeOf(text: string): number | undefined {
  const time = text.length > 64 ? Number.NaN : Date.parse(text)
  return time >= 0 && time < Date.UTC(9999, 0) ? time : undefined
}

const addresses = ['runbook_url', 'runbook', 'dashboard_url', 'dashboard']

/** Annotations that are told in sentences or as links. */
export const toldApart: ReadonlySet<string> = new Set(['summary', 'message', 'description', ...addresses])

/** Where to read on, as `A · B`; empty when nowhere. */
export function linksOf(annotations: Labels, generatorURL: string): string {
  const wanted = [
    [annotations.get('runbook_url') ?? annotations.get('runbook') ?? '', 'Runbook'],
    [annotations.get('dashboard_url') ?? annotations.get('dashboard') ?? '', 'Dashboard'],
    [generatorURL, 'Query'],
  ] as const
  const found: string[] = []
  let left: number = budget.links
  for (const [address, label] of wanted) {
    const text = link(address, label, left - 50)
    if (text !== '') found.push(text)
    else if (safeUrl(address) !== '') found.push(`${label}: address too long to link`)
    left -= text.length
  }
  return found.join(' · ')
}

/** Summary and description, as far as `annotations` has them, each cut to its budget. */
export function sentencesOf(annotations: Labels): readonly string[] {
  const summary = annotations.get('summary') ?? annotations.get('message') ?? ''
  const description = annotations.get('description') ?? ''
  const said = [prose(summary, budget.summary), description === summary ? '' : prose(description, budget.description)]
  return said.filter((text) => text !== '')
}
