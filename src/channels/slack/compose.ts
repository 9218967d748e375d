import { type AlertGroup } from '../../model/alert.ts'
import { lookOf, severityOf } from '../../model/severity.ts'
import { type Telling } from '../settled-alerts.ts'
import { sharedBlocks, toAttachment, toLine } from './alert-blocks.ts'
import { createDraft, type Draft } from './draft.ts'
import { budget } from './limits.ts'
import { section, type SlackBlock, type SlackContent } from './message.ts'
import { link, plainLine } from './words.ts'

/** What one message shows, and of which alerts it tells: their places in `group.alerts`, ascending. */
export interface ComposedMessage extends Telling {
  readonly content: SlackContent
}

export interface ComposeRequest {
  readonly group: AlertGroup
  /** The group in a line, as plain text. */
  readonly title: string
  /** When the notification was accepted, milliseconds since the epoch. */
  readonly now: number
}

/** So many alerts are shown whole; the others have a line each. */
const whole = 10

/** A message as it fills up. */
interface Page {
  readonly draft: Draft
  readonly shared: readonly SlackBlock[]
  readonly places: number[]
}

/**
 * Lays a group out in blocks: a title that leads to Alertmanager, what all share, then the alerts, the firing and the severe ones
 * first, with a bar in the colour of each. The first ten are whole, the others a line each. As many messages as Slack's limits
 * make necessary, marked `(3/7)`; each alert is written once, in one of them.
 */
export function compose(request: ComposeRequest): readonly ComposedMessage[] {
  const { group, now } = request
  const titleBlock = section(titleOf(request, widestMark))
  const turn = (shared: readonly SlackBlock[]): Page => ({
    draft: createDraft([titleBlock, ...shared]),
    shared,
    places: [],
  })
  let page = turn(sharedBlocks(group))
  const pages = [page]
  for (const [order, place] of inOrderOfUrgency(group).entries()) {
    const alert = group.alerts[place]
    if (alert === undefined) continue
    const view = { alert, group, now }
    const add = order < whole ? wholeOf(toAttachment(view)) : lineOf(lookOf(alert).colour, toLine(view))
    if (!add(page.draft)) {
      page = turn([])
      pages.push(page)
      add(page.draft)
    }
    page.places.push(place)
  }
  return pages.map((each, index) => finish(each, request, pages.length > 1 ? ` (${index + 1}/${pages.length})` : ''))
}

function wholeOf(attachment: Parameters<Draft['addWhole']>[0]): (draft: Draft) => boolean {
  return (draft) => draft.addWhole(attachment)
}

function lineOf(colour: string, line: string): (draft: Draft) => boolean {
  return (draft) => draft.addLine(colour, line)
}

/** Places of alerts: firing ones first, then the severe ones, then as posted. */
function inOrderOfUrgency({ alerts }: AlertGroup): readonly number[] {
  const ranks = alerts.map(({ status, labels }) => {
    const { rank } = severityOf(labels.get('severity') ?? '')
    return status === 'firing' ? rank : rank + 100
  })
  return [...alerts.keys()].toSorted((one, other) => (ranks[one] ?? 0) - (ranks[other] ?? 0) || one - other)
}

/** Room for the mark of a message among any number that the outbox could hold. */
const widestMark = ' (100000/100000)'

function titleOf({ group, title }: ComposeRequest, mark: string): string {
  const words = `${plainLine(title, budget.title)}${mark}`
  const linked = link(group.externalURL, words, budget.titleUrl)
  return `*${linked === '' ? words : linked}*`
}

function finish({ draft, shared, places }: Page, request: ComposeRequest, mark: string): ComposedMessage {
  return {
    content: {
      text: `${plainLine(request.title, budget.title)}${mark}`,
      blocks: [section(titleOf(request, mark)), ...shared],
      attachments: draft.attachments(),
    },
    places: places.toSorted((one, other) => one - other),
  }
}
