import { createKinds } from '../../src/api/kinds.ts'
import { channels } from '../../src/channels/index.ts'
import { type Alert } from '../../src/model/alert.ts'
import { keyOf, type Resource } from '../../src/model/object.ts'
import { type ManagerSpec, type Snapshot } from '../../src/rules/snapshot.ts'
import { type Dice } from '../fuzz/random.ts'
import { aManager, aSnapshot, anAlert } from '../support/resources.ts'
import {
  config,
  hostileLabels,
  hostileName,
  hostileReceiver,
  honestConfig,
  labelNames,
  many,
  pairs,
  receiver,
  tenantKeys,
  tenants,
  values,
  wellMeant,
  type Labels,
  type Written,
} from './isolation-objects.ts'

/** Everything at one moment, with and without the objects of the tenant who means harm. */
export interface World {
  readonly attacker: string
  readonly tenantKey: string
  readonly snapshot: Snapshot
  readonly without: Snapshot
  /** How many objects the attacker wrote, and how many of them a source would take. */
  readonly written: number
  readonly taken: number
}

const { validate } = createKinds(channels)

/** A world of a platform, of tenants who mean well, and of one who writes whatever may help. */
export function createWorld(dice: Dice): World {
  const tenantKey = dice.pick(tenantKeys)
  const attacker = dice.pick(tenants)
  const byLabel = dice.chance(0.5)
  const manager = aManager({ tenantKey, ...(byLabel ? narrowSelectors(tenantKey) : {}), ...sources(dice) })
  const others = tenants.filter((tenant) => tenant !== attacker)
  const platform = many(dice, 4, (place) =>
    receiver(dice, { name: `global-${place}`, labels: { type: 'global' }, spec: wellMeant(dice) }),
  )
  const honest = many(dice, 25, (place) => {
    const labels = pairs([
      ['type', 'tenant'],
      [tenantKey, dice.pick(others)],
    ])
    return receiver(dice, { name: `honest-${place}`, labels, spec: wellMeant(dice) })
  })
  const configs = many(dice, 8, (place) => honestConfig(dice, { place, tenantKey, others }))
  // With selectors by class, who may write `type: global` is the platform: that label is not the attacker's to choose.
  const labels = (): Labels =>
    pairs([...hostileLabels(dice, byLabel), ...(byLabel ? [] : [['type', 'tenant'] as const]), [tenantKey, attacker]])
  const hostile = [
    ...many(dice, 40, (place) => hostileReceiver(dice, { name: hostileName(dice, place), labels: labels(), others })),
    ...many(dice, 10, (place) => config(dice, hostileName(dice, place), { ...labels() })),
  ]
  const taken = hostile.flatMap(accepted)
  const sound = [...platform, ...honest, ...configs].flatMap(accepted)
  const rest = { managers: [manager], roleBindings: roleBindings(dice), namespaces: namespaces(dice, tenantKey) }
  return {
    attacker,
    tenantKey,
    snapshot: aSnapshot({ ...split(shuffled(dice, [...sound, ...distinct(taken, sound)])), ...rest }),
    without: aSnapshot({ ...split(sound), ...rest }),
    written: hostile.length,
    taken: taken.length,
  }
}

/** An object as a source takes it, if its spec is valid. Its name and labels stay, though no API server would take all of them. */
function accepted(object: Written): readonly Resource[] {
  const { resource } = validate({ ...object, metadata: { name: 'plain' } })
  return resource === undefined ? [] : [{ ...resource, metadata: object.metadata }]
}

/** Whoever carries the tenant's label is the tenant's, whatever else the object says. */
function narrowSelectors(
  tenantKey: string,
): Partial<ManagerSpec['receivers'] & { readonly spec: Partial<ManagerSpec> }> {
  const owned = { key: tenantKey, operator: 'Exists' as const }
  const unowned = { key: tenantKey, operator: 'DoesNotExist' as const }
  return {
    tenantReceiverSelector: { matchExpressions: [owned] },
    globalReceiverSelector: { matchLabels: { type: 'global' } },
    spec: { defaultConfigSelector: { matchLabels: { type: 'default' }, matchExpressions: [unowned] } },
  }
}

function sources(dice: Dice): Partial<ManagerSpec['receivers']> {
  return dice.pick<Partial<ManagerSpec['receivers']>>([
    {},
    { tenantSources: ['alertLabel'] },
    { tenantSources: ['roleBinding', 'alertLabel'], tenantSubjectKinds: ['User', 'Group'] },
    { tenantSources: ['namespaceLabel'] },
    { tenantSources: ['alertLabel', 'roleBinding', 'namespaceLabel'] },
  ])
}

function roleBindings(dice: Dice): Snapshot['roleBindings'] {
  return many(dice, 8, () => ({
    namespace: dice.pick(values),
    name: 'binding',
    subjects: many(dice, 3, () => ({ kind: dice.pick(['User', 'Group', 'ServiceAccount']), name: dice.pick(tenants) })),
  }))
}

function namespaces(dice: Dice, tenantKey: string): Snapshot['namespaces'] {
  const names = [...new Set(many(dice, 8, () => dice.pick(values)))]
  return names.map((name) => ({ name, labels: dice.chance(0.8) ? pairs([[tenantKey, dice.pick(tenants)]]) : {} }))
}

/** An alert of some tenant, or of none, that names other tenants wherever it can. */
export function createAlert(dice: Dice): Alert {
  const owner = dice.pick(tenants)
  const labels = new Map(many(dice, 5, () => [dice.pick(labelNames), dice.pick(values)] as const))
  for (const key of tenantKeys) if (dice.chance(0.6)) labels.set(key, owner)
  const annotations = new Map(many(dice, 2, () => [dice.pick(labelNames), dice.pick(values)] as const))
  return anAlert(labels, { annotations, status: dice.pick(['firing', 'resolved']) })
}

/** Those whose kind and name nobody else has: a source gives each object once. */
function distinct(resources: readonly Resource[], taken: readonly Resource[]): readonly Resource[] {
  const byKey = new Map([...resources, ...taken].map((resource) => [keyOf(resource), resource]))
  return resources.filter((resource) => byKey.get(keyOf(resource)) === resource)
}

function split(resources: readonly Resource[]): Pick<Snapshot, 'receivers' | 'configs'> {
  return {
    receivers: resources.filter(({ kind }) => kind.endsWith('Receiver')),
    configs: resources.filter(({ kind }) => kind.endsWith('Config')),
  }
}

function shuffled<Item>(dice: Dice, items: readonly Item[]): readonly Item[] {
  const keyed = items.map((item) => ({ item, order: dice.next() }))
  return keyed.sort((one, other) => one.order - other.order).map(({ item }) => item)
}
