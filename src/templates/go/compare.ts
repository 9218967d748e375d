import { compareText } from './order.ts'
import { GoFloat, GoStruct, GoTime, integerOf, nothing, stringOf, typeOf, type GoValue } from './values.ts'

type Kind = 'bool' | 'int' | 'float' | 'string' | 'other'

function kindOf(value: GoValue): Kind {
  if (typeof value === 'boolean') return 'bool'
  if (value instanceof GoFloat) return 'float'
  if (stringOf(value) !== undefined) return 'string'
  return integerOf(value) === undefined ? 'other' : 'int'
}

/** Go's `eq`: whether the first equals any of the others. Throws for kinds that cannot be compared. */
export function equalsAny(left: GoValue, others: readonly GoValue[]): boolean {
  return others.some((other) => equals(left, other))
}

function equals(left: GoValue, right: GoValue): boolean {
  const kind = kindOf(left)
  if (kind === kindOf(right)) return kind === 'other' ? sameThing(left, right) : basic(left) === basic(right)
  if (left === nothing || right === nothing) return false
  throw new Error(`incompatible types for comparison: ${typeOf(left)} and ${typeOf(right)}`)
}

/** Values that are neither texts, numbers nor booleans: lists and maps equal nothing, not even nil. */
function sameThing(left: GoValue, right: GoValue): boolean {
  if (left === nothing || right === nothing) return left === right
  if (left instanceof GoTime && right instanceof GoTime) return sameTime(left, right)
  if (isPair(left) && isPair(right)) return left.values.every((value, place) => value === right.values[place])
  throw new Error(`non-comparable types: ${typeOf(left)} and ${typeOf(right)}`)
}

function isPair(value: GoValue): value is GoStruct {
  return value instanceof GoStruct && value.type.name === 'template.Pair'
}

/** Go compares the zone too. */
function sameTime(left: GoTime, right: GoTime): boolean {
  return left.nanos === right.nanos && left.offset === right.offset && left.zone === right.zone
}

function basic(value: GoValue): string | number | bigint | boolean | undefined {
  if (value instanceof GoFloat) return value.value
  if (typeof value === 'boolean') return value
  return stringOf(value) ?? integerOf(value)
}

/** Go's order of two values: below, at or above 0. Throws for what has no order. */
export function order(left: GoValue, right: GoValue): number {
  const kind = kindOf(left)
  if (kind === 'other' || kind === 'bool' || kindOf(right) === 'other') throw new Error('invalid type for comparison')
  if (kind !== kindOf(right)) throw new Error(`incompatible types for comparison: ${typeOf(left)} and ${typeOf(right)}`)
  if (kind === 'string') return compareText(stringOf(left) ?? '', stringOf(right) ?? '')
  const [one, other] = [basic(left) ?? 0, basic(right) ?? 0]
  return one < other ? -1 : one > other ? 1 : 0
}
