/** Where in a style sheet or a `style` attribute a place is. */
export type CssPlace = 'value' | 'comment' | 'lineComment' | 'doubleQuoted' | 'singleQuoted' | 'url'

/** How far a piece of CSS leads, and what html/template leaves of it: comments go. */
export interface CssStep {
  readonly place: CssPlace
  /** Characters taken. */
  readonly length: number
  /** Characters kept, from the beginning of what was taken. */
  readonly kept: number
  /** What stands for a comment that ends here. */
  readonly instead: string
}

const opener = /url[\t\n\f\r ]*\([\t\n\f\r ]*(["']?)|["']|\/[*/]/i

const ends: Readonly<Record<Exclude<CssPlace, 'value'>, RegExp>> = {
  comment: /\*\//,
  lineComment: /[\n\f\r]/,
  doubleQuoted: /(?<!\\)"/,
  singleQuoted: /(?<!\\)'/,
  url: /(?<!\\)[\t\n\f\r )]/,
}

/** Reads CSS up to the next change of place. */
export function stepCss(place: CssPlace, text: string): CssStep {
  if (place !== 'value') return stepOut(place, text)
  const found = opener.exec(text)
  if (found === null) return { place, length: text.length, kept: text.length, instead: '' }
  const [whole, quote] = found
  const length = found.index + whole.length
  const comment = whole === '/*' || whole === '//'
  return { place: placeAfter(whole, quote), length, kept: comment ? found.index : length, instead: '' }
}

function placeAfter(opened: string, quote: string | undefined): CssPlace {
  if (opened === '/*') return 'comment'
  if (opened === '//') return 'lineComment'
  const last = quote ?? opened
  if (last === '"') return 'doubleQuoted'
  return last === "'" ? 'singleQuoted' : 'url'
}

function stepOut(place: Exclude<CssPlace, 'value'>, text: string): CssStep {
  const found = ends[place].exec(text)
  const isComment = place === 'comment' || place === 'lineComment'
  // The line break that ends a line comment is not part of it.
  const length = found === null ? text.length : found.index + (place === 'lineComment' ? 0 : found[0].length)
  const instead = place === 'comment' && found !== null ? ' ' : ''
  return { place: found === null ? place : 'value', length, kept: isComment ? 0 : length, instead }
}

/** What html/template prints where a value must not stand. */
export const failsafe = 'ZgotmplZ'

/** A value that cannot leave the CSS value that it stands in; anything else is replaced. */
export function cssValue(text: string): string {
  if (/[\0"'()/;@[\\\]`{}]|--/.test(text)) return failsafe
  const letters = text.replace(/[^A-Za-z0-9_]/g, '').toLowerCase()
  return letters.includes('expression') || letters.includes('mozbinding') ? failsafe : text
}
