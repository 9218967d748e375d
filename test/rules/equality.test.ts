import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { channels } from '../../src/channels/index.ts'
import { type PlatformRuleDocument } from '../../src/rules/document.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { createReference } from '../support/reference-routing.ts'
import { compiled } from '../support/rulesets.ts'
import { alert, snapshot } from './arbitraries.ts'

const snapshots = 300
const alertsPerSnapshot = 400
const poolSize = 4_000

/** Receivers that platform rules may add to any alert. */
function addable({ platformRules }: Snapshot): ReadonlySet<string> {
  const events = platformRules.map(({ document }) => (document as PlatformRuleDocument).event)
  return new Set(events.flatMap((event) => (event.type === 'notify' ? event.params.receivers : [])))
}

describe('the ruleset and a plain loop over the resources', () => {
  it('agree about every receiver of every alert, and no tenant hears of another’s', async (t) => {
    const pool = fc.sample(alert, poolSize)
    let cases = 0
    let deliveries = 0
    let tenantDeliveries = 0
    await fc.assert(
      fc.asyncProperty(snapshot, fc.nat(poolSize - alertsPerSnapshot), async (resources, from) => {
        const { ruleset } = await compiled(resources)
        const reference = createReference(resources, channels)
        const free = addable(resources)
        for (const one of pool.slice(from, from + alertsPerSnapshot)) {
          const routing = await ruleset.route(one)
          const expected = reference.route(one)
          const told = routing.receivers.map(({ key }) => key as string)
          if (!isDeepStrictEqual(told.toSorted(), expected.receivers)) {
            assert.deepEqual({ told, labels: [...one.labels] }, { told: expected.receivers, labels: [...one.labels] })
          }
          assert.equal(routing.droppedBy !== undefined, expected.dropped)
          assert.deepEqual([...routing.alert.labels], [...expected.labels])
          const tenants = reference.tenantsOf(routing.alert)
          for (const { key, tenant } of routing.receivers) {
            if (tenant === undefined) continue
            assert.ok(tenants.has(tenant) || free.has(key), `${key} of ${tenant} heard of another tenant's alert`)
            tenantDeliveries++
          }
          cases++
          deliveries += told.length
        }
      }),
      { numRuns: snapshots, endOnFailure: true },
    )
    t.diagnostic(`${cases} cases, ${deliveries} deliveries, ${tenantDeliveries} of them to tenants`)
    assert.ok(cases >= 100_000 && tenantDeliveries > 10_000, 'enough was generated to mean something')
  })

  it('agree about the class, the tenant and the config of every receiver', async (t) => {
    const reasons = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(snapshot, async (resources) => {
        const { ruleset } = await compiled(resources)
        const { receivers } = createReference(resources, channels)
        const expected = receivers.map(({ key, class: name, tenant, config, configReason }) => {
          return { key, class: name, tenant, config, configReason }
        })
        const actual = ruleset.receivers.map(({ key, class: name, tenant, config, configReason }) => {
          reasons.set(configReason, (reasons.get(configReason) ?? 0) + 1)
          return { key, class: name, tenant, config: config?.metadata.name, configReason }
        })
        assert.deepEqual(new Set(actual), new Set(expected))
      }),
      { numRuns: 1_000 },
    )
    t.diagnostic([...reasons].map(([reason, count]) => `${reason} ${count}`).join(', '))
    for (const reason of ['Selected', 'DefaultConfig', 'SelectorMatchedNothing', 'ConfigNotFound', 'NotNeeded']) {
      assert.ok((reasons.get(reason) ?? 0) > 50, `${reason} came up often enough`)
    }
  })

  it('agree with the explanation of every receiver', async () => {
    const alerts = fc.array(alert, { minLength: 10, maxLength: 10, size: 'max' })
    await fc.assert(
      fc.asyncProperty(snapshot, alerts, async (resources, posted) => {
        const { ruleset } = await compiled(resources)
        for (const one of posted) {
          const { receivers } = await ruleset.explain(one)
          const routing = await ruleset.route(one)
          assert.deepEqual(
            receivers.filter(({ matched }) => matched).map(({ receiver }) => receiver),
            routing.receivers.map(({ key }) => key),
          )
          assert.equal(receivers.length, resources.receivers.length)
          assert.ok(receivers.every(({ because }) => because.length > 0 && because.length < 2_000))
        }
      }),
      { numRuns: 100 },
    )
  })
})
