import { type Comparison, type FactName, type OperatorName } from './conditions.ts'
import { type ConditionResult } from './engine.ts'
import { type FactValue, type Sets } from './operators.ts'
import { type Clause } from './ruleset.ts'

/** A clause, and the fact that it is about. */
export interface Decided {
  readonly fact: FactName
  readonly clause: Clause
}

/** Operators in the words of Kubernetes' selectors. */
const words: Readonly<Record<OperatorName, string>> = {
  equal: 'In',
  notEqual: 'NotIn',
  in: 'In',
  notIn: 'NotIn',
  exists: 'Exists',
  doesNotExist: 'DoesNotExist',
  contains: 'Contains',
  inSet: 'In',
  notInSet: 'NotIn',
}

/** What a fact is called when it is no label. */
const subjects: Readonly<Partial<Record<FactName, string>>> = { tenants: 'tenants', status: 'alert' }

/** The comparisons that decided a result: all of them when it holds, else the first that failed. */
export function decisive(result: ConditionResult, sets: Sets): readonly Decided[] {
  if (result.kind === 'comparison') return [toDecided(result, sets)]
  const { kind, holds, parts } = result
  if (kind === 'all' && !holds) {
    const failed = parts.find((part) => !part.holds)
    return failed === undefined ? [] : decisive(failed, sets)
  }
  if (kind === 'any' && holds) {
    const held = parts.find((part) => part.holds)
    return held === undefined ? [] : decisive(held, sets)
  }
  return parts.flatMap((part) => decisive(part, sets))
}

function toDecided(result: Extract<ConditionResult, { kind: 'comparison' }>, sets: Sets): Decided {
  const { comparison, found, holds } = result
  const { fact, path, operator } = comparison
  const clause = {
    subject: path ?? subjects[fact] ?? fact,
    operator: words[operator],
    wanted: wantedOf(comparison, sets),
    found: foundOf(found),
    holds,
  }
  return { fact, clause }
}

function wantedOf({ operator, value }: Comparison, sets: Sets): readonly string[] {
  if (value === true) return []
  if (typeof value !== 'string') return value
  const isSet = operator === 'inSet' || operator === 'notInSet'
  return isSet ? [...(sets.get(value) ?? [])] : [value]
}

function foundOf(found: FactValue | undefined): readonly string[] | undefined {
  if (found === undefined) return undefined
  if (typeof found === 'string') return [found]
  if (Array.isArray(found)) return found as readonly string[]
  const unnamed = found instanceof Map ? (found as ReadonlyMap<string, string>).get('') : undefined
  return unnamed === undefined ? undefined : [unnamed]
}
