import { type LabelSelector, type LabelSelectorRequirement } from './fragments.ts'

/** Why a requirement can never be evaluated, or undefined when it can. */
export function requirementFault(requirement: LabelSelectorRequirement): string | undefined {
  const count = requirement.values?.length ?? 0
  switch (requirement.operator) {
    case 'In':
    case 'NotIn':
      return count === 0 ? `operator ${requirement.operator} needs at least one value` : undefined
    case 'Exists':
    case 'DoesNotExist':
      return count > 0 ? `operator ${requirement.operator} takes no values` : undefined
    default:
      return `operator ${JSON.stringify(requirement.operator)} is not one of In, NotIn, Exists, DoesNotExist`
  }
}

/**
 * The reference semantics of label selectors: all requirements hold. NotIn holds for an absent label, as in Kubernetes
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors). A selector with a fault matches nothing.
 */
export function matches(selector: LabelSelector, labels: ReadonlyMap<string, string>): boolean {
  const pairs = Object.entries(selector.matchLabels ?? {})
  return (
    pairs.every(([key, value]) => labels.get(key) === value) &&
    (selector.matchExpressions ?? []).every((requirement) => holds(requirement, labels))
  )
}

function holds(requirement: LabelSelectorRequirement, labels: ReadonlyMap<string, string>): boolean {
  if (requirementFault(requirement) !== undefined) return false
  const found = labels.get(requirement.key)
  const values = requirement.values ?? []
  switch (requirement.operator) {
    case 'In':
      return found !== undefined && values.includes(found)
    case 'NotIn':
      return found === undefined || !values.includes(found)
    case 'Exists':
      return found !== undefined
    case 'DoesNotExist':
      return found === undefined
  }
}
