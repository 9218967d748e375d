import { GoSyntaxError } from './syntax-error.ts'

const simpleEscapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
}

/** Digits after `\x`, `\u`, `\U`, or an octal digit. */
const numericEscape = /^(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3}))/

/** The text of a Go string or raw string literal, quotes included in `literal`. Throws GoSyntaxError. */
export function unquote(literal: string, at: number): string {
  if (literal.startsWith('`')) return literal.slice(1, -1).replaceAll('\r', '')
  const bytes = unquoteBytes(literal, at)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new GoSyntaxError(at, `the bytes of ${literal} are not UTF-8, which is not supported`)
  }
}

/** The number that a character constant such as `'a'` stands for. */
export function unquoteChar(literal: string, at: number): number {
  const body = literal.slice(1, -1)
  if (body.startsWith('\\')) {
    const escape = readEscape(body.slice(1), "'", { literal, at })
    if (escape.length === body.length - 1) return escape.code
  } else if (Array.from(body).length === 1) {
    return body.codePointAt(0) ?? 0
  }
  throw new GoSyntaxError(at, `malformed character constant: ${literal}`)
}

function unquoteBytes(literal: string, at: number): Uint8Array {
  const chunks: Uint8Array[] = []
  const encoder = new TextEncoder()
  const body = literal.slice(1, -1)
  let place = 0
  while (place < body.length) {
    const next = body.indexOf('\\', place)
    const end = next === -1 ? body.length : next
    chunks.push(encoder.encode(body.slice(place, end)))
    if (next === -1) break
    const escape = readEscape(body.slice(next + 1, next + 10), '"', { literal, at })
    // \x and octal escapes are bytes, all others are characters.
    chunks.push(escape.byte ? Uint8Array.of(escape.code) : encoder.encode(String.fromCodePoint(escape.code)))
    place = next + 1 + escape.length
  }
  return Buffer.concat(chunks)
}

interface Escape {
  readonly code: number
  readonly byte: boolean
  /** Characters after the backslash. */
  readonly length: number
}

function readEscape(text: string, quote: string, where: { readonly literal: string; readonly at: number }): Escape {
  const first = text.charAt(0)
  if (first === quote) return { code: quote.charCodeAt(0), byte: false, length: 1 }
  const simple = Object.hasOwn(simpleEscapes, first) ? simpleEscapes[first] : undefined
  if (simple !== undefined) return { code: simple, byte: false, length: 1 }
  const escape = readNumeric(text)
  const largest = escape?.byte === true ? 0xff : 0x10ffff
  const isSurrogate = escape?.byte === false && escape.code >= 0xd800 && escape.code <= 0xdfff
  if (escape === undefined || escape.code > largest || isSurrogate) {
    throw new GoSyntaxError(where.at, `invalid escape in ${where.literal}`)
  }
  return escape
}

function readNumeric(text: string): Escape | undefined {
  const match = numericEscape.exec(text)
  if (match === null) return undefined
  const [{ length }, two, four, eight, octal] = match
  if (octal !== undefined) return { code: Number.parseInt(octal, 8), byte: true, length }
  return { code: Number.parseInt(two ?? four ?? eight ?? '', 16), byte: two !== undefined, length }
}

/** A number literal: its integer, when it has one, and its real value. */
export interface GoNumber {
  readonly text: string
  readonly integer: bigint | undefined
  readonly float: number
  /** Written with a point or an exponent: a float where nothing says which type is wanted. */
  readonly isFloat: boolean
}

const integer = /^[+-]?(?:0[xX](?:_?[\da-fA-F])+|0[oO]?(?:_?[0-7])+|0[bB](?:_?[01])+|[1-9](?:_?\d)*|0)$/
const decimal = /^[+-]?(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?$/

/** Reads a number token as Go's parser does. Throws GoSyntaxError. */
export function readNumber(text: string, at: number): GoNumber {
  if (integer.test(text)) {
    const value = readInteger(text)
    if (BigInt.asIntN(64, value) !== value) throw new GoSyntaxError(at, `integer overflow: ${text}`)
    return { text, integer: value, float: Number(value), isFloat: false }
  }
  const float = Number(text.replaceAll('_', ''))
  if (!decimal.test(text) || !Number.isFinite(float)) throw new GoSyntaxError(at, `illegal number syntax: ${text}`)
  if (!/[.eE]/.test(text)) throw new GoSyntaxError(at, `illegal number syntax: ${text}`)
  return { text, integer: Number.isSafeInteger(float) ? BigInt(float) : undefined, float, isFloat: true }
}

function readInteger(text: string): bigint {
  const negative = text.startsWith('-')
  const digits = text.replace(/^[+-]/, '').replaceAll('_', '')
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits
  const value = BigInt(octal.toLowerCase())
  return negative ? -value : value
}
