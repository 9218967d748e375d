import { type Dice } from './random.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const hostileKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '',
  '.',
  'a.b/c',
  '\u0000',
  '🔥',
  '$ref',
  'hasOwnProperty',
]
const hostileTexts = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '__proto__',
  '{{ alerts }}',
  '{% for i in (1..99999999) %}x{% endfor %}',
  '${jndi:ldap://127.0.0.1/}',
  '<script>alert(1)</script>',
  "'; DROP TABLE notifications; --",
  '../../../etc/passwd',
  '🔥'.repeat(50),
  'x'.repeat(5_000),
  '1970-01-01T00:00:00Z',
  '9999-99-99T99:99:99Z',
  '0001-01-01T00:00:00Z',
]
const hostileNumbers = [0, -0, -1, 1e308, -1e308, 5e-324, 2 ** 53, 2 ** 63, 0.1]

function hostileValue(dice: Dice): Json {
  return dice.pick<() => Json>([
    () => null,
    () => dice.chance(0.5),
    () => dice.pick(hostileNumbers),
    () => dice.pick(hostileTexts),
    () => [],
    () => ({}),
    () => [null, [[]], { a: [] }],
    () => ({ [dice.pick(hostileKeys)]: dice.pick(hostileTexts) }),
    () => nested(dice.below(120)),
  ])()
}

function nested(depth: number): Json {
  let value: Json = 'deep'
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** A copy with one to four places changed: values replaced, keys taken out, renamed or added, lists grown. */
export function mutateTree(tree: unknown, dice: Dice): unknown {
  const copy = structuredClone(tree) as Json
  const times = 1 + dice.below(4)
  let root = copy
  for (let time = 0; time < times; time += 1) root = mutateOnce(root, dice)
  return root
}

function mutateOnce(root: Json, dice: Dice): Json {
  const holders: (Json[] | { [key: string]: Json })[] = []
  collect(root, holders)
  if (holders.length === 0 || dice.chance(0.01)) return hostileValue(dice)
  const holder = dice.pick(holders)
  if (Array.isArray(holder)) mutateList(holder, dice)
  else mutateObject(holder, dice)
  return root
}

function collect(value: Json, holders: (Json[] | { [key: string]: Json })[]): void {
  if (typeof value !== 'object' || value === null) return
  holders.push(value)
  for (const item of Object.values(value)) collect(item, holders)
}

function mutateList(list: Json[], dice: Dice): void {
  const place = dice.below(list.length + 1)
  if (dice.chance(0.3)) list.splice(place, 1)
  else if (dice.chance(0.4)) list.splice(place, 0, hostileValue(dice))
  else if (list.length > 0 && list.length < 50) list.push(...structuredClone(list))
}

function mutateObject(object: { [key: string]: Json }, dice: Dice): void {
  const keys = Object.keys(object)
  const key = keys.length === 0 ? 'a' : dice.pick(keys)
  if (dice.chance(0.25)) Reflect.deleteProperty(object, key)
  else if (dice.chance(0.3)) define(object, dice.pick(hostileKeys), hostileValue(dice))
  else define(object, key, hostileValue(dice))
}

/** As JSON.parse makes it: an own property, whatever it is called. */
function define(object: { [key: string]: Json }, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

/** The same bytes with some of them flipped, cut out, doubled, or cut off. */
export function mutateBytes(bytes: Buffer, dice: Dice): Buffer {
  const copy = Buffer.from(bytes)
  const place = dice.below(copy.length || 1)
  return dice.pick([
    () => {
      for (let time = 0; time < 1 + dice.below(8); time += 1) copy[dice.below(copy.length)] = dice.below(256)
      return copy
    },
    () => copy.subarray(0, place),
    () => Buffer.concat([copy.subarray(0, place), copy.subarray(Math.max(0, place - dice.below(64)))]),
    () => Buffer.concat([copy, copy.subarray(place)]),
    () => Buffer.concat([Buffer.from(dice.pick(['\ufeff', '\0', '[[[[[[', '{"a":', ' '.repeat(500)])), copy]),
  ])()
}
