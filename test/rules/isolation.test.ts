import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { channels } from '../../src/channels/index.ts'
import { type Alert } from '../../src/model/alert.ts'
import { type Resource } from '../../src/model/object.ts'
import { type CompiledReceiver, type Ruleset } from '../../src/rules/ruleset.ts'
import { createDice } from '../fuzz/random.ts'
import { createReference, type Reference } from '../support/reference-routing.ts'
import { compiled } from '../support/rulesets.ts'
import { createAlert, createWorld, type World } from './isolation-worlds.ts'

/** Pairs of resources and an alert; `npm run test:isolation` sets a million. */
const pairs = Number(process.env['ISOLATION_PAIRS'] ?? 20_000)
const seed = Number(process.env['ISOLATION_SEED'] ?? Date.now() % 1_000_000)
const alertsPerWorld = Math.min(1_000, Math.max(100, pairs / 200))

interface Tally {
  pairs: number
  worlds: number
  written: number
  taken: number
  /** Alerts that belong to other tenants than the attacker, and to at least one. */
  foreign: number
  /** What the attacker's own receivers were told, rightly. */
  rightful: number
  deliveries: number
}

function ownerOf({ metadata }: Resource, tenantKey: string): string | undefined {
  return new Map(Object.entries(metadata.labels)).get(tenantKey)
}

describe(`tenants (seed ${seed})`, () => {
  it(`never hear of alerts that are others' alone, whatever they write: ${pairs} pairs`, async (t) => {
    const dice = createDice(seed)
    const pool = Array.from({ length: 20_000 }, () => createAlert(dice))
    const tally: Tally = { pairs: 0, worlds: 0, written: 0, taken: 0, foreign: 0, rightful: 0, deliveries: 0 }
    while (tally.pairs < pairs) {
      const world = createWorld(dice)
      const { ruleset } = await compiled(world.snapshot)
      const from = dice.below(pool.length - alertsPerWorld)
      await checkRoutes({ world, ruleset, alerts: pool.slice(from, from + alertsPerWorld), tally })
      for (const receiver of ruleset.receivers) checkConfig(world, receiver)
      tally.worlds += 1
      tally.written += world.written
      tally.taken += world.taken
    }
    t.diagnostic(JSON.stringify(tally))
    assert.ok(tally.foreign > pairs / 4 && tally.rightful > pairs / 20, 'too little happened to mean something')
    assert.ok(tally.taken > tally.written / 4, 'too few hostile objects were valid')
  })

  it("get the same messages for their alerts and the same configs, with and without another's objects", async () => {
    const dice = createDice(seed + 1)
    const pool = Array.from({ length: 100 }, () => createAlert(dice))
    for (let time = 0; time < Math.min(2_000, pairs / 500); time += 1) {
      const world = createWorld(dice)
      const [{ ruleset, problems }, without] = [await compiled(world.snapshot), await compiled(world.without)]
      const isOthers = ({ resource }: CompiledReceiver): boolean =>
        ownerOf(resource, world.tenantKey) !== world.attacker
      assert.deepEqual(ruleset.receivers.filter(isOthers), without.ruleset.receivers)
      const known = new Set(world.without.receivers.concat(world.without.configs).map(nameOf))
      const told = problems.filter(({ object }) => object === undefined || known.has(nameOf(object)))
      assert.deepEqual(sorted(told), sorted(without.problems))
      for (const alert of pool) {
        const routing = await ruleset.route(alert)
        const expected = await without.ruleset.route(alert)
        assert.deepEqual(
          routing.receivers.filter(isOthers).map(({ key }) => key),
          expected.receivers.map(({ key }) => key),
        )
        assert.deepEqual(routing.alert, expected.alert)
      }
    }
  })
})

interface Check {
  readonly world: World
  readonly ruleset: Ruleset
  readonly alerts: readonly Alert[]
  readonly tally: Tally
}

/** Against a plain reading of the resources, which knows nothing of the compiler. */
async function checkRoutes({ world, ruleset, alerts, tally }: Check): Promise<void> {
  const reference: Reference = createReference(world.snapshot, channels)
  for (const alert of alerts) {
    const { receivers } = await ruleset.route(alert)
    const belongsTo = reference.tenantsOf(alert)
    const isForeign = belongsTo.size > 0 && !belongsTo.has(world.attacker)
    for (const { key, resource, class: name } of receivers) {
      const owner = ownerOf(resource, world.tenantKey)
      if (owner !== undefined && name === 'tenant' && !belongsTo.has(owner)) {
        assert.fail(`${key} of ${owner} heard of ${JSON.stringify([...alert.labels])}: ${JSON.stringify(resource)}`)
      }
      if (owner === world.attacker) {
        assert.ok(!isForeign && name === 'tenant', `${key}: ${JSON.stringify(resource)}`)
        tally.rightful += 1
      }
    }
    const told = receivers.map(({ key }) => key as string).sort()
    const expected = reference.route(alert).receivers
    if (!isDeepStrictEqual(told, expected)) assert.deepEqual({ told, labels: [...alert.labels] }, { told: expected })
    tally.deliveries += told.length
    tally.foreign += isForeign ? 1 : 0
    tally.pairs += 1
  }
}

const ownNamespace = 'notifications'

/** Nobody sends with another tenant's credentials, or with a Secret of a namespace that nobody opened. */
function checkConfig(
  { tenantKey, snapshot }: World,
  { key, tenant, config, resource, undeliverable }: CompiledReceiver,
): void {
  const owner = config === undefined ? undefined : ownerOf(config, tenantKey)
  const isDefault = config !== undefined && config.metadata.labels['type'] === 'default'
  const selectsOwned = snapshot.managers[0]?.spec.defaultConfigSelector?.matchExpressions === undefined
  const isShared = owner === undefined || (isDefault && selectsOwned)
  assert.ok(isShared || owner === tenant, `${key} of ${tenant} sends with ${JSON.stringify(config)}`)
  const namespaces = [resource, config].flatMap((object) => [...namespacesIn(object?.spec)])
  const refused = undeliverable.some(({ reason }) => reason === 'SecretNamespaceNotAllowed')
  const isAllowed = namespaces.every((namespace) => namespace === ownNamespace)
  assert.equal(refused, !isAllowed, `${key}: Secrets of ${namespaces.join(', ')}`)
}

/** The namespaces of all Secret references below a value. */
function* namespacesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  const { key, namespace } = value as { readonly key?: unknown; readonly namespace?: unknown }
  if (typeof key === 'string' && typeof namespace === 'string') yield namespace
  for (const item of Object.values(value)) yield* namespacesIn(item)
}

function nameOf(object: Resource | { readonly kind: string; readonly name: string }): string {
  return `${object.kind}/${'name' in object ? object.name : object.metadata.name}`
}

function sorted(items: readonly unknown[]): readonly string[] {
  return items.map((item) => JSON.stringify(item)).sort()
}
