import { nearest } from '../api/text.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Explanation, type Routing, type Ruleset } from '../rules/ruleset.ts'
import { type PreparedCase } from './routing-test-file.ts'

/** One way in which a case is not as expected. */
export interface Failure {
  readonly what: 'missing' | 'unexpected' | 'unknown' | 'tenants' | 'dropped'
  /** A receiver as Kind/name, or what was expected. */
  readonly subject: string
  /** One sentence: the clause that decided, or what was found instead. */
  readonly because: string
}

/** What is wrong, in words that line up. */
const words = {
  missing: '- not told, though expected: ',
  unexpected: '+ told, though not expected: ',
  unknown: '? not there:                 ',
  tenants: '! expected:                  ',
  dropped: '! expected:                  ',
} as const

/** One line for people. */
export function describeFailure({ what, subject, because }: Failure): string {
  return `${words[what]}${subject}: ${because}`
}

/** How a case ended. */
export interface CaseResult {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly passed: boolean
  readonly failures: readonly Failure[]
  /** Who was told, as Kind/name. */
  readonly told: readonly string[]
}

/** One alert and everything that became of it. */
interface Outcome {
  readonly routing: Routing
  readonly explanation: Explanation
}

/** Tries one case against a ruleset. */
export async function runCase(
  ruleset: Ruleset,
  { name, file, line, alerts, expect }: PreparedCase,
): Promise<CaseResult> {
  const outcomes: Outcome[] = []
  for (const alert of alerts) {
    outcomes.push({ routing: await ruleset.route(alert), explanation: await ruleset.explain(alert) })
  }
  const told = [...new Set<string>(outcomes.flatMap(({ routing }) => routing.receivers.map(({ key }) => key)))]
  const { receivers, includes = [], excludes = [], dropped, tenants } = expect
  const wanted = [...new Set([...(receivers ?? []), ...includes])]
  const failures = [
    ...wanted.filter((key) => !told.includes(key)).map((key) => missing(ruleset, outcomes, key)),
    ...told.filter((key) => isUnexpected(key, receivers, excludes)).map((key) => unexpected(outcomes, key)),
    ...excludes.filter((key) => !exists(ruleset, key)).map((key) => unknown(ruleset, key)),
    ...(dropped === undefined ? [] : droppedFailures(outcomes, dropped)),
    ...(tenants === undefined ? [] : tenantFailures(outcomes, tenants)),
  ]
  return { name, file, line, passed: failures.length === 0, failures, told }
}

function isUnexpected(key: string, receivers: readonly string[] | undefined, excludes: readonly string[]): boolean {
  return excludes.includes(key) || (receivers !== undefined && !receivers.includes(key))
}

function exists(ruleset: Ruleset, key: string): boolean {
  return (
    ruleset.receiver(key as ResourceKey) !== undefined ||
    ruleset.excluded.some(({ ref }) => `${ref.kind}/${ref.name}` === key)
  )
}

function missing(ruleset: Ruleset, outcomes: readonly Outcome[], key: string): Failure {
  if (!exists(ruleset, key)) return { ...unknown(ruleset, key), what: 'missing' }
  const reasons = outcomes.map((outcome) => reasonOf(outcome, key))
  return { what: 'missing', subject: key, because: [...new Set(reasons)].slice(0, maxReasons).join('; or ') }
}

/** Beyond these a sentence about many alerts is no longer one that people read. */
const maxReasons = 3

function unexpected(outcomes: readonly Outcome[], key: string): Failure {
  const telling = outcomes.find(({ routing }) => routing.receivers.some((receiver) => receiver.key === key))
  return { what: 'unexpected', subject: key, because: telling === undefined ? '' : reasonOf(telling, key) }
}

function reasonOf({ explanation }: Outcome, key: string): string {
  return explanation.receivers.find(({ receiver }) => receiver === key)?.because ?? 'it is not in force'
}

function unknown(ruleset: Ruleset, key: string): Failure {
  const keys = [
    ...ruleset.receivers.map((receiver) => receiver.key),
    ...ruleset.excluded.map(({ ref }) => `${ref.kind}/${ref.name}`),
  ]
  const meant = nearest(key, keys)
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  return { what: 'unknown', subject: key, because: `no such receiver is among the manifests${hint}` }
}

function droppedFailures(outcomes: readonly Outcome[], wanted: boolean | string): readonly Failure[] {
  const wrong = outcomes.map(({ routing }) => routing.droppedBy).filter((rule) => !isAsWanted(rule, wanted))
  if (wrong.length === 0) return []
  const [rule] = wrong
  const subject = typeof wanted === 'string' ? `dropped by ${wanted}` : wanted ? 'dropped' : 'not dropped'
  const because = rule === undefined ? 'no platform rule drops it' : `the platform rule ${rule} drops it`
  return [{ what: 'dropped', subject, because }]
}

function isAsWanted(rule: string | undefined, wanted: boolean | string): boolean {
  return typeof wanted === 'string' ? rule === wanted : (rule !== undefined) === wanted
}

function tenantFailures(outcomes: readonly Outcome[], wanted: readonly string[]): readonly Failure[] {
  const found = new Map(
    outcomes.flatMap(({ explanation }) => explanation.tenants.map((one) => [one.tenant, one.source])),
  )
  const same = found.size === new Set(wanted).size && wanted.every((tenant) => found.has(tenant))
  if (same) return []
  const shown = [...found].map(([tenant, source]) => `${tenant} (${source})`).join(', ')
  const because = shown === '' ? 'it belongs to no tenant' : `it belongs to ${shown}`
  return [{ what: 'tenants', subject: wanted.length === 0 ? 'no tenant' : `tenants ${wanted.join(', ')}`, because }]
}
