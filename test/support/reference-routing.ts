import { type AnyChannel } from '../../src/channels/channel.ts'
import { type Alert } from '../../src/model/alert.ts'
import { type LabelSelector } from '../../src/model/fragments.ts'
import { type Resource } from '../../src/model/object.ts'
import { matches } from '../../src/model/selector.ts'
import { type PlatformRuleDocument } from '../../src/rules/document.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'

/**
 * Who gets what, as a plain loop over the resources: no index, no json-rules-engine, nothing of src/rules/ but types. It is
 * what the ruleset must agree with.
 */
export interface ReferenceReceiver {
  readonly key: string
  readonly class: 'global' | 'tenant'
  readonly tenant?: string
  readonly config: string | undefined
  readonly configReason: string
}

/** The reference over one snapshot. */
export interface Reference {
  readonly receivers: readonly ReferenceReceiver[]
  tenantsOf(alert: Alert): ReadonlySet<string>
  route(posted: Alert): ReferenceRouting
}

/** What becomes of one alert. */
export interface ReferenceRouting {
  readonly labels: ReadonlyMap<string, string>
  readonly dropped: boolean
  readonly receivers: readonly string[]
}

export function createReference(snapshot: Snapshot, channels: readonly AnyChannel[]): Reference {
  const manager = snapshot.managers[0]!.spec
  const { tenantKey, globalReceiverSelector, tenantReceiverSelector } = manager.receivers
  const receivers = classifyAll()

  function classifyAll(): readonly (ReferenceReceiver & { readonly resource: Resource })[] {
    const found: (ReferenceReceiver & { readonly resource: Resource })[] = []
    for (const resource of snapshot.receivers) {
      const key = `${resource.kind}/${resource.metadata.name}`
      const labels = labelsOf(resource)
      const tenant = labels.get(tenantKey)
      if (selects(tenantReceiverSelector, labels)) {
        if (tenant === undefined || tenant === '') continue
        found.push({ key, class: 'tenant', tenant, resource, ...configFor(resource, tenant) })
      } else if (selects(globalReceiverSelector, labels)) {
        found.push({ key, class: 'global', resource, ...configFor(resource, undefined) })
      }
    }
    return found
  }

  function configFor(receiver: Resource, tenant: string | undefined) {
    const channel = channels.find((candidate) => candidate.receiver.kind === receiver.kind)!
    const ofChannel = snapshot.configs.filter((config) => config.kind === channel.config.kind)
    const defaults = ofChannel.filter((config) => selects(manager.defaultConfigSelector, labelsOf(config)))
    const others = ofChannel.filter((config) => !defaults.includes(config))
    const own = others.filter((config) => tenant !== undefined && labelsOf(config).get(tenantKey) === tenant)
    const unowned = others.filter((config) => !labelsOf(config).has(tenantKey))
    const selector = specOf(receiver)[channel.configSelectorField] as LabelSelector | undefined
    if (selector !== undefined) {
      for (const group of [own, unowned, defaults]) {
        const best = bestOf(group.filter((config) => matches(selector, labelsOf(config))))
        if (best !== undefined) return { config: best, configReason: 'Selected' }
      }
    }
    const fallback = bestOf(defaults)
    const missing = fallback === undefined
    if (missing && channel.needsConfig(receiver.spec as never))
      return { config: undefined, configReason: 'ConfigNotFound' }
    if (selector !== undefined) return { config: fallback, configReason: 'SelectorMatchedNothing' }
    return { config: fallback, configReason: missing ? 'NotNeeded' : 'DefaultConfig' }
  }

  function tenantsOf(alert: Alert): ReadonlySet<string> {
    const sources = manager.receivers.tenantSources ?? defaultSources(tenantKey)
    const namespace = alert.labels.get('namespace') ?? ''
    const tenants = new Set<string>()
    if (sources.includes('alertLabel')) tenants.add(alert.labels.get(tenantKey) ?? '')
    if (sources.includes('roleBinding') && namespace !== '') {
      const kinds: readonly string[] = manager.receivers.tenantSubjectKinds ?? ['User']
      const bindings = listed(snapshot.roleBindings).filter((binding) => binding.namespace === namespace)
      const subjects = bindings.flatMap((binding) => binding.subjects)
      for (const subject of subjects) if (kinds.includes(subject.kind)) tenants.add(subject.name)
    }
    if (sources.includes('namespaceLabel') && namespace !== '') {
      for (const { name, labels } of listed(snapshot.namespaces)) {
        if (name === namespace) tenants.add(new Map(Object.entries(labels)).get(tenantKey) ?? '')
      }
    }
    tenants.delete('')
    return tenants
  }

  function route(posted: Alert): ReferenceRouting {
    const labels = new Map(posted.labels)
    if ((labels.get('cluster') ?? '') === '')
      labels.set('cluster', manager.receivers.options?.global?.cluster ?? 'default')
    const fired = firedRules(snapshot, { ...posted, labels })
    const changed = new Map(labels)
    const added = new Set<string>()
    for (const { event } of fired) {
      if (event.type === 'label') changed.set(event.params.name, event.params.value)
      if (event.type === 'notify') event.params.receivers.forEach((key) => added.add(key))
    }
    if (fired.some(({ event }) => event.type === 'drop')) return { labels: changed, dropped: true, receivers: [] }
    const alert = { ...posted, labels: changed }
    const tenants = tenantsOf(alert)
    const told = receivers.filter((receiver) => {
      if (added.has(receiver.key)) return true
      if (receiver.tenant !== undefined && !tenants.has(receiver.tenant)) return false
      const selector = specOf(receiver.resource)['alertSelector'] as LabelSelector | undefined
      return selector === undefined || matches(selector, changed)
    })
    return { labels: changed, dropped: false, receivers: told.map(({ key }) => key).sort() }
  }

  return { receivers, tenantsOf, route }
}

