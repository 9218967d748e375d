import { createHash } from 'node:crypto'
import { type Comparison, type Condition, type Conditions } from './conditions.ts'
import { type Sets } from './operators.ts'

/** json-rules-engine copies a condition's value at every evaluation: a longer list goes into a set and its id takes its place. */
const maxInlineValues = 16

/** Collects the long lists of many rules. */
export interface SetTable {
  readonly sets: Sets
  /** The conditions with every long list replaced by the id of its set. */
  intern(conditions: Conditions): Conditions
}

/** An empty table. Ids are hashes of the values, so the same list has the same id in every ruleset. */
export function createSetTable(): SetTable {
  const sets = new Map<string, ReadonlySet<string>>()

  function internCondition(condition: Condition): Condition {
    return 'fact' in condition ? internComparison(condition) : intern(condition)
  }

  function intern(conditions: Conditions): Conditions {
    if ('all' in conditions) return { all: conditions.all.map(internCondition) }
    if ('any' in conditions) return { any: conditions.any.map(internCondition) }
    return { not: internCondition(conditions.not) }
  }

  function internComparison(comparison: Comparison): Comparison {
    const { operator, value } = comparison
    if (operator !== 'in' && operator !== 'notIn') return comparison
    if (!Array.isArray(value) || value.length <= maxInlineValues) return comparison
    const values = [...new Set<string>(value)].sort()
    const id = `set:${createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 32)}`
    if (!sets.has(id)) sets.set(id, new Set(values))
    return { ...comparison, operator: operator === 'in' ? 'inSet' : 'notInSet', value: id }
  }

  return { sets, intern }
}
