import { isRecord, own } from '../api/json-schema.ts'
import { cut, formatPath, typeOf } from '../api/text.ts'
import { type Finding, type Tell, type Words } from './finding.ts'

/** A part of an object whose every field is either taken or reported: nothing is dropped without a word. */
export interface Fields {
  readonly path: string
  has(name: string): boolean
  /** The value as it was written; undefined when absent or null. */
  take(name: string): unknown
  /** The part below a field. A value that is no object is reported as lost. */
  below(name: string): Fields | undefined
  /** The list in a field. A value that is no list is reported as lost. */
  list(name: string): readonly Item[]
  /** Takes a field and reports it, when it is there. */
  give(severity: Finding['severity'], name: string, words: (value: unknown) => Words): void
  /** Reports about this part as a whole. */
  tell(severity: Finding['severity'], words: Words): void
  /** Takes everything that is left without a word: for parts that were reported as a whole. */
  ignore(): void
  /** Reports every field that nobody took, here and below. */
  leftovers(): void
}

/** One item of a list; `fields` when it is an object, and then they must be taken. */
export interface Item {
  readonly value: unknown
  readonly fields?: Fields
  tell(severity: Finding['severity'], words: Words): void
}

/** Fields of `value`, which stands at `segments` in its object. */
export function createFields(
  value: Readonly<Record<string, unknown>>,
  segments: readonly (string | number)[],
  report: Tell,
): Fields {
  const taken = new Set<string>()
  const parts: Fields[] = []
  const at = (name: string): string => formatPath([...segments, name])

  function take(name: string): unknown {
    taken.add(name)
    return own(value, name) ?? undefined
  }

  function toItem(name: string, value: unknown, place: number): Item {
    const path = formatPath([...segments, name, place])
    const fields = isRecord(value) ? { fields: part(value, name, place) } : {}
    return { value, tell: (severity, words) => report(severity, path, words), ...fields }
  }

  function part(found: Readonly<Record<string, unknown>>, ...below: readonly (string | number)[]): Fields {
    const fields = createFields(found, [...segments, ...below], report)
    parts.push(fields)
    return fields
  }

  return {
    path: formatPath(segments),
    has: (name) => isThere(own(value, name)),
    take,
    below(name) {
      const found = take(name)
      if (found === undefined) return undefined
      if (isRecord(found)) return part(found, name)
      report('lost', at(name), mistyped(found, 'an object'))
      return undefined
    },
    list(name) {
      const found = take(name)
      if (found === undefined) return []
      if (Array.isArray(found)) return found.map((item: unknown, place) => toItem(name, item, place))
      report('lost', at(name), mistyped(found, 'a list'))
      return []
    },
    give(severity, name, words) {
      const found = take(name)
      if (found !== undefined) report(severity, at(name), words(found))
    },
    tell: (severity, words) => report(severity, formatPath(segments), words),
    ignore() {
      for (const name of Object.keys(value)) taken.add(name)
      for (const below of parts) below.ignore()
    },
    leftovers() {
      for (const below of parts) below.leftovers()
      const left = Object.entries(value).filter(([name, field]) => !taken.has(name) && isThere(field))
      for (const [name] of left) report('lost', at(name), unknownField(name))
    },
  }
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null
}

function unknownField(name: string): Words {
  return {
    was: `the field ${JSON.stringify(cut(name))}, which v2beta2 does not have here`,
    became: 'left out',
    remedy: 'check how it is spelled',
  }
}

function mistyped(found: unknown, wanted: string): Words {
  return { was: typeOf(found), became: 'left out', remedy: `write ${wanted}, and migrate again` }
}

/** An object without the fields that are undefined. */
export function compact(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Text in quotes, cut; of anything else only its type. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value))
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeOf(value)
}

/** `3 items`, `1 item`: of a list only its length, because what it holds may be private. */
export function countOf(value: unknown, noun: string): string {
  const count = Array.isArray(value) ? value.length : isRecord(value) ? Object.keys(value).length : 1
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