function listed<Item>(items: readonly Item[] | 'unavailable'): readonly Item[] {
  if (items === 'unavailable') throw new Error('The reference is asked only when every lookup can be made')
  return items
}

function selects(selector: LabelSelector | undefined, labels: ReadonlyMap<string, string>): boolean {
  return selector !== undefined && matches(selector, labels)
}

function labelsOf({ metadata }: Resource): ReadonlyMap<string, string> {
  return new Map(Object.entries(metadata.labels))
}

function specOf({ spec }: Resource): Readonly<Record<string, unknown>> {
  return spec as Readonly<Record<string, unknown>>
}

function bestOf(configs: readonly Resource[]): string | undefined {
  const ranked = configs.map((config) => {
    const text = labelsOf(config).get('priority') ?? ''
    return { name: config.metadata.name, rank: /^-?\d{1,15}$/.test(text) ? Number(text) : Infinity }
  })
  let best = ranked[0]
  for (const candidate of ranked) {
    const lower = candidate.rank < best!.rank
    if (lower || (candidate.rank === best!.rank && candidate.name < best!.name)) best = candidate
  }
  return best?.name
}

function defaultSources(tenantKey: string): readonly string[] {
  if (tenantKey === 'user') return ['roleBinding']
  return tenantKey === 'namespace' ? ['alertLabel'] : ['alertLabel', 'namespaceLabel']
}

/** The platform rules that hold, the highest priority first, then as given. */
function firedRules({ platformRules }: Snapshot, alert: Alert): readonly PlatformRuleDocument[] {
  const rules = platformRules.map(({ document }) => document as PlatformRuleDocument)
  const fired = rules.filter((rule) => holds(rule.conditions as unknown as Node, alert))
  return fired.sort((one, other) => (other.priority ?? 1) - (one.priority ?? 1))
}

interface Node {
  readonly all?: readonly Node[]
  readonly any?: readonly Node[]
  readonly not?: Node
  readonly fact?: string
  readonly path?: string
  readonly operator?: string
  readonly value?: unknown
}

function holds(node: Node, alert: Alert): boolean {
  if (node.all !== undefined) return node.all.every((part) => holds(part, alert))
  if (node.any !== undefined) return node.any.some((part) => holds(part, alert))
  if (node.not !== undefined) return !holds(node.not, alert)
  const pairs = node.fact === 'annotations' ? alert.annotations : alert.labels
  const found = node.fact === 'status' ? alert.status : pairs.get(node.path ?? '')
  const values = Array.isArray(node.value) ? (node.value as string[]) : [node.value as string]
  const isOne = found !== undefined && values.includes(found)
  switch (node.operator) {
    case 'equal':
    case 'in':
      return isOne
    case 'notEqual':
    case 'notIn':
      return !isOne
    case 'exists':
      return found !== undefined
    case 'doesNotExist':
      return found === undefined
    default:
      throw new Error(`The reference does not know the operator ${String(node.operator)}`)
  }
}
