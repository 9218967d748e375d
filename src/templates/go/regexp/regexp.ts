import { compilePattern, type Program } from './compile.ts'
import { find, newBudget, spend, type Budget, type Match } from './run.ts'

const cache = new Map<string, Program>()
const maxCached = 100

/** The compiled pattern; the last few are kept. Throws PatternError. */
function programOf(pattern: string): Program {
  const known = cache.get(pattern)
  if (known !== undefined) return known
  const program = compilePattern(pattern)
  const [oldest] = cache.keys()
  if (cache.size >= maxCached && oldest !== undefined) cache.delete(oldest)
  cache.set(pattern, program)
  return program
}

/** Throws PatternError when Go's regexp would not take the pattern, or it is too big. */
export function assertPattern(pattern: string): void {
  programOf(pattern)
}

/** Go's regexp.MatchString. Throws PatternError, and an Error when the text is too long for the pattern. */
export function matches(pattern: string, text: string): boolean {
  return find(programOf(pattern), text, 0, newBudget()) !== undefined
}

/** Go's Regexp.ReplaceAllString, with `$1`, `${1}` and `${name}` in the replacement. Throws like `matches`. */
export function replaceAll(pattern: string, replacement: string, text: string): string {
  const program = programOf(pattern)
  const budget = newBudget()
  let result = ''
  let last = 0
  for (let from = 0; from <= text.length;) {
    const match = find(program, text, from, budget)
    if (match === undefined) break
    const [begin = 0, end = 0] = match
    result += text.slice(last, begin)
    // Go leaves out an empty match right after another match.
    if (end > last || begin === 0) result += expand({ replacement, program, text, budget }, match)
    last = end
    const width = (text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1
    from = Math.max(from + width, end)
  }
  return result + text.slice(last)
}

const reference = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu

interface Expansion {
  readonly replacement: string
  readonly program: Program
  readonly text: string
  readonly budget: Budget
}

function expand({ replacement, program, text, budget }: Expansion, match: Match): string {
  spend(budget, replacement.length)
  if (!replacement.includes('$')) return replacement
  return replacement.replace(reference, (_all, dollar?: string, braced?: string, bare?: string) => {
    if (dollar !== undefined) return '$'
    const group = groupOf(program, match, braced ?? bare ?? '')
    const [begin = -1, end = -1] = group < 0 ? [] : match.slice(group * 2, group * 2 + 2)
    spend(budget, Math.max(end - begin, 0))
    return begin < 0 ? '' : text.slice(begin, end)
  })
}

/** The group of that number, or the first of that name that took part; -1 for none. */
function groupOf({ groups }: Program, match: Match, name: string): number {
  if (/^\d{1,6}$/.test(name)) return Number(name)
  return groups.findIndex((each, group) => group > 0 && each === name && (match[group * 2] ?? -1) >= 0)
}
