import { Engine, type RuleProperties, type RuleResult, type TopLevelConditionResult } from 'json-rules-engine'
import { type Comparison, type EngineRule } from './conditions.ts'
import {
  operators,
  resolvePath,
  toPredicate,
  type FactValue,
  type Facts,
  type Predicate,
  type Sets,
} from './operators.ts'

/** A rule made ready for evaluation. */
export interface PreparedRule {
  readonly rule: EngineRule
  /** Its place among the rules it was made with; results come in this order. */
  readonly position: number
  /** The rule's conditions as a closure. */
  readonly holds: Predicate
  /** The rule's conditions as text. Rules of the same conditions hold together: the receivers of a team often have none of their own. */
  readonly shape: string
}

/** What the engine answered for one condition of one rule. */
export type ConditionResult =
  | { readonly kind: 'all' | 'any' | 'not'; readonly holds: boolean; readonly parts: readonly ConditionResult[] }
  | {
      readonly kind: 'comparison'
      readonly holds: boolean
      readonly comparison: Comparison
      readonly found: FactValue | undefined
    }

/** Evaluates rules. Holds no state between evaluations: any number may overlap. */
export interface Evaluator {
  /** The rules that hold, in the order given. */
  matching<Rule extends PreparedRule>(candidates: readonly Rule[], facts: Facts): Promise<readonly Rule[]>
  /** What became of every condition, by the name of the rule. */
  results(rules: readonly PreparedRule[], facts: Facts): Promise<ReadonlyMap<string, ConditionResult>>
}

/** What an evaluator needs. */
export interface EvaluatorDeps {
  readonly sets: Sets
  /** Lets other work run; awaited between slices. */
  readonly yieldNow: () => Promise<void>
  /** A rule that could not be evaluated, which is a bug; it counts as not matching, and the others are not touched. */
  readonly onFault: (rule: string, error: unknown) => void
}

/** One engine run is one chain of microtasks that blocks the process for some 8 µs a rule: longer lists are cut. */
const maxRulesPerRun = 250

/** The engine costs some 8 µs a rule and a closure 0.05 µs: above this many candidates the closures go first. */
const prefilterAbove = 16

/** A rule with its closure. */
export function prepare(rule: EngineRule, position: number, sets: Sets): PreparedRule {
  return { rule, position, holds: toPredicate(rule.conditions, sets), shape: JSON.stringify(rule.conditions) }
}

/**
 * json-rules-engine keeps the state of a run on the Engine (and loses matches when two runs overlap on one) and a reference to
 * the last Engine on each Rule. So every run here has an Engine and Rules of its own, made from shared immutable JSON: that
 * costs about as much again as the copy of the conditions which the library makes anyway.
 */
export function createEvaluator({ sets, yieldNow, onFault }: EvaluatorDeps): Evaluator {
  const table = Object.entries(operators).map(
    ([name, evaluate]) => [name, (found: unknown, wanted: unknown) => evaluate(found, wanted, sets)] as const,
  )

  async function runOnce(rules: readonly EngineRule[], facts: Facts): Promise<RuleResult[]> {
    const engine = new Engine(rules as RuleProperties[], { pathResolver: resolvePath, allowUndefinedFacts: true })
    for (const [name, evaluate] of table) engine.addOperator(name, evaluate)
    const { results, failureResults } = await engine.run(facts)
    return [...results, ...failureResults]
  }

  async function runEach(rules: readonly EngineRule[], facts: Facts): Promise<RuleResult[]> {
    const found: RuleResult[] = []
    for (const rule of rules) {
      try {
        found.push(...(await runOnce([rule], facts)))
      } catch (error) {
        onFault(rule.name, error)
      }
    }
    return found
  }

  async function run(rules: readonly PreparedRule[], facts: Facts): Promise<RuleResult[]> {
    const found: RuleResult[] = []
    for (let from = 0; from < rules.length; from += maxRulesPerRun) {
      if (from > 0) await yieldNow()
      const slice = rules.slice(from, from + maxRulesPerRun).map(({ rule }) => rule)
      found.push(...(await runOnce(slice, facts).catch(() => runEach(slice, facts))))
    }
    return found
  }

  return {
    async matching(candidates, facts) {
      const distinct = [...new Map(candidates.map((candidate) => [candidate.shape, candidate])).values()]
      const narrowed = distinct.length > prefilterAbove ? distinct.filter(({ holds }) => holds(facts)) : distinct
      if (narrowed.length === 0) return []
      const names = new Set((await run(narrowed, facts)).flatMap(({ name, result }) => (result === true ? [name] : [])))
      const shapes = new Set(narrowed.filter(({ rule }) => names.has(rule.name)).map(({ shape }) => shape))
      return candidates.filter(({ shape }) => shapes.has(shape))
    },

    async results(rules, facts) {
      const found = await run(rules, facts)
      // The library notes the result of the root on the rule only.
      return new Map(
        found.map(({ name, conditions, result }) => [name, { ...toResult(conditions), holds: result === true }]),
      )
    },
  }
}

type LibraryResult = Extract<TopLevelConditionResult, { all: unknown }>['all'][number]

function toResult(node: LibraryResult): ConditionResult {
  const holds = node.result === true
  if ('all' in node) return { kind: 'all', holds, parts: node.all.map(toResult) }
  if ('any' in node) return { kind: 'any', holds, parts: node.any.map(toResult) }
  if ('not' in node) return { kind: 'not', holds, parts: [toResult(node.not)] }
  if ('condition' in node) return { kind: 'all', holds, parts: [] }
  const { fact, path, operator, factResult } = node
  const value: unknown = node.value
  const comparison = { fact, ...(path === undefined ? {} : { path }), operator, value } as Comparison
  return { kind: 'comparison', holds, comparison, found: factResult as FactValue | undefined }
}
