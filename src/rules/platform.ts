import { createValidator, type Validated } from '../api/validator.ts'
import { type Alert } from '../model/alert.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { exceedsBounds } from './bounds.ts'
import { ruleDocumentSchema, type PlatformRuleDocument } from './document.ts'
import { prepare, type Evaluator, type PreparedRule } from './engine.ts'
import { createIndex } from './index.ts'
import { type Facts } from './operators.ts'
import { ruleProblem, schemaProblems } from './problems.ts'
import { type SetTable } from './sets.ts'
import { type RuleDocument } from './snapshot.ts'

/** A platform rule ready for evaluation. */
export interface PlatformRule extends PreparedRule {
  readonly event: PlatformRuleDocument['event']
  readonly source: RuleDocument
}

/** What the platform rules make of one alert. */
export interface PlatformVerdict {
  /** The alert with the labels that rules set; a label set twice has the value of the later rule. */
  readonly alert: Alert
  /** The first rule that drops it. */
  readonly droppedBy?: string
  /** Receivers that rules add. */
  readonly added: ReadonlySet<ResourceKey>
  /** The rules that hold, in the order in which they take effect. */
  readonly fired: readonly PlatformRule[]
}

/** Platform rules of one snapshot. Each sees the alert as it came in; their effects follow, the highest priority first. */
export interface Platform {
  readonly rules: readonly PlatformRule[]
  apply(alert: Alert): Promise<PlatformVerdict>
}

/** The rules of documents, and what is wrong with the others. */
export type ReadPlatformRules = (
  documents: readonly RuleDocument[],
  table: SetTable,
) => { readonly rules: readonly PlatformRule[]; readonly problems: readonly Problem[] }

/** A reader of rule documents. A document that is faulty is left out with its Problems, the others stay. */
export function createPlatformReader(): ReadPlatformRules {
  const validate = createValidator<PlatformRuleDocument>(ruleDocumentSchema)
  return (documents, table) => readPlatformRules(documents, table, validate)
}

type Validate = (value: unknown) => Validated<PlatformRuleDocument>

function readPlatformRules(
  documents: readonly RuleDocument[],
  table: SetTable,
  validate: Validate,
): ReturnType<ReadPlatformRules> {
  const problems: Problem[] = []
  const accepted = new Map<string, { readonly source: RuleDocument; readonly value: PlatformRuleDocument }>()
  for (const source of documents) {
    const checked = check(source, validate)
    if (!checked.ok) problems.push(...checked.problems)
    else if (accepted.has(checked.value.name)) problems.push(nameTaken(source))
    else accepted.set(checked.value.name, { source, value: checked.value })
  }
  const ordered = [...accepted.values()].toSorted((one, other) => priorityOf(other.value) - priorityOf(one.value))
  return { rules: ordered.map(({ source, value }, place) => toRule(source, value, { place, table })), problems }
}

type Checked =
  | { readonly ok: true; readonly value: PlatformRuleDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] }

function check(source: RuleDocument, validate: Validate): Checked {
  const bound = exceedsBounds(source.document)
  if (bound !== undefined) return { ok: false, problems: [ruleProblem('error', source, bound)] }
  const checked = validate(source.document)
  return checked.ok ? checked : { ok: false, problems: schemaProblems(source, checked.faults) }
}

function nameTaken(source: RuleDocument): Problem {
  return ruleProblem('error', source, {
    path: 'name',
    message: 'has the name of an earlier rule and is left out',
    remedy: 'give it a name of its own',
  })
}

function priorityOf({ priority }: PlatformRuleDocument): number {
  return priority ?? 1
}

function toRule(
  source: RuleDocument,
  value: PlatformRuleDocument,
  { place, table }: { readonly place: number; readonly table: SetTable },
): PlatformRule {
  const { name, event } = value
  // Effects come after the evaluation, so the engine need not order the rules: one priority is one pass.
  const rule = {
    name,
    priority: 1,
    conditions: table.intern(value.conditions),
    event: { type: 'platform', params: {} },
  }
  return { ...prepare(rule, place, table.sets), event, source }
}

/** Rules that name a receiver which is not routable: a warning, since it may come later. */
export function strayReceivers(
  rules: readonly PlatformRule[],
  isRoutable: (key: ResourceKey) => boolean,
): readonly Problem[] {
  return rules.flatMap(({ event, source }) => {
    if (event.type !== 'notify') return []
    return [...event.params.receivers.entries()]
      .filter(([, key]) => !isRoutable(key as ResourceKey))
      .map(([place, key]) =>
        ruleProblem('warning', source, {
          path: `event.params.receivers[${place}]`,
          message: `names ${key}, which is not a receiver in force`,
          remedy: 'name a receiver as Kind/name, or apply it',
        }),
      )
  })
}

/** Evaluates the rules over alerts. */
export function createPlatform(rules: readonly PlatformRule[], evaluator: Evaluator, table: SetTable): Platform {
  const index = createIndex(rules, table.sets)
  return {
    rules,
    async apply(alert) {
      const facts: Facts = { labels: alert.labels, annotations: alert.annotations, status: alert.status }
      const fired = await evaluator.matching(index.candidates(facts), facts)
      return fired.length === 0 ? { alert, added: new Set(), fired } : toVerdict(alert, fired)
    },
  }
}

function toVerdict(alert: Alert, fired: readonly PlatformRule[]): PlatformVerdict {
  const labels = new Map(alert.labels)
  const added = new Set<ResourceKey>()
  for (const { event } of fired) {
    if (event.type === 'label') labels.set(event.params.name, event.params.value)
    if (event.type === 'notify') for (const key of event.params.receivers) added.add(key as ResourceKey)
  }
  const dropped = fired.find(({ event }) => event.type === 'drop')?.rule.name
  return {
    alert: Object.freeze({ ...alert, labels }),
    added,
    fired,
    ...(dropped === undefined ? {} : { droppedBy: dropped }),
  }
}
