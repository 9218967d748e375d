import { evalArgs, printValue } from '../format-value.ts'
import { GoHtml, nothing, type GoValue } from '../values.ts'
import { cssValue, failsafe } from './css.ts'
import { isHarmlessName } from './attributes.ts'
import {
  escapeHtmlFunction,
  escapeMarkup,
  escapeQuery,
  escapeText,
  escapeUnquoted,
  escapeUrl,
  isSafeUrl,
  stripTags,
} from './escape.ts'
import { type HtmlScanner } from './scanner.ts'

/** The functions that html/template counts as escaping; written last in a pipeline they replace its own. */
export type Escaper = 'html' | 'urlquery'

type Charge = (units: number) => void

/** A value as HTML for the place where the scanner is. */
export function printHtml(scanner: HtmlScanner, value: GoValue, escaper: Escaper | undefined, charge: Charge): string {
  scanner.nudge()
  const given = new Given(value, escaper, charge)
  switch (scanner.state) {
    case 'text':
      return escaper === 'html' ? given.escaped() : given.isHtml ? given.text() : escapeText(given.text())
    case 'comment':
      return ''
    case 'special':
      return printSpecial(scanner, given)
    case 'attributeName':
      return name(given.text())
    default:
      return printAttribute(scanner, given)
  }
}

/** A value and what its pipeline has it escaped with, if anything. */
class Given {
  readonly #value: GoValue
  readonly #charge: Charge
  readonly escaper: Escaper | undefined
  readonly isHtml: boolean

  constructor(value: GoValue, escaper: Escaper | undefined, charge: Charge) {
    this.#value = value
    this.#charge = charge
    this.escaper = escaper
    this.isHtml = value instanceof GoHtml && escaper === undefined
  }

  /** Where the template's own escaping stands for none of ours, it comes first. */
  text(): string {
    if (this.escaper !== undefined) return this.escaped()
    return this.plain()
  }

  plain(): string {
    return this.#value === nothing ? '' : printValue(this.#value, this.#charge)
  }

  escaped(): string {
    const text = evalArgs([this.#value], this.#charge)
    return this.escaper === 'html' ? escapeHtmlFunction(text) : escapeQuery(text)
  }
}

function printSpecial(scanner: HtmlScanner, given: Given): string {
  if (scanner.element === 'script') throw new Error('a value inside a script is not supported')
  if (scanner.element === 'style') return printCss(scanner, given)
  if (given.escaper === 'html') return given.escaped()
  return given.isHtml ? escapeMarkup(given.text()) : escapeText(given.text())
}

function printCss(scanner: HtmlScanner, given: Given): string {
  if (scanner.css === 'comment' || scanner.css === 'lineComment') return ''
  if (scanner.css !== 'value') throw new Error('a value inside a string or an address in CSS is not supported')
  return cssValue(given.text())
}

function name(text: string): string {
  const lower = text.toLowerCase()
  return isHarmlessName(lower) ? lower : failsafe
}

function printAttribute(scanner: HtmlScanner, given: Given): string {
  const close = (text: string): string =>
    scanner.delimiter === 'space' ? escapeUnquoted(text, false) : escapeText(text)
  // The function html takes the place of the escaping of a quoted value.
  const closeOwn = given.escaper === 'html' && scanner.delimiter !== 'space' ? escapeHtmlFunction : close
  switch (scanner.attribute) {
    case 'plain':
      return printPlain(scanner, given, close)
    case 'url':
      return closeOwn(printUrl(scanner, given))
    case 'css':
      return close(printCss(scanner, given))
    case 'script':
    case 'srcset':
      throw new Error(`a value in an attribute that holds a ${scanner.attribute} is not supported`)
  }
}

function printPlain(scanner: HtmlScanner, given: Given, close: (text: string) => string): string {
  if (given.escaper === 'html' && scanner.delimiter !== 'space') return given.escaped()
  if (!given.isHtml) return close(given.text())
  const text = stripTags(given.text())
  return scanner.delimiter === 'space' ? escapeUnquoted(text, true) : escapeMarkup(text)
}

/** An address: a dangerous scheme gives way to a harmless anchor. */
function printUrl({ urlPart }: HtmlScanner, given: Given): string {
  const text = given.plain()
  const safe = urlPart === 'begin' && !isSafeUrl(text) ? `#${failsafe}` : text
  if (given.escaper === 'urlquery') return escapeQuery(safe)
  return escapeUrl(safe, urlPart !== 'query')
}
