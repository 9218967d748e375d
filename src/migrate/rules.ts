import { isRecord } from '../api/json-schema.ts'

/** A condition in the words of rule documents. */
export type Condition = Readonly<Record<string, unknown>>

/** The conditions of a selector that the schema accepts; none for one that selects everything. */
export function conditionsOf(selector: unknown): readonly Condition[] {
  if (!isRecord(selector)) return []
  const { matchLabels, matchExpressions } = selector
  const pairs = isRecord(matchLabels) ? Object.entries(matchLabels) : []
  const requirements = Array.isArray(matchExpressions) ? matchExpressions.filter(isRecord) : []
  return [
    ...pairs.map(([path, value]) => ({ fact: 'labels', path, operator: 'equal', value })),
    ...requirements.map(conditionOf),
  ]
}

const operators: Readonly<Record<string, string>> = {
  In: 'in',
  NotIn: 'notIn',
  Exists: 'exists',
  DoesNotExist: 'doesNotExist',
}

function conditionOf({ key, operator, values }: Readonly<Record<string, unknown>>): Condition {
  const listed = operator === 'In' || operator === 'NotIn'
  return { fact: 'labels', path: key, operator: operators[String(operator)], value: listed ? values : true }
}

/** Conditions that must all hold; of none at all, one that always does. */
export function allOf(conditions: readonly Condition[]): Condition {
  if (conditions.length > 0) return { all: conditions }
  const alertname = { fact: 'labels', path: 'alertname', value: true }
  return {
    any: [
      { ...alertname, operator: 'exists' },
      { ...alertname, operator: 'doesNotExist' },
    ],
  }
}
