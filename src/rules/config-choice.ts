import { type Resource } from '../model/object.ts'
import { type EngineRule } from './conditions.ts'
import { prepare, type Evaluator, type PreparedRule } from './engine.ts'
import { allowedValues, requiredComparisons, resolvePath, type Facts, type Sets } from './operators.ts'
import { compareText } from './order.ts'

/** A config with its class. */
export interface ClassedConfig {
  readonly resource: Resource
  readonly channel: string
  readonly class: string
  /** The tenant that owns it, for class tenant. */
  readonly tenant?: string
}

/** A config, and the rule that let the receiver have it. */
export interface ChosenConfig {
  readonly config: ClassedConfig
  readonly rule: EngineRule
}

/** Chooses configs. */
export interface ConfigChooser {
  /** The best config of the first rule that any config satisfies. */
  choose(rules: readonly EngineRule[]): Promise<ChosenConfig | undefined>
}

/** A config as rules see it; `place` is its rank among all. */
interface Candidate {
  readonly config: ClassedConfig
  readonly facts: Facts
  readonly place: number
}

type Postings = ReadonlyMap<string, readonly Candidate[]>

/** The label that ranks configs: the lowest integer first. */
const priorityLabel = 'priority'

/**
 * A chooser over all configs. Each rule tries only the configs under the rarest of the values that it requires, and each
 * distinct question is answered once, so that thousands of receivers over thousands of configs stay near-linear.
 */
export function createConfigChooser(
  configs: readonly ClassedConfig[],
  evaluator: Evaluator,
  sets: Sets,
): ConfigChooser {
  const candidates = configs.toSorted(byRank).map((config, place) => ({ config, facts: factsOf(config), place }))
  const postings = createPostings(candidates)
  const answers = new Map<string, Promise<ClassedConfig | undefined>>()

  async function best(prepared: PreparedRule): Promise<ClassedConfig | undefined> {
    for (const { config, facts } of fewest(prepared.rule, candidates, postings, sets)) {
      if (prepared.holds(facts) && (await evaluator.matching([prepared], facts)).length > 0) return config
    }
    return undefined
  }

  return {
    async choose(rules) {
      for (const rule of rules) {
        const question = JSON.stringify(rule.conditions)
        const answer = answers.get(question) ?? best(prepare(rule, 0, sets))
        answers.set(question, answer)
        const config = await answer
        if (config !== undefined) return { config, rule }
      }
      return undefined
    },
  }
}

function factsOf({ resource, channel, class: name, tenant }: ClassedConfig): Facts {
  const labels = new Map(Object.entries(resource.metadata.labels))
  return { role: 'config', channel, class: name, labels, ...(tenant === undefined ? {} : { tenant }) }
}

function byRank(one: ClassedConfig, other: ClassedConfig): number {
  const difference = priorityOf(one.resource) - priorityOf(other.resource)
  return difference || compareText(one.resource.metadata.name, other.resource.metadata.name)
}

/** A label that is no integer ranks last, as none does. */
function priorityOf({ metadata: { labels } }: Resource): number {
  const text = Object.hasOwn(labels, priorityLabel) ? (labels[priorityLabel] ?? '') : ''
  return /^-?\d{1,15}$/u.test(text) ? Number(text) : Number.MAX_SAFE_INTEGER
}

/** Configs by the values of one fact or label, made when first asked for. */
function createPostings(candidates: readonly Candidate[]): (fact: keyof Facts, path: string | undefined) => Postings {
  const made = new Map<string, Postings>()
  return (fact, path) => {
    const key = JSON.stringify([fact, path])
    const found = made.get(key) ?? post(candidates, fact, path)
    made.set(key, found)
    return found
  }
}

function post(candidates: readonly Candidate[], fact: keyof Facts, path: string | undefined): Postings {
  const postings = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    const value = path === undefined ? candidate.facts[fact] : resolvePath(candidate.facts[fact], path)
    if (typeof value !== 'string') continue
    const list = postings.get(value) ?? []
    postings.set(value, list)
    list.push(candidate)
  }
  return postings
}

/** The shortest list, in order of rank, that holds every config the rule can match. */
function fewest(
  rule: EngineRule,
  candidates: readonly Candidate[],
  postings: ReturnType<typeof createPostings>,
  sets: Sets,
): readonly Candidate[] {
  let shortest: readonly Candidate[] = candidates
  for (const comparison of requiredComparisons(rule.conditions)) {
    const values = allowedValues(comparison, sets)
    if (values === undefined) continue
    const byValue = postings(comparison.fact, comparison.path)
    const found = values.flatMap((value) => byValue.get(value) ?? [])
    if (found.length < shortest.length) shortest = found.toSorted((one, other) => one.place - other.place)
  }
  return shortest
}
