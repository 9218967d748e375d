import { type Alert, type AlertGroup, type Labels } from '../../model/alert.ts'
import { lookOf } from '../../model/severity.ts'
import { budget, limits } from './limits.ts'
import { context, mrkdwn, section, type SlackAttachment, type SlackBlock, type SlackText } from './message.ts'
import {
  clip,
  howLong,
  inOrder,
  link,
  linksOf,
  plainLine,
  prose,
  sentencesOf,
  titleOf,
  toldApart,
  whenOf,
} from './words.ts'

/** An alert, and what it is told among. */
export interface AlertView {
  readonly alert: Alert
  readonly group: AlertGroup
  /** When the notification was accepted, milliseconds since the epoch. */
  readonly now: number
}

/** One alert whole: its title and sentences, its own labels as fields, and a line with severity, times, links and fingerprint. */
export function toAttachment(view: AlertView): SlackAttachment {
  const { alert, group } = view
  const { colour, emoji } = lookOf(alert)
  const title = plainLine(titleOf(alert, group), budget.alertTitle)
  const sentences = sentencesOf(without(alert.annotations, sharedBy(group, 'commonAnnotations')))
  const fields = fieldsOf(view)
  return {
    color: colour,
    fallback: `${alert.status}: ${title}`,
    blocks: [
      section([`${emoji} *${title}*`, ...sentences].join('\n')),
      ...(fields.length === 0 ? [] : [{ type: 'section', fields } as const]),
      context(factsOf(view)),
    ],
  }
}

function factsOf({ alert, group, now }: AlertView): string {
  const annotations = without(alert.annotations, sharedBy(group, 'commonAnnotations'))
  const facts = [severityOf(alert), whenOf(alert, now), linksOf(annotations, alert.generatorURL), idOf(alert)]
  return facts.filter((fact) => fact !== '').join(' · ')
}

function severityOf({ labels }: Alert): string {
  return plainLine(labels.get('severity') ?? '', 40)
}

function idOf({ fingerprint }: Alert): string {
  return fingerprint === '' ? '' : `\`${plainLine(fingerprint, 40)}\``
}

/** One alert on one line. */
export function toLine({ alert, group, now }: AlertView): string {
  const title = `${lookOf(alert).emoji} *${plainLine(titleOf(alert, group), budget.lineTitle)}*`
  const query = link(alert.generatorURL, 'Query', budget.lineUrl)
  return [title, severityOf(alert), howLong(alert, now), query, idOf(alert)].filter((fact) => fact !== '').join(' · ')
}

/** What all alerts share is told once, at the top; an alert that is alone tells everything itself. */
function sharedBy(group: AlertGroup, which: 'commonLabels' | 'commonAnnotations'): Labels {
  return group.alerts.length > 1 ? group[which] : new Map()
}

function without(pairs: Labels, others: Labels): Labels {
  return new Map([...pairs].filter(([name]) => !others.has(name)))
}

const firstLabels = ['cluster', 'namespace', 'pod', 'container']
const lastLabels = ['endpoint', 'job', 'metrics_path', 'prometheus', 'service', 'uid']
const inTitle = new Set(['alertname', 'severity'])

/** Labels and annotations that are told as pairs, the telling ones first. */
function pairsOf(labels: Labels, annotations: Labels): readonly (readonly [string, string])[] {
  const plainLabels = [...labels].filter(([name]) => !inTitle.has(name))
  const notes = [...annotations].filter(([name]) => !toldApart.has(name))
  return [...inOrder(plainLabels, firstLabels, lastLabels), ...inOrder(notes, [], [])]
}

function fieldsOf({ alert, group }: AlertView): readonly SlackText[] {
  const labels = without(alert.labels, sharedBy(group, 'commonLabels'))
  const pairs = pairsOf(labels, without(alert.annotations, sharedBy(group, 'commonAnnotations')))
  const shown = pairs.length > limits.fields ? pairs.slice(0, limits.fields - 1) : pairs
  const rest = pairs.slice(shown.length)
  return [...shown.map(toField), ...(rest.length === 0 ? [] : [toRest(rest)])]
}

function toField([name, value]: readonly [string, string]): SlackText {
  const told = prose(value, budget.fieldValue)
  return mrkdwn(`*${plainLine(name, budget.fieldName)}*\n${told === '' ? '(empty)' : told}`)
}

function toRest(pairs: readonly (readonly [string, string])[]): SlackText {
  const told = pairs.map(
    ([name, value]) => `${plainLine(name, budget.fieldName)}: ${plainLine(value, budget.fieldValue)}`,
  )
  return mrkdwn(`*${pairs.length} more*\n${clip(told.join('\n'), budget.moreFields)}`)
}

/** What the alerts of a group share, and what the receiver cannot see; nothing for an alert that is alone. */
export function sharedBlocks({
  alerts,
  commonLabels,
  commonAnnotations,
  truncatedAlerts,
}: AlertGroup): readonly SlackBlock[] {
  const blocks: SlackBlock[] = []
  if (alerts.length > 1) {
    const pairs = pairsOf(commonLabels, commonAnnotations)
    const lines = pairs.map(
      ([name, value]) => `${plainLine(name, budget.fieldName)}: ${prose(value, budget.fieldValue)}`,
    )
    const links = linksOf(commonAnnotations, '')
    const told = [...sentencesOf(commonAnnotations), ...(links === '' ? [] : [links])]
    if (lines.length > 0) told.push(`*Shared by all ${alerts.length}*`, ...lines)
    if (told.length > 0) blocks.push(section(clip(told.join('\n'), budget.shared)))
  }
  if (truncatedAlerts > 0) {
    const words = truncatedAlerts === 1 ? '1 alert was' : `${truncatedAlerts} alerts were`
    blocks.push(
      context(
        `⚠️ ${words} cut off by Alertmanager's max_alerts and are not in this message; they may still be firing.`,
      ),
    )
  }
  return blocks
}
