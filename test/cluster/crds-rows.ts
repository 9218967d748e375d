/** An object that everyone takes. */
export interface GoodRow {
  readonly what: string
  readonly spec?: unknown
  readonly metadata?: object
}

/** An object that is refused, or that at least the offline validation refuses. */
export interface BadRow extends GoodRow {
  /** Where, as both the offline validation and the servers name it. */
  readonly path: string
  /** What the current server says, in the words of our CEL rule at that path. 1.20, which has no CEL, takes the object. */
  readonly cel?: string
  /** Where the rule stands, when that is above `path`. */
  readonly at?: string
  /** Both servers take it, for the reason given. */
  readonly offlineOnly?: string
}

/** The rows of one kind. */
export interface Rows {
  readonly good: readonly GoodRow[]
  readonly bad: readonly BadRow[]
}

/** A good row. */
export function good(what: string, spec?: unknown, metadata: object = {}): GoodRow {
  return { what, spec, metadata }
}

/** A row that schemas refuse, on both servers and offline. */
export function bad(what: string, path: string, spec?: unknown, metadata: object = {}): BadRow {
  return { what, path, spec, metadata }
}

/** A row that only a CEL rule refuses. */
export function celBad(
  what: string,
  rule: { readonly path: string; readonly says: string; readonly at?: string },
  spec?: unknown,
): BadRow {
  const { path, says, at = path } = rule
  return { what, path, cel: says, at, spec }
}

/** A row that only a program can refuse. */
export function offlineBad(what: string, path: string, rest: { readonly spec: unknown; readonly why: string }): BadRow {
  return { what, path, spec: rest.spec, offlineOnly: rest.why }
}

/** A reference to a Secret. */
export const ref = { name: 'secret', key: 'key' }

/** Why the servers take an address that nothing can be sent to. */
export const onlyParsed = 'whether a host is one is told by the parser of addresses, not by a pattern'

/** Why the servers take a field that is written without a value. */
export const nullIsAbsent =
  'the API server drops a null; offline it is refused, because a selector left empty by mistake would select everything'

/** `count` of what `make` makes. */
export function many<T>(count: number, make: (place: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, place) => make(place))
}

const needValues = 'operators In and NotIn need at least one value'
const takeNone = 'operators Exists and DoesNotExist take no values'

/** Rows about a label selector in a field below `spec`, beside a spec that is good. */
export function selectorRows(field: string, spec: object): Rows {
  const path = `spec.${field}`
  const beside = (selector: unknown): object => ({ ...spec, [field]: selector })
  const requiring = (...requirements: readonly unknown[]): object => beside({ matchExpressions: requirements })
  return {
    good: [
      good(`${field} that is empty`, beside({})),
      good(`${field} with all operators`, requiring(...operators)),
      good(
        `${field} over hostile names`,
        beside(JSON.parse('{"matchLabels":{"__proto__":"x","a b/c":"🔥","toString":"y"}}')),
      ),
      good(
        `${field} with 9,000 labels`,
        beside({ matchLabels: Object.fromEntries(many(9_000, (place) => [`label-${place}`, `value-${place}`])) }),
      ),
      good(
        `${field} with 5,000 requirements`,
        requiring(...many(5_000, (place) => ({ key: `label-${place}`, operator: 'In', values: ['a', 'b'] }))),
      ),
      good(`${field} with 10,000 values`, requiring({ key: 'a', operator: 'NotIn', values: many(10_000, String) })),
    ],
    bad: [
      celBad(
        `${field} with In and no values`,
        { path: `${path}.matchExpressions[0]`, says: needValues },
        requiring({ key: 'a', operator: 'In' }),
      ),
      celBad(
        `${field} with NotIn and an empty list`,
        { path: `${path}.matchExpressions[1]`, says: needValues },
        requiring(operators[0], { key: 'a', operator: 'NotIn', values: [] }),
      ),
      celBad(
        `${field} with Exists and a value`,
        { path: `${path}.matchExpressions[0]`, says: takeNone },
        requiring({ key: 'a', operator: 'Exists', values: ['b'] }),
      ),
      bad(
        `${field} with an operator in lower case`,
        `${path}.matchExpressions[0].operator`,
        requiring({ key: 'a', operator: 'in', values: ['b'] }),
      ),
      bad(
        `${field} with a regular expression`,
        `${path}.matchExpressions[0].operator`,
        requiring({ key: 'a', operator: 'Match', values: ['.*'] }),
      ),
      bad(
        `${field} with a requirement without a key`,
        `${path}.matchExpressions[0].key`,
        requiring({ operator: 'Exists' }),
      ),
      bad(`${field} with a null in its list`, `${path}.matchExpressions[0]`, requiring(null)),
      bad(`${field} that compares with a number`, `${path}.matchLabels.a`, beside({ matchLabels: { a: 1 } })),
      bad(`${field} that is text`, path, beside('severity=critical')),
      offlineBad(`${field} that is null`, path, { spec: beside(null), why: nullIsAbsent }),
    ],
  }
}

const operators = [
  { key: 'severity', operator: 'In', values: ['critical', 'warning'] },
  { key: 'team', operator: 'NotIn', values: ['a'] },
  { key: 'alertname', operator: 'Exists' },
  { key: 'silent', operator: 'DoesNotExist', values: [] },
]

/** The rows of both. */
export function joined(...all: readonly Rows[]): Rows {
  return { good: all.flatMap((rows) => rows.good), bad: all.flatMap((rows) => rows.bad) }
}
