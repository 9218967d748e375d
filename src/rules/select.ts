import { type Labels } from '../model/alert.ts'
import { type LabelSelector } from '../model/fragments.ts'
import { type Resource } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { type BuiltInDocument } from './document.ts'
import { labelNamesOf, selectorConditions, selectorFault, type Condition } from './conditions.ts'
import { prepare, type Evaluator, type PreparedRule } from './engine.ts'
import { instantiate, type Parameters } from './instantiate.ts'
import { problemOf } from './problems.ts'
import { type SetTable } from './sets.ts'
import { type ManagerSpec } from './snapshot.ts'

/** The class of an object, as a member rule says it. */
export interface Membership {
  readonly class: string
  /** The label that names the owner, for classes that have one. */
  readonly owner?: string
  /** Another member rule matched as well, and gave way. */
  readonly ambiguous: boolean
}

/** Says which class an object is in. */
export interface Classifier {
  /** The rules that decide, for people. */
  readonly rules: readonly PreparedRule[]
  classify(object: Resource): Promise<Membership | undefined>
}

/** The conditions of each selector of a NotificationManager. One that is absent or faulty is not set: it selects nothing. */
export function managerParameters(manager: Resource<ManagerSpec>): {
  readonly parameters: Parameters
  readonly problems: readonly Problem[]
} {
  const { defaultConfigSelector, receivers } = manager.spec
  const problems: Problem[] = []

  function conditionsOf(path: string, selector: LabelSelector | undefined): readonly Condition[] | undefined {
    const read = readSelector(manager, path, selector)
    if (read?.problem !== undefined) problems.push(read.problem)
    return read?.conditions
  }

  const parameters = {
    tenantKey: receivers.tenantKey,
    globalReceiverSelector: conditionsOf('spec.receivers.globalReceiverSelector', receivers.globalReceiverSelector),
    tenantReceiverSelector: conditionsOf('spec.receivers.tenantReceiverSelector', receivers.tenantReceiverSelector),
    defaultConfigSelector: conditionsOf('spec.defaultConfigSelector', defaultConfigSelector),
  }
  return { parameters, problems }
}

/** A selector's conditions, or the Problem of one that can never be evaluated; undefined when there is no selector. */
export function readSelector(
  resource: Resource,
  path: string,
  selector: unknown,
):
  | { readonly conditions: readonly Condition[]; readonly problem?: undefined }
  | { readonly conditions?: undefined; readonly problem: Problem }
  | undefined {
  if (selector === undefined) return undefined
  const fault = selectorFault(selector)
  if (fault === undefined) return { conditions: selectorConditions(selector as LabelSelector) }
  const problem = problemOf('error', resource, {
    reason: 'InvalidSelector',
    path: `${path}${fault.path}`,
    message: fault.message,
    remedy: 'a selector has matchLabels, and matchExpressions with the operators In, NotIn, Exists or DoesNotExist',
  })
  return { problem }
}

/** What a classifier is made of. */
export interface ClassifierInput {
  readonly role: 'receiver' | 'config'
  readonly documents: readonly BuiltInDocument[]
  readonly parameters: Parameters
  readonly evaluator: Evaluator
  readonly table: SetTable
}

/** The member rules of the documents, the highest priority first. */
export function createClassifier({ role, documents, parameters, evaluator, table }: ClassifierInput): Classifier {
  const rules = documents
    .map(({ member }) => instantiate(member, parameters))
    .filter((rule) => rule !== undefined)
    .toSorted((one, other) => other.priority - one.priority)
    .map((rule, position) => prepare({ ...rule, conditions: table.intern(rule.conditions) }, position, table.sets))

  const labelNames = [...new Set(rules.flatMap(({ rule }) => labelNamesOf(rule.conditions)))]
  const known = new Map<string, Promise<Membership | undefined>>()

  async function decide(labels: Labels): Promise<Membership | undefined> {
    const [decisive, ...others] = await evaluator.matching(rules, { role, labels })
    if (decisive === undefined) return undefined
    const { class: name, owner } = decisive.rule.event.params
    const ambiguous = others.length > 0
    return { class: String(name), ...(typeof owner === 'string' ? { owner } : {}), ambiguous }
  }

  return {
    rules,
    classify({ metadata }) {
      const labels = new Map(Object.entries(metadata.labels))
      // Objects that agree in every label that a rule looks at are of one class: most questions are asked once.
      const question = JSON.stringify(labelNames.map((name) => labels.get(name) ?? null))
      const answer = known.get(question) ?? decide(labels)
      known.set(question, answer)
      return answer
    },
  }
}
