import { type Labels } from '../model/alert.ts'
import { allowedValues, requiredComparisons, type Facts, type Sets } from './operators.ts'
import { type PreparedRule } from './engine.ts'

/** Rules arranged so that most of them are never touched. */
export interface RuleIndex<Rule extends PreparedRule> {
  /** Every rule that may hold over these facts, in order of position: all that do, and few others. */
  candidates(facts: Facts): readonly Rule[]
}

/** Rules under the values that one of their labels must have; `rest` must be tried for every alert. */
interface Bucket<Rule> {
  readonly byLabel: Map<string, Map<string, Rule[]>>
  readonly rest: Rule[]
}

/** One label that must have one of these values. */
interface Access {
  readonly label: string
  readonly values: readonly string[]
}

/**
 * The index is read off the rules' own conditions. A rule that requires a tenant is in that tenant's bucket, the others are in
 * the general one; inside a bucket a rule is under the one required label that fewest rules share.
 */
export function createIndex<Rule extends PreparedRule>(rules: readonly Rule[], sets: Sets): RuleIndex<Rule> {
  const general: Rule[] = []
  const ofTenants = new Map<string, Rule[]>()
  for (const rule of rules) {
    const tenant = requiredTenant(rule)
    if (tenant === undefined) general.push(rule)
    else append(ofTenants, tenant, rule)
  }
  const generalBucket = toBucket(general, sets)
  const buckets = new Map([...ofTenants].map(([tenant, members]) => [tenant, toBucket(members, sets)]))

  return {
    candidates({ labels, tenants }) {
      const found: Rule[] = []
      const pairs: Labels = labels instanceof Map ? labels : new Map()
      collect(generalBucket, pairs, found)
      for (const tenant of new Set(Array.isArray(tenants) ? (tenants as readonly string[]) : [])) {
        const bucket = buckets.get(tenant)
        if (bucket !== undefined) collect(bucket, pairs, found)
      }
      return found.sort((one, other) => one.position - other.position)
    },
  }
}

function collect<Rule>(bucket: Bucket<Rule>, labels: Labels, found: Rule[]): void {
  for (const rule of bucket.rest) found.push(rule)
  if (bucket.byLabel.size === 0) return
  for (const [label, value] of labels) {
    for (const rule of bucket.byLabel.get(label)?.get(value) ?? []) found.push(rule)
  }
}

function toBucket<Rule extends PreparedRule>(rules: readonly Rule[], sets: Sets): Bucket<Rule> {
  const accesses = rules.map((rule) => accessesOf(rule, sets))
  const shared = countShared(accesses.flat())
  const bucket: Bucket<Rule> = { byLabel: new Map(), rest: [] }
  for (const [place, rule] of rules.entries()) {
    const access = leastShared(accesses[place] ?? [], shared)
    if (access === undefined) bucket.rest.push(rule)
    else put(bucket, access, rule)
  }
  return bucket
}

function put<Rule>(bucket: Bucket<Rule>, { label, values }: Access, rule: Rule): void {
  const byValue = bucket.byLabel.get(label) ?? new Map<string, Rule[]>()
  bucket.byLabel.set(label, byValue)
  for (const value of values) append(byValue, value, rule)
}

function requiredTenant({ rule }: PreparedRule): string | undefined {
  const found = requiredComparisons(rule.conditions).find(
    ({ fact, operator }) => fact === 'tenants' && operator === 'contains',
  )
  return typeof found?.value === 'string' ? found.value : undefined
}

/** The labels that a rule requires to have one of a few values. */
function accessesOf({ rule }: PreparedRule, sets: Sets): readonly Access[] {
  return requiredComparisons(rule.conditions).flatMap((comparison) => {
    const values = allowedValues(comparison, sets)
    if (comparison.fact !== 'labels' || comparison.path === undefined || values === undefined) return []
    return [{ label: comparison.path, values }]
  })
}

type Shares = ReadonlyMap<string, ReadonlyMap<string, number>>

/** How many rules there are under each value of each label. */
function countShared(accesses: readonly Access[]): Shares {
  const shared = new Map<string, Map<string, number>>()
  for (const { label, values } of accesses) {
    const counts = shared.get(label) ?? new Map<string, number>()
    shared.set(label, counts)
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return shared
}

function leastShared(accesses: readonly Access[], shared: Shares): Access | undefined {
  const crowds = accesses.map(({ label, values }) => {
    const counts = shared.get(label)
    return values.reduce((most, value) => Math.max(most, counts?.get(value) ?? 0), 0)
  })
  const least = crowds.reduce((most, crowd) => Math.min(most, crowd), Infinity)
  return accesses[crowds.indexOf(least)]
}

function append<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}
