import { type Alert, type AlertGroup } from '../model/alert.ts'
import { narrow } from '../model/notification.ts'
import { type Markup } from './markup.ts'
import { type Measure } from './measure.ts'
import { cutIntoRuns, type Run } from './runs.ts'
import { truncate } from './truncate.ts'

/** A group that is to be told in messages of a limited size. */
export interface SplitRequest {
  readonly group: AlertGroup
  /** The most that one message may measure, its mark included. Whole sentences want at least some 200. */
  readonly limit: number
  readonly measure: Measure
  /** The message about a part of the group, which is the group narrowed to some of its alerts, in their order. */
  readonly render: (group: AlertGroup) => string
  /** What a text is written in, for the case that one alert alone must be cut. Defaults to `plain`. */
  readonly markup?: Markup
  /**
   * What is put behind each of several messages, from its place (from 1) and how many there are; never longer for smaller
   * numbers. Defaults to a line of its own, `(3/7)`.
   */
  readonly mark?: (place: number, total: number) => string
  /** See truncate.ts. */
  readonly cutLine?: (missing: number) => string
}

/** One of the messages that tell about a group. */
export interface SplitMessage {
  readonly text: string
  /** The alerts that it tells about: a run of the group's alerts, in their order. */
  readonly alerts: readonly Alert[]
  /** Where in the group's alerts the run begins. */
  readonly from: number
  /** Characters (code points) that were cut away, because one alert alone was too long; usually 0. */
  readonly cut: number
}

/** The mark unless a channel has its own: a last line such as `(3/7)`. */
export function placeMark(place: number, total: number): string {
  return `\n(${place}/${total})`
}

/**
 * The messages that tell about every alert of the group, each alert in exactly one of them, in order, none above the limit. One
 * message without a mark when all fits. The alerts are cut into runs; only an alert that is too long alone is truncated, with a
 * line that says by how much. The same request gives the same messages. Each alert is rendered a bounded number of times, about
 * twice as a rule (see runs.ts).
 */
export function splitMessage(request: SplitRequest): readonly SplitMessage[] {
  const { group, limit, measure, markup = 'plain', mark = placeMark, cutLine } = request
  const { alerts } = group
  const render = (from: number, to: number): string =>
    request.render(from === 0 && to === alerts.length ? group : narrow(group, alerts.slice(from, to))).toWellFormed()
  const most = Math.max(alerts.length, 1)
  const beside = limit - measure(mark(most, most))
  const room = beside > 0 ? beside : limit
  const runs = cutIntoRuns({ alerts, measure, render, limit, room })

  function toMessage({ from, to, text }: Run, index: number): SplitMessage {
    const several = runs.length > 1
    const fitted = truncate(text, {
      limit: several ? room : limit,
      measure,
      markup,
      ...(cutLine === undefined ? {} : { cutLine }),
    })
    const ending = several && beside > 0 ? mark(index + 1, runs.length) : ''
    return { text: fitted.text + ending, alerts: alerts.slice(from, to), from, cut: fitted.cut }
  }
  return runs.map(toMessage)
}
