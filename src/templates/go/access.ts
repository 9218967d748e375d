import { methodOf } from './methods.ts'
import { GoFloat, GoMap, GoSlice, GoStruct, integerOf, nothing, stringOf, typeOf, type GoValue } from './values.ts'

/** `.name`: a method without arguments, a field, or the value of a key (empty when there is none, as Alertmanager sets it up). */
export function get(value: GoValue, name: string): GoValue {
  if (value === nothing) return nothing
  const method = methodOf(value, name)
  if (method !== undefined) return call(value, name, [])
  if (value instanceof GoMap) return value.entries.get(name) ?? ''
  if (value instanceof GoStruct) {
    const place = value.type.fields.indexOf(name)
    if (place >= 0) return value.values[place] ?? nothing
  }
  throw new Error(`there is no field or method .${name} in a ${typeOf(value)}`)
}

/** `.Name arguments`: a method. */
export function call(value: GoValue, name: string, args: readonly GoValue[]): GoValue {
  if (value === nothing) return nothing
  const method = methodOf(value, name)
  if (method === undefined) throw new Error(`.${name} of a ${typeOf(value)} is not a method, but has arguments`)
  if (method.params !== args.length) throw new Error(`.${name} takes ${method.params} arguments, not ${args.length}`)
  return method.call(value, args)
}

/** Go's `index`: the value under each key in turn. */
export function index(value: GoValue, keys: readonly GoValue[]): GoValue {
  return keys.reduce<GoValue>(indexOnce, value)
}

function indexOnce(value: GoValue, key: GoValue): GoValue {
  if (value instanceof GoMap) {
    const name = stringOf(key)
    if (name === undefined) throw new Error(`index of labels takes a text, not a ${typeOf(key)}`)
    return value.entries.get(name) ?? ''
  }
  const text = stringOf(value)
  if (text !== undefined) return BigInt(Buffer.from(text)[placeIn(key, Buffer.byteLength(text) - 1)] ?? 0)
  if (value instanceof GoSlice) return value.items[placeIn(key, value.items.length - 1)] ?? nothing
  throw new Error(value === nothing ? 'index of untyped nil' : `can't index item of type ${typeOf(value)}`)
}

/** Go's `slice` of a text, by bytes, or of a list. */
export function slice(value: GoValue, bounds: readonly GoValue[]): GoValue {
  const text = stringOf(value)
  if (text !== undefined) {
    const bytes = Buffer.from(text)
    return bytes.subarray(...boundsIn(bounds, bytes.length, 2)).toString()
  }
  if (!(value instanceof GoSlice)) throw new Error(`can't slice item of type ${typeOf(value)}`)
  return new GoSlice(value.type, value.items.slice(...boundsIn(bounds, value.items.length, 3)))
}

/** Where a slice begins and ends, out of at most so many indexes. */
function boundsIn(bounds: readonly GoValue[], size: number, most: number): readonly [number, number] {
  if (bounds.length > most) throw new Error(`too many slice indexes: ${bounds.length}`)
  const [from = 0, to = size, limit = size] = bounds.map((bound) => placeIn(bound, size))
  if (from > to || to > limit) throw new Error(`invalid slice index: ${from} > ${to}`)
  return [from, to]
}

function placeIn(key: GoValue, largest: number): number {
  const place = integerOf(key)
  if (place === undefined) throw new Error(`cannot index slice/array with type ${typeOf(key)}`)
  if (place < 0n || place > BigInt(largest)) throw new Error(`index out of range: ${place}`)
  return Number(place)
}

/** Go's `len`: bytes of a text, items of a list, names of a map. */
export function length(value: GoValue): bigint {
  const text = stringOf(value)
  if (text !== undefined) return BigInt(Buffer.byteLength(text))
  if (value instanceof GoSlice) return BigInt(value.items.length)
  if (value instanceof GoMap) return BigInt(value.entries.size)
  throw new Error(value === nothing ? 'len of nil pointer' : `len of type ${typeOf(value)}`)
}

/** One turn of a `range`. */
export interface Turn {
  readonly key: GoValue
  readonly value: GoValue
}

/** What `range` goes over: a list in its order, a map in the order of its names. */
export function turnsOf(value: GoValue): readonly Turn[] {
  if (value instanceof GoSlice) return value.items.map((item, place) => ({ key: BigInt(place), value: item }))
  if (value instanceof GoMap) return [...value.entries].map(([key, item]) => ({ key, value: item }))
  if (value === nothing) return []
  throw new Error(`range can't iterate over a ${typeOf(value)}`)
}

/** The values alone, without making turns of them. */
export function itemsOf(value: GoValue): readonly GoValue[] {
  return value instanceof GoSlice ? value.items : turnsOf(value).map((turn) => turn.value)
}

/** Go's truth: not the zero of its type. Structs are always true. */
export function isTrue(value: GoValue): boolean {
  if (typeof value === 'boolean') return value
  if (value === nothing) return false
  const integer = integerOf(value)
  if (integer !== undefined) return integer !== 0n
  if (value instanceof GoSlice) return value.items.length > 0
  if (value instanceof GoMap) return value.entries.size > 0
  if (value instanceof GoFloat) return value.value !== 0
  return stringOf(value) !== ''
}
