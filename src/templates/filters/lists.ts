import { itemUnits, objectUnits } from '../limits.ts'
import { textOf } from '../text-of.ts'
import { compareText } from './pairs.ts'
import { type Filter, type FilterScope } from './scope.ts'

/**
 * Alerts or other items whose property is that text; without a text, those that have the property at all. A path is a property
 * or `labels.` and a name, which may itself hold dots: `labels.app.kubernetes.io/name`.
 */
export const where: Filter = (scope, value, path, ...wanted) => {
  const test = matcher(scope, path, wanted)
  return listOf(scope, value).filter(test)
}

/** The items that `where` would leave out. */
export const reject: Filter = (scope, value, path, ...wanted) => {
  const test = matcher(scope, path, wanted)
  return listOf(scope, value).filter((item) => !test(item))
}

function matcher(scope: FilterScope, path: unknown, wanted: readonly unknown[]): (item: unknown) => boolean {
  const name = textOf(path, scope.charge)
  const [first] = wanted
  if (first === undefined) return (item) => !isNothing(pick(item, name))
  const text = textOf(first, scope.charge)
  return (item) => textOf(pick(item, name), scope.charge) === text
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === false
}

/** One property of each item; nothing where an item lacks it. */
export const map: Filter = (scope, value, path) => {
  const name = textOf(path, scope.charge)
  return listOf(scope, value).map((item) => {
    const found = pick(item, name)
    // Lists in lists would let a small template build something exponentially large.
    if (Array.isArray(found)) throw new Error(`map gives texts, not lists, but ${name} is a list`)
    return found
  })
}

/** Sorted by a property, or by themselves; numbers by size, everything else as text. Items that are equal keep their order. */
export const sort: Filter = (scope, value, path) => {
  const name = path === undefined ? undefined : textOf(path, scope.charge)
  const list = listOf(scope, value)
  scope.charge(list.length * objectUnits)
  const keyed = list.map((item) => ({ item, key: name === undefined ? item : pick(item, name) }))
  const asText = new Map(keyed.map((entry) => [entry, textOf(entry.key, scope.charge)]))
  keyed.sort((left, right) => {
    if (typeof left.key === 'number' && typeof right.key === 'number') return left.key - right.key
    return compareText(asText.get(left) ?? '', asText.get(right) ?? '')
  })
  return keyed.map(({ item }) => item)
}

/** Items gathered by a property: a list of `name` and `items`, in the order in which each name first appears. */
export const groupBy: Filter = (scope, value, path) => {
  const name = textOf(path, scope.charge)
  const groups = new Map<string, unknown[]>()
  for (const item of listOf(scope, value)) {
    if (typeof item === 'object' && item !== null && (Array.isArray(item) || Object.hasOwn(item, 'items'))) {
      throw new Error('group_by takes alerts or pairs, not groups')
    }
    const key = textOf(pick(item, name), scope.charge)
    const group = groups.get(key)
    if (group === undefined) {
      scope.charge(objectUnits)
      groups.set(key, [item])
    } else group.push(item)
  }
  return [...groups].map(([key, items]) => ({ name: key, items }))
}

/** Each text once, empty ones left out. */
export const uniq: Filter = (scope, value) => [
  ...new Set(listOf(scope, value).filter((item) => !isNothing(item) && item !== '')),
]

/** Items in one text, with a separator between them. */
export const join: Filter = (scope, value, separator) => {
  const between = separator === undefined ? ' ' : textOf(separator, scope.charge)
  const items = listOf(scope, value).map((item) => textOf(item, scope.charge))
  scope.charge(between.length * items.length)
  return items.join(between)
}

function listOf(scope: FilterScope, value: unknown): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : isNothing(value) ? [] : [value]
  scope.charge(list.length * itemUnits)
  return list
}

/** An own property by its whole name, or the rest of the path inside the property before the first dot. */
function pick(item: unknown, path: string): unknown {
  if (typeof item !== 'object' || item === null) return undefined
  if (Object.hasOwn(item, path)) return (item as Readonly<Record<string, unknown>>)[path]
  const dot = path.indexOf('.')
  if (dot === -1) return undefined
  const head = path.slice(0, dot)
  if (!Object.hasOwn(item, head)) return undefined
  return pick((item as Readonly<Record<string, unknown>>)[head], path.slice(dot + 1))
}
