/**
 * The language that a text is written in, as far as cutting it needs to know: `plain` has only characters and addresses,
 * `mrkdwn` is Slack's, `markdown` that of DingTalk and WeChat, `html` knows elements and entities (WeChat's `<a>` in text).
 */
export type Markup = 'plain' | 'mrkdwn' | 'markdown' | 'html'

/** A stretch of text, in order; all of them put together are the text. */
export interface Piece {
  readonly text: string
  /** Whether it may be cut between two of its characters; otherwise it stays whole or goes whole. */
  readonly divisible: boolean
  /** What must follow when the text is cut at the end of this piece, so that no markup stays open. */
  readonly closing: string
}

/** Emphasis, code and elements up to this many code units are kept whole; longer ones are cut inside and closed. */
const wholeUnits = 256

const address = String.raw`(?<whole>https?://[^\s<>]{1,2048})`
const entity = String.raw`(?<entity>&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,31});)`
const tag = String.raw`(?<tag><[^<>\n]+>)`
const element = String.raw`(?<open><(?<name>[A-Za-z][A-Za-z\d]*)(?:\s[^<>]*)?>)(?<inside>[^<]*)(?<close></\k<name>\s*>)`
const fence = '(?<fence>```)(?<fenced>[^]*?)```'
const code = '(?<tick>`)(?<ticked>[^`\\n]+)`'
const link = String.raw`(?<link>!?\[[^[\]\n]*\]\([^()\s]*\))`

function emphasis(delimiters: readonly string[]): readonly string[] {
  return delimiters.map((delimiter, index) => {
    const mark = delimiter.replaceAll('*', String.raw`\*`)
    const first = delimiter.slice(0, 1).replaceAll('*', String.raw`\*`)
    return `(?<mark${index}>${mark})(?<marked${index}>[^${first}\\n]+)${mark}`
  })
}

/** A delimiter never occurs inside what it delimits here, so that each of these scans a text once. */
const patterns: Readonly<Record<Markup, RegExp>> = {
  plain: pattern([address]),
  mrkdwn: pattern([fence, code, tag, entity, address, ...emphasis(['*', '_', '~'])]),
  markdown: pattern([fence, code, link, element, tag, entity, address, ...emphasis(['**', '*', '__', '_', '~~'])]),
  html: pattern([element, tag, entity, address]),
}

function pattern(alternatives: readonly string[]): RegExp {
  return new RegExp(alternatives.join('|'), 'gu')
}

/** The pieces of a text, made as they are asked for. */
export function* pieces(text: string, markup: Markup, closing = ''): Generator<Piece> {
  let place = 0
  for (const match of text.matchAll(patterns[markup])) {
    if (match.index > place) yield { text: text.slice(place, match.index), divisible: true, closing }
    yield* inside(match, markup, closing)
    place = match.index + match[0].length
  }
  if (place < text.length) yield { text: text.slice(place), divisible: true, closing }
}

interface Span {
  readonly open: string
  readonly content: string
  readonly close: string
  /** Code holds no markup. */
  readonly markup: Markup
}

function* inside(match: RegExpExecArray, markup: Markup, closing: string): Generator<Piece> {
  const span = match[0].length > wholeUnits ? spanOf(match.groups ?? {}, markup) : undefined
  if (span === undefined) {
    yield { text: match[0], divisible: false, closing }
    return
  }
  const within = span.close + closing
  yield { text: span.open, divisible: false, closing: within }
  yield* pieces(span.content, span.markup, within)
  yield { text: span.close, divisible: false, closing }
}

function spanOf(groups: Readonly<Record<string, string | undefined>>, markup: Markup): Span | undefined {
  const { open, close, fence: fenceMark, tick } = groups
  if (open !== undefined) return { open, content: groups['inside'] ?? '', close: close ?? '', markup }
  if (fenceMark !== undefined) return codeSpan(fenceMark, groups['fenced'])
  if (tick !== undefined) return codeSpan(tick, groups['ticked'])
  const [name, mark] = Object.entries(groups).find(([key, value]) => /^mark\d$/u.test(key) && value !== undefined) ?? []
  if (name === undefined || mark === undefined) return undefined
  return { open: mark, content: groups[name.replace('mark', 'marked')] ?? '', close: mark, markup }
}

function codeSpan(mark: string, content: string | undefined): Span {
  return { open: mark, content: content ?? '', close: mark, markup: 'plain' }
}
