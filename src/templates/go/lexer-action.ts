import { GoSyntaxError } from './syntax-error.ts'
import { keywords, type Token, type TokenKind } from './tokens.ts'

const word = /[\p{L}\p{Nd}_]+/uy
const blanks = /[ \t\r\n]+/y
const quoted = /"(?:[^"\\\n]|\\[^\n])*"/y
const rawQuoted = /`[^`]*`/y
const char = /'(?:[^'\\\n]|\\[^\n])*'/y
/** As wide as Go's scanner; what is no number is refused when its value is read. */
const number =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*|0[bB][01_]*|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/uy

/** What follows a word, so that `$x+2` is an error and not two operands. */
const terminators = ' \t\r\n.,|:)('

/** Where an action ends, and whether it takes away the white space that follows. */
export interface Closing {
  readonly end: number
  readonly trim: boolean
}

/** The end of an action if it stands at `place`: `}}`, or white space and `-}}`. */
export function closingAt(input: string, place: number): Closing | undefined {
  if (input.startsWith('}}', place)) return { end: place + 2, trim: false }
  if (/^[ \t\r\n]-\}\}/.test(input.slice(place, place + 4))) return { end: place + 4, trim: true }
  return undefined
}

/** The tokens from after `{{` up to and including `}}`. */
export function scanAction(
  input: string,
  from: { readonly open: number; readonly inside: number },
  tokens: Token[],
): Closing {
  tokens.push({ kind: 'left', value: '{{', at: from.open })
  let place = from.inside
  let depth = 0
  for (;;) {
    const closing = closingAt(input, place)
    if (closing !== undefined) {
      if (depth > 0) throw new GoSyntaxError(from.open, 'unclosed "(" in this action')
      tokens.push({ kind: 'right', value: '}}', at: place })
      return closing
    }
    if (place >= input.length) throw new GoSyntaxError(from.open, 'unclosed action: "}}" is missing')
    const token = scanToken(input, place)
    if (token.kind === 'open') depth += 1
    if (token.kind === 'close') depth -= 1
    if (depth < 0) throw new GoSyntaxError(place, 'unexpected ")"')
    tokens.push(token)
    place += token.value.length
  }
}

const single: ReadonlyMap<string, TokenKind> = new Map([
  ['=', 'assign'],
  ['|', 'pipe'],
  [',', 'comma'],
  ['(', 'open'],
  [')', 'close'],
])

function scanToken(input: string, at: number): Token {
  const character = String.fromCodePoint(input.codePointAt(at) ?? 0)
  const kind = single.get(character)
  if (kind !== undefined) return { kind, value: character, at }
  switch (character) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
      return scanBlanks(input, at)
    case ':':
      return scanDeclare(input, at)
    case '"':
    case '`':
    case "'":
      return scanQuoted(input, at, character)
    case '$':
      return scanWord(input, at, 'variable')
    default:
      return scanValue(input, at, character)
  }
}

/** A field, a number, or a word. */
function scanValue(input: string, at: number, character: string): Token {
  if (character === '.' && !/\d/.test(input.charAt(at + 1))) return scanWord(input, at, 'field')
  if (/[\d+\-.]/.test(character)) return scanNumber(input, at)
  if (/[\p{L}\p{Nd}_]/u.test(character)) return scanIdentifier(input, at)
  throw new GoSyntaxError(at, `unexpected ${JSON.stringify(character)} in an action`)
}

/** White space; the blank before `-}}` belongs to the closing. */
function scanBlanks(input: string, at: number): Token {
  const value = take(blanks, input, at)
  const beforeClosing = value.length > 1 && input.startsWith('-}}', at + value.length)
  return { kind: 'space', value: beforeClosing ? value.slice(0, -1) : value, at }
}

function scanDeclare(input: string, at: number): Token {
  if (input.charAt(at + 1) !== '=') throw new GoSyntaxError(at, '":=" is expected after ":"')
  return { kind: 'declare', value: ':=', at }
}

function scanQuoted(input: string, at: number, quote: '"' | '`' | "'"): Token {
  const [pattern, kind, what] = {
    '"': [quoted, 'string', 'quoted string'] as const,
    '`': [rawQuoted, 'rawString', 'raw quoted string'] as const,
    "'": [char, 'char', 'character constant'] as const,
  }[quote]
  const value = take(pattern, input, at)
  if (value === '') throw new GoSyntaxError(at, `unterminated ${what}`)
  return { kind, value, at }
}

/** `$`, `$name`, `.` or `.name`. */
function scanWord(input: string, at: number, kind: 'variable' | 'field'): Token {
  const value = input.charAt(at) + take(word, input, at + 1)
  assertTerminated(input, at + value.length)
  return { kind: value === '.' ? 'dot' : kind, value, at }
}

function scanIdentifier(input: string, at: number): Token {
  const value = take(word, input, at)
  assertTerminated(input, at + value.length)
  if (value === 'true' || value === 'false') return { kind: 'bool', value, at }
  return { kind: keywords.has(value) ? 'keyword' : 'identifier', value, at }
}

function assertTerminated(input: string, place: number): void {
  const next = input.charAt(place)
  if (next === '' || terminators.includes(next) || input.startsWith('}}', place)) return
  throw new GoSyntaxError(place, `bad character ${JSON.stringify(next)}: a space is missing`)
}

function scanNumber(input: string, at: number): Token {
  const value = take(number, input, at)
  const rest = take(word, input, at + value.length)
  const next = input.charAt(at + value.length)
  if (value === '' || rest !== '') throw new GoSyntaxError(at, `bad number syntax: ${JSON.stringify(value + rest)}`)
  if (next === '+' || next === '-' || value.endsWith('i')) {
    throw new GoSyntaxError(at, 'complex numbers are not supported: Liquid has none')
  }
  return { kind: 'number', value, at }
}

function take(pattern: RegExp, input: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(input)?.[0] ?? ''
}
