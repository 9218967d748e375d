import { defaultOperators, toValue, type Context, type Operators } from 'liquidjs'
import { timedOperator } from './deadline.ts'

/** V8 looks for a long periodic text in quadratic time; this bounds what is looked for. */
const longestPattern = 256

/** Throws when a text is too long to be looked for in another. */
export function assertPattern(pattern: unknown): void {
  if (typeof pattern === 'string' && pattern.length > longestPattern) {
    throw new Error(`a text to look for has at most ${longestPattern} characters`)
  }
}

/** Liquid's operators, those that could take long being bounded. */
export const operators: Operators = Object.fromEntries(
  Object.entries({
    ...defaultOperators,
    '==': comparing('=='),
    '!=': comparing('!='),
    '<': ordering('<'),
    '<=': ordering('<='),
    '>': ordering('>'),
    '>=': ordering('>='),
    contains,
  }).map(([name, operator]) => [name, timedOperator(operator)]),
)

/** Liquid's comparison, but two lists are equal only when they are the same list: Liquid would compare long ones without a limit. */
function comparing(name: '==' | '!='): NonNullable<Operators[string]> {
  const compare = defaultOperators[name]
  if (compare === undefined) throw new Error(`liquidjs has no operator ${name}`)
  return (left: unknown, right: unknown, context: Context) => {
    const [one, other] = [toValue(left) as unknown, toValue(right) as unknown]
    if (Array.isArray(one) && Array.isArray(other)) return (one === other) === (name === '==')
    return compare(left, right, context)
  }
}

/** Liquid's order, but a list is neither more nor less than anything: JavaScript would write it out to compare it as text. */
function ordering(name: '<' | '<=' | '>' | '>='): NonNullable<Operators[string]> {
  const compare = defaultOperators[name]
  if (compare === undefined) throw new Error(`liquidjs has no operator ${name}`)
  return (left: unknown, right: unknown, context: Context) => {
    if (Array.isArray(toValue(left)) || Array.isArray(toValue(right))) return false
    return compare(left, right, context)
  }
}

/** A text in a text, or an item in a list. */
function contains(left: unknown, right: unknown): boolean {
  const [whole, part] = [toValue(left) as unknown, toValue(right) as unknown]
  assertPattern(part)
  if (typeof whole === 'string') return typeof part === 'string' && whole.includes(part)
  return Array.isArray(whole) && whole.includes(part)
}
