import { sortedPairs } from './data.ts'
import { type Method, type Methods } from './method.ts'
import { timeMethods } from './time-methods.ts'
import { GoFloat, GoMap, GoNamed, GoSlice, GoStruct, GoTime, type GoValue } from './values.ts'

const kvMethods: Methods = {
  SortedPairs: { params: 0, call: (self) => sortedPairs(asMap(self)) },
  Names: { params: 0, call: (self) => column(sortedPairs(asMap(self)), 0) },
  Values: { params: 0, call: (self) => column(sortedPairs(asMap(self)), 1) },
  Remove: {
    params: 1,
    call: (self, [names]) => {
      if (!(names instanceof GoSlice) || names.type !== '[]string')
        throw new Error('Remove takes a list of names, as stringSlice gives')
      const removed = new Set(names.items)
      return new GoMap(new Map([...asMap(self).entries].filter(([name]) => !removed.has(name))))
    },
  },
}

const pairsMethods: Methods = {
  Names: { params: 0, call: (self) => column(self, 0) },
  Values: { params: 0, call: (self) => column(self, 1) },
}

const alertsMethods: Methods = {
  Firing: { params: 0, call: (self) => withStatus(self, 'firing') },
  Resolved: { params: 0, call: (self) => withStatus(self, 'resolved') },
}

const durationMethods: Methods = {
  String: { params: 0, call: (self) => asNamed(self).text },
  Nanoseconds: { params: 0, call: (self) => asNamed(self).value },
  Microseconds: { params: 0, call: (self) => asNamed(self).value / 1_000n },
  Milliseconds: { params: 0, call: (self) => asNamed(self).value / 1_000_000n },
  Seconds: { params: 0, call: (self) => new GoFloat(Number(asNamed(self).value) / 1e9) },
  Minutes: { params: 0, call: (self) => new GoFloat(Number(asNamed(self).value) / 6e10) },
  Hours: { params: 0, call: (self) => new GoFloat(Number(asNamed(self).value) / 3.6e12) },
}

const namedMethods: Methods = { String: { params: 0, call: (self) => asNamed(self).text } }

const tables: Readonly<Record<string, Methods>> = {
  'template.KV': kvMethods,
  'template.Pairs': pairsMethods,
  'template.Alerts': alertsMethods,
  'time.Time': timeMethods,
  'time.Duration': durationMethods,
  'time.Month': namedMethods,
  'time.Weekday': namedMethods,
}

/** The method of that name of a value, if its type has one. */
export function methodOf(value: GoValue, name: string): Method | undefined {
  const type =
    value instanceof GoTime
      ? 'time.Time'
      : value instanceof GoMap || value instanceof GoSlice || value instanceof GoNamed
        ? value.type
        : ''
  const table = Object.hasOwn(tables, type) ? tables[type] : undefined
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
}

/** Whether any type has a method of that name that takes arguments. */
export function takesArguments(name: string): boolean {
  return Object.values(tables).some((table) => Object.hasOwn(table, name) && (table[name]?.params ?? 0) > 0)
}

/** Whether a type has a method of that name. */
export function hasMethod(type: string, name: string): boolean {
  const table = Object.hasOwn(tables, type) ? tables[type] : undefined
  return table !== undefined && Object.hasOwn(table, name)
}

function asMap(value: GoValue): GoMap {
  if (value instanceof GoMap) return value
  throw new Error('a map of labels is expected')
}

function asNamed(value: GoValue): GoNamed {
  if (value instanceof GoNamed) return value
  throw new Error('a duration is expected')
}

function itemsOf(value: GoValue): readonly GoValue[] {
  return value instanceof GoSlice ? value.items : []
}

function column(pairs: GoValue, place: number): GoSlice {
  return new GoSlice(
    '[]string',
    itemsOf(pairs).map((pair) => (pair instanceof GoStruct ? (pair.values[place] ?? '') : '')),
  )
}

function withStatus(alerts: GoValue, status: string): GoSlice {
  return new GoSlice(
    '[]template.Alert',
    itemsOf(alerts).filter((alert) => alert instanceof GoStruct && alert.values[0] === status),
  )
}
