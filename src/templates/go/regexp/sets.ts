import { PatternError, type CharacterSet } from './nodes.ts'

type Range = readonly [number, number]

const digits: readonly Range[] = [[48, 57]]
const words: readonly Range[] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
const spaces: readonly Range[] = [
  [9, 10],
  [12, 13],
  [32, 32],
]

/** `\d`, `\s` and `\w`, which in Go are ASCII. */
export const perlSets: ReadonlyMap<string, CharacterSet> = new Map([
  ['d', inRanges(digits)],
  ['s', inRanges(spaces)],
  ['w', inRanges(words)],
])

/** `[:alpha:]` and its kin. */
const posixRanges: Readonly<Record<string, readonly Range[]>> = {
  alnum: [
    [48, 57],
    [65, 90],
    [97, 122],
  ],
  alpha: [
    [65, 90],
    [97, 122],
  ],
  ascii: [[0, 127]],
  blank: [
    [9, 9],
    [32, 32],
  ],
  cntrl: [
    [0, 31],
    [127, 127],
  ],
  digit: digits,
  graph: [[33, 126]],
  lower: [[97, 122]],
  print: [[32, 126]],
  punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
  space: [
    [9, 13],
    [32, 32],
  ],
  upper: [[65, 90]],
  word: words,
  xdigit: [
    [48, 57],
    [65, 70],
    [97, 102],
  ],
}

/** The set of a POSIX class by its name. Throws PatternError. */
export function posixSet(name: string): CharacterSet {
  const ranges = Object.hasOwn(posixRanges, name) ? posixRanges[name] : undefined
  if (ranges === undefined) throw new PatternError(`there is no class [:${name}:]`)
  return inRanges(ranges)
}

/** The set of `\p{name}`: a general category or a script. Throws PatternError. */
export function unicodeSet(name: string): CharacterSet {
  if (name === 'Any') return () => true
  const property = propertyOf(name)
  return (code) => property.test(String.fromCodePoint(code))
}

function propertyOf(name: string): RegExp {
  const sources = /^[A-Za-z_]{1,40}$/.test(name) ? [`\\p{gc=${name}}`, `\\p{sc=${name}}`] : []
  for (const source of sources) {
    try {
      return new RegExp(`^${source}$`, 'u')
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  throw new PatternError(`there is no Unicode class \\p{${name.slice(0, 40)}}`)
}

/** The characters of some ranges, both ends included. */
export function inRanges(ranges: readonly Range[]): CharacterSet {
  return (code) => ranges.some(([low, high]) => code >= low && code <= high)
}

/** Everything that is not in a set. */
export function negated(set: CharacterSet): CharacterSet {
  return (code) => !set(code)
}

/** A set that takes capital and small letters as the same. */
export function folded(set: CharacterSet): CharacterSet {
  return (code) => set(code) || variantsOf(code).some(set)
}

/** The other case of a letter; letters whose other case is several characters have none. */
function variantsOf(code: number): readonly number[] {
  const character = String.fromCodePoint(code)
  return [character.toLowerCase(), character.toUpperCase()]
    .filter((other) => other !== character && other.length === String.fromCodePoint(other.codePointAt(0) ?? 0).length)
    .map((other) => other.codePointAt(0) ?? 0)
}
