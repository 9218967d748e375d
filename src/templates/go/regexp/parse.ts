import { parseClass, parseEscape } from './parse-class.ts'
import { PatternError, type Assertion, type Pattern } from './nodes.ts'
import { Reader, type Flags } from './reader.ts'
import { folded } from './sets.ts'

/** A pattern, and the names of its groups by number (empty for those without). */
export interface ParsedPattern {
  readonly pattern: Pattern
  readonly groups: readonly string[]
}

/** Largest number in `{…}`, as in Go. */
const maxRepeat = 1_000

/** Reads a pattern in Go's syntax (https://pkg.go.dev/regexp/syntax). Throws PatternError. */
export function parsePattern(text: string): ParsedPattern {
  const reader = new Reader(text)
  const pattern = parseAny(reader)
  if (!reader.done) throw new PatternError('unexpected )')
  return { pattern, groups: reader.groups }
}

function parseAny(reader: Reader): Pattern {
  const parts = [parseAll(reader)]
  while (reader.take('|')) parts.push(parseAll(reader))
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'any', parts }
}

function parseAll(reader: Reader): Pattern {
  const parts: Pattern[] = []
  while (!reader.done && reader.peek() !== '|' && reader.peek() !== ')') {
    // Behind a group of flags, which is nothing by itself, a repetition is for what stands before it.
    const atom = parseAtom(reader) ?? parts.pop()
    if (atom !== undefined) parts.push(parseRepeat(reader, atom))
  }
  return { kind: 'all', parts }
}

function parseRepeat(reader: Reader, part: Pattern): Pattern {
  const count = readCount(reader)
  if (count === undefined) return part
  const greedy = !reader.take('?') !== reader.flags.ungreedy
  if (readCount(reader) !== undefined) throw new PatternError('invalid nested repetition operator')
  return { kind: 'repeat', part, ...count, greedy }
}

interface Count {
  readonly min: number
  readonly max: number
}

function readCount(reader: Reader): Count | undefined {
  if (reader.take('*')) return { min: 0, max: Infinity }
  if (reader.take('+')) return { min: 1, max: Infinity }
  if (reader.take('?')) return { min: 0, max: 1 }
  // What does not look like {2}, {2,} or {2,3} is literal.
  const found = reader.peek() === '{' ? reader.match(/^\{(\d{1,6})(?:(,)(\d{0,6}))?\}/) : undefined
  return found === undefined ? undefined : countOf(found)
}

function countOf([whole, low = '', comma, high = '']: RegExpExecArray): Count {
  const min = Number(low)
  const last = high === '' ? min : Number(high)
  if (min > maxRepeat || last > maxRepeat || min > last) throw new PatternError(`invalid repeat count: ${whole}`)
  return { min, max: comma !== undefined && high === '' ? Infinity : last }
}

/** One thing that can be repeated; undefined for a group of flags. */
function parseAtom(reader: Reader): Pattern | undefined {
  const character = reader.peek()
  switch (character) {
    case '(':
      return reader.nested(() => parseGroup(reader))
    case '[':
      return { kind: 'set', has: parseClass(reader) }
    case '\\':
      return parseBackslash(reader)
    case '*':
    case '+':
    case '?':
      throw missingArgument(character)
    case '{':
      if (readCount(reader) !== undefined) throw missingArgument(character)
      reader.next()
      return plain(reader.flags, character)
    default:
      reader.next()
      return plain(reader.flags, character)
  }
}

function missingArgument(operator: string): PatternError {
  return new PatternError(`missing argument to repetition operator: ${operator}`)
}

function plain(flags: Flags, character: string): Pattern {
  if (character === '.') return { kind: 'set', has: flags.dotAll ? () => true : (code) => code !== 10 }
  if (character === '^') return { kind: 'assert', assertion: flags.multiLine ? 'lineBegin' : 'textBegin' }
  if (character === '$') return { kind: 'assert', assertion: flags.multiLine ? 'lineEnd' : 'textEnd' }
  return literal(flags, character.codePointAt(0) ?? 0)
}

function literal(flags: Flags, wanted: number): Pattern {
  const has = (code: number): boolean => code === wanted
  return { kind: 'set', has: flags.ignoreCase ? folded(has) : has }
}

const assertions: Readonly<Record<string, Assertion>> = { A: 'textBegin', z: 'textEnd', b: 'word', B: 'notWord' }

function parseBackslash(reader: Reader): Pattern {
  const name = reader.peek(1)
  const assertion = Object.hasOwn(assertions, name) ? assertions[name] : undefined
  if (assertion !== undefined) {
    reader.take(`\\${name}`)
    return { kind: 'assert', assertion }
  }
  const quoted = name === 'Q' ? reader.match(/^\\Q([\s\S]*?)(?:\\E|$)/u) : undefined
  if (quoted !== undefined) {
    return {
      kind: 'all',
      parts: Array.from(quoted[1] ?? '').map((character) => literal(reader.flags, character.codePointAt(0) ?? 0)),
    }
  }
  const escape = parseEscape(reader)
  return typeof escape === 'number' ? literal(reader.flags, escape) : { kind: 'set', has: escape }
}

function parseGroup(reader: Reader): Pattern | undefined {
  const { flags } = reader
  const named = reader.match(/^\(\?P?<([A-Za-z0-9_]+)>/)
  if (named !== undefined) return capture(reader, named[1] ?? '')
  const flagged = reader.match(/^\(\?([imsU]*)(-[imsU]+)?([:)])/)
  if (flagged === undefined) {
    reader.next()
    if (reader.peek() === '?') throw new PatternError('invalid or unsupported group syntax after (?')
    return capture(reader, '')
  }
  const [, on = '', off = '', end] = flagged
  reader.flags = withFlags(flags, on, off)
  if (end === ')') return undefined
  const part = parseAny(reader)
  close(reader)
  reader.flags = flags
  return part
}

function capture(reader: Reader, name: string): Pattern {
  const { flags } = reader
  const number = reader.groups.push(name) - 1
  const part = parseAny(reader)
  close(reader)
  reader.flags = flags
  return { kind: 'group', number, part }
}

function close(reader: Reader): void {
  if (!reader.take(')')) throw new PatternError('missing closing )')
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const set = (letter: string, before: boolean): boolean => (on.includes(letter) || before) && !off.includes(letter)
  return {
    ignoreCase: set('i', flags.ignoreCase),
    multiLine: set('m', flags.multiLine),
    dotAll: set('s', flags.dotAll),
    ungreedy: set('U', flags.ungreedy),
  }
}
