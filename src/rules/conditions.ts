import { type LabelSelector, type LabelSelectorRequirement } from '../model/fragments.ts'
import { requirementFault } from '../model/selector.ts'

/** What a rule can look at. Of an alert: labels, annotations, status, tenants. Of an object: labels, role. Of a config also: channel, class, tenant. */
export type FactName = 'labels' | 'annotations' | 'status' | 'tenants' | 'role' | 'channel' | 'class' | 'tenant'

/** How a rule can compare; operators.ts says what each means. */
export type OperatorName =
  'equal' | 'notEqual' | 'in' | 'notIn' | 'exists' | 'doesNotExist' | 'contains' | 'inSet' | 'notInSet'

/** One comparison in json-rules-engine's words. `path` is the name of a label or annotation, any text. */
export interface Comparison {
  readonly fact: FactName
  readonly path?: string
  readonly operator: OperatorName
  readonly value: string | readonly string[] | true
}

/** A comparison or a combination of them. Lists are never empty: json-rules-engine takes an empty `any` for true. */
export type Condition = Comparison | Conditions

/** The root of a rule's conditions. */
export type Conditions =
  { readonly all: readonly Condition[] } | { readonly any: readonly Condition[] } | { readonly not: Condition }

/** A rule of json-rules-engine. Immutable, and safe to share between evaluations. */
export interface EngineRule {
  /** What the rule stands for, unique among the rules it is evaluated with; never empty. */
  readonly name: string
  readonly priority: number
  readonly conditions: Conditions
  readonly event: { readonly type: string; readonly params: Readonly<Record<string, string | readonly string[]>> }
}

/** The conditions of a selector without faults: all of them must hold; none at all for an empty selector. */
export function selectorConditions(selector: LabelSelector): readonly Condition[] {
  const pairs = Object.entries(selector.matchLabels ?? {})
  return [
    ...pairs.map(([key, value]): Condition => ({ fact: 'labels', path: key, operator: 'equal', value })),
    ...(selector.matchExpressions ?? []).map(requirementCondition),
  ]
}

function requirementCondition({ key, operator, values = [] }: LabelSelectorRequirement): Condition {
  const label = { fact: 'labels', path: key } as const
  switch (operator) {
    case 'In':
      return { ...label, operator: 'in', value: values }
    case 'NotIn':
      return { ...label, operator: 'notIn', value: values }
    case 'Exists':
      return { ...label, operator: 'exists', value: true }
    case 'DoesNotExist':
      return { ...label, operator: 'doesNotExist', value: true }
  }
}

/** Every label that conditions look at; the names may repeat. */
export function labelNamesOf(condition: Condition): readonly string[] {
  if ('all' in condition) return condition.all.flatMap(labelNamesOf)
  if ('any' in condition) return condition.any.flatMap(labelNamesOf)
  if ('not' in condition) return labelNamesOf(condition.not)
  return condition.fact === 'labels' ? [condition.path ?? ''] : []
}

/** Why a selector can never be evaluated, and where inside it; undefined when it can. Takes any value, as a safeguard. */
export function selectorFault(value: unknown): { readonly path: string; readonly message: string } | undefined {
  if (!isRecord(value)) return { path: '', message: 'is not a label selector' }
  const { matchLabels = {}, matchExpressions = [] } = value
  if (!isRecord(matchLabels) || !Object.values(matchLabels).every((item) => typeof item === 'string')) {
    return { path: '.matchLabels', message: 'is not a map from label names to text' }
  }
  if (!Array.isArray(matchExpressions)) return { path: '.matchExpressions', message: 'is not a list' }
  for (const [place, requirement] of matchExpressions.entries()) {
    const message = isRequirement(requirement) ? requirementFault(requirement) : 'is not a requirement with a key'
    if (message !== undefined) return { path: `.matchExpressions[${place}]`, message }
  }
  return undefined
}

function isRequirement(value: unknown): value is LabelSelectorRequirement {
  if (!isRecord(value) || typeof value['key'] !== 'string') return false
  const values = value['values']
  return values === undefined || (Array.isArray(values) && values.every((item) => typeof item === 'string'))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
