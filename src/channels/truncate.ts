import { pieces, type Markup } from './markup.ts'
import { characters, type Measure } from './measure.ts'

/** How a text is to be made to fit. */
export interface TruncateRequest {
  /** The most that the result may measure, the line about the cut included. */
  readonly limit: number
  readonly measure: Measure
  /** Defaults to `plain`. */
  readonly markup?: Markup
  /**
   * What is put behind a text that was cut, from how many characters (code points) are missing; never longer for a smaller
   * number. Defaults to a line of its own, `… (1234 characters cut)`.
   */
  readonly cutLine?: (missing: number) => string
}

export interface Truncated {
  readonly text: string
  /** Characters (code points) of the original that are missing; 0 when it fitted. */
  readonly cut: number
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

function defaultCutLine(missing: number): string {
  return `\n… (${missing} characters cut)`
}

/**
 * The text when it fits, else its beginning and a line that says how much was cut. It is cut between two characters as people see
 * them (an emoji with its modifiers is one), never inside an entity, an address, a link or a short piece of markup; markup that is
 * too long to go whole is closed where the text ends. A limit too small for the line gives the beginning alone.
 */
export function truncate(text: string, request: TruncateRequest): Truncated {
  const { limit, measure, markup = 'plain', cutLine = defaultCutLine } = request
  const whole = text.toWellFormed()
  if (measure(whole) <= limit) return { text: whole, cut: 0 }
  const total = characters(whole)
  const room = limit - measure(cutLine(total))
  const { kept, closing } = beginningOf(whole, { room: room > 0 ? room : limit, measure, markup })
  const missing = total - characters(kept)
  return { text: kept + closing + (room > 0 ? cutLine(missing) : ''), cut: missing }
}

interface Room {
  readonly room: number
  readonly measure: Measure
  readonly markup: Markup
}

interface Beginning {
  readonly kept: string
  readonly closing: string
}

/** A place to cut: how much of the text is kept, and what closes it. */
interface Place {
  readonly end: number
  readonly closing: string
}

function beginningOf(text: string, { room, measure, markup }: Room): Beginning {
  const places: Place[] = []
  let end = 0
  let used = 0
  for (const piece of pieces(text, markup)) {
    const left = room - measure(piece.closing) - used
    const size = measure(piece.text)
    if (size > left) {
      if (piece.divisible) places.push({ end: end + fitting(piece.text, left, measure), closing: piece.closing })
      break
    }
    used += size
    end += piece.text.length
    places.push({ end, closing: piece.closing })
  }
  const last = places.findLast((place) => isBorder(text, place.end))
  return { kept: text.slice(0, last?.end ?? 0).trimEnd(), closing: last?.closing ?? '' }
}

/** How many code units of a text fit, whole characters only. */
function fitting(text: string, room: number, measure: Measure): number {
  let used = 0
  for (const { segment, index } of graphemes.segment(text)) {
    used += measure(segment)
    if (used > room) return index
  }
  return text.length
}

/** Whether one character ends and another begins here. */
function isBorder(text: string, place: number): boolean {
  return place === 0 || graphemes.segment(text).containing(place)?.index === place
}
