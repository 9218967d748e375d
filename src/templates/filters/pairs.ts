import { itemUnits, objectUnits } from '../limits.ts'
import { textOf } from '../text-of.ts'
import { type Filter, type FilterScope } from './scope.ts'

/** A label or an annotation. */
export interface Pair {
  readonly name: string
  readonly value: string
}

/** Below 0, 0 or above 0, by code unit: the same on every machine, unlike a locale's order. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** Pairs of a map such as `labels`, sorted by name; a list of pairs stays as it is. */
export const pairs: Filter = (scope, value) => pairsOf(scope, value)

function pairsOf(scope: FilterScope, value: unknown): readonly Pair[] {
  if (Array.isArray(value)) return value.filter(isPair)
  if (typeof value !== 'object' || value === null) return []
  const found = Object.entries(value).map(([name, text]) => ({ name, value: textOf(text, scope.charge) }))
  scope.charge(found.length * objectUnits)
  return found.sort((left, right) => compareText(left.name, right.name))
}

function isPair(value: unknown): value is Pair {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'name') && Object.hasOwn(value, 'value')
}

/** Without the pairs of these names: texts, lists of texts, or a map whose names are meant (`except: commonLabels`). */
export const except: Filter = (scope, value, ...args) => {
  const names = new Set(args.flatMap((arg) => namesIn(scope, arg)))
  if (Array.isArray(value)) return pairsOf(scope, value).filter((pair) => !names.has(pair.name))
  if (typeof value !== 'object' || value === null) return {}
  const kept = Object.entries(value).filter(([name]) => !names.has(name))
  scope.charge(kept.length * objectUnits)
  return Object.fromEntries(kept)
}

function namesIn(scope: FilterScope, arg: unknown): readonly string[] {
  if (Array.isArray(arg)) return arg.map((item) => textOf(isPair(item) ? item.name : item, scope.charge))
  if (typeof arg === 'object' && arg !== null) return Object.keys(arg)
  return [textOf(arg, scope.charge)]
}

/** Pairs with the given names first, in that order; names after a `"*"` go last. */
export const order: Filter = (scope, value, ...args) => {
  const wanted = args.map((arg) => textOf(arg, scope.charge))
  const star = wanted.indexOf('*')
  const rest = star === -1 ? wanted.length : star
  const rank = new Map(wanted.map((name, index) => [name, index]))
  const place = (pair: Pair): number => rank.get(pair.name) ?? rest
  const list = pairsOf(scope, value)
  scope.charge(list.length * itemUnits)
  return list.toSorted((left, right) => place(left) - place(right))
}

/** The names of a map or of pairs, sorted. */
export const names: Filter = (scope, value) => pairsOf(scope, value).map((pair) => pair.name)

/** The values of a map or of pairs, in the order of their names. */
export const values: Filter = (scope, value) => pairsOf(scope, value).map((pair) => pair.value)
