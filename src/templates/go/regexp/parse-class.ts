import { PatternError, type CharacterSet } from './nodes.ts'
import { type Reader } from './reader.ts'
import { folded, inRanges, negated, perlSets, posixSet, unicodeSet } from './sets.ts'

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }

/** Reads `\…`: a character by its code, or a set. Throws PatternError. */
export function parseEscape(reader: Reader): number | CharacterSet {
  reader.next()
  const unicode = reader.match(/^([pP])(?:\{(\^?)([^}]{1,60})\}|([A-Za-z]))/)
  if (unicode !== undefined) return unicodeEscape(unicode)
  const code = reader.match(/^(?:x([\da-fA-F]{2})|x\{([\da-fA-F]{1,8})\}|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/)
  if (code !== undefined) return codeOf(code)
  const name = reader.next()
  const set = perlSets.get(name.toLowerCase())
  if (set !== undefined) return name === name.toLowerCase() ? set : negated(set)
  const control = Object.hasOwn(controls, name) ? controls[name] : undefined
  if (control !== undefined) return control
  if (name === '') throw new PatternError('trailing backslash at end of expression')
  if (/^[\x20-\x7e]$/.test(name) && !/^[A-Za-z0-9]$/.test(name)) return name.codePointAt(0) ?? 0
  throw new PatternError(`invalid escape sequence: \\${name}`)
}

function unicodeEscape([, letter, caret, braced, short]: RegExpExecArray): CharacterSet {
  const set = unicodeSet(braced ?? short ?? '')
  return (letter === 'P') === (caret === '^') ? set : negated(set)
}

function codeOf([, two, braced, octal]: RegExpExecArray): number {
  const code = octal === undefined ? Number.parseInt(two ?? braced ?? '', 16) : Number.parseInt(octal, 8)
  if (code > 0x10ffff) throw new PatternError('invalid escape sequence: a code beyond Unicode')
  return code
}

/** Reads `[…]`. Throws PatternError. */
export function parseClass(reader: Reader): CharacterSet {
  reader.next()
  const isNegated = reader.take('^')
  const sets: CharacterSet[] = []
  for (let first = true; first || reader.peek() !== ']'; first = false) {
    if (reader.done) throw new PatternError('missing closing ]')
    sets.push(parseItem(reader))
  }
  reader.next()
  const union: CharacterSet = (code) => sets.some((set) => set(code))
  const set = reader.flags.ignoreCase ? folded(union) : union
  return isNegated ? negated(set) : set
}

/** `[:alpha:]`, `\d`, `a` or `a-z`. */
function parseItem(reader: Reader): CharacterSet {
  const posix = reader.match(/^\[:(\^?)([a-z]+):\]/)
  if (posix !== undefined) return posix[1] === '^' ? negated(posixSet(posix[2] ?? '')) : posixSet(posix[2] ?? '')
  const low = parseMember(reader)
  if (typeof low !== 'number') return low
  if (reader.peek() !== '-' || reader.peek(1) === ']' || reader.peek(1) === '') return inRanges([[low, low]])
  reader.next()
  const high = parseMember(reader)
  if (typeof high !== 'number' || high < low) throw new PatternError('invalid character class range')
  return inRanges([[low, high]])
}

function parseMember(reader: Reader): number | CharacterSet {
  if (reader.peek() === '\\') return parseEscape(reader)
  return reader.next().codePointAt(0) ?? 0
}
