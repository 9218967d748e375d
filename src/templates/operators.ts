import { defaultOperators, toValue, type Context, type Operators } from 'liquidjs'

/** V8 looks for a long periodic text in quadratic time; this bounds what is looked for. */
const longestPattern = 256

/** Throws when a text is too long to be looked for in another. */
export function assertPattern(pattern: unknown): void {
  if (typeof pattern === 'string' && pattern.length > longestPattern) {
    throw new Error(`a text to look for has at most ${longestPattern} characters`)
  }
}

/** Liquid's operators, those that could take long being bounded. */
export const operators: Operators = {
  ...defaultOperators,
  '==': comparing('=='),
  '!=': comparing('!='),
  contains,
}

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

/** A text in a text, or an item in a list. */
function contains(left: unknown, right: unknown): boolean {
  const [whole, part] = [toValue(left) as unknown, toValue(right) as unknown]
  assertPattern(part)
  if (typeof whole === 'string') return typeof part === 'string' && whole.includes(part)
  return Array.isArray(whole) && whole.includes(part)
}
