import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { statusSchema } from '../../src/api/status-schema.ts'
import { createValidator } from '../../src/api/validator.ts'
import { createBoard, type InForceResources } from '../../src/kubernetes/status/board.ts'
import { type Resource } from '../../src/model/object.ts'
import { type MissingSecret } from '../../src/rules/readiness.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { anEmailReceiver, aResource } from '../support/resources.ts'
import { kstatusOf, waitsForReady, type Waited } from './kstatus.ts'
import {
  config,
  inCluster,
  inForce,
  invalid,
  manager,
  now,
  receiver,
  refused,
  seen,
  statusOf,
} from './status-samples.ts'
import { conditionOf, kinds } from './status-world.ts'

describe('statuses as tools read them', () => {
  const world = (changes: Partial<Snapshot>): Promise<InForceResources> => inForce(changes)
  const missing: MissingSecret = () => 'there is no such Secret'
  const broken = { world: world({ receivers: [{ ...receiver, stale: true }], refused, problems: [invalid] }) }

  const cases: readonly (readonly [
    what: string,
    generation: number,
    options: { readonly world?: Promise<InForceResources>; readonly missing?: MissingSecret },
    kstatus: string,
    ready: boolean,
  ])[] = [
    ['compiled and complete', 1, {}, 'Current', true],
    ['edited, and not compiled yet', 2, {}, 'InProgress', false],
    ['without its Secret', 1, { missing }, 'InProgress', false],
    ['invalid in its newest version', 3, broken, 'InProgress', false],
    ['edited after it was found invalid', 4, broken, 'InProgress', false],
    ['never seen valid', 3, { world: world({ receivers: [], refused, problems: [invalid] }) }, 'InProgress', false],
    ['of nobody', 1, { world: world({ receivers: [inCluster(anEmailReceiver('ops', {}))] }) }, 'InProgress', false],
    ['not read at all yet', 3, { world: world({ receivers: [], refused }) }, 'InProgress', false],
  ]
  for (const [what, generation, options, kstatus, isReady] of cases) {
    it(`are ${kstatus} for an object that is ${what}`, async () => {
      const found = await statusOf(seen(receiver, { generation }), {
        ...(options.missing === undefined ? {} : { missing: options.missing }),
        ...(options.world === undefined ? {} : { world: await options.world }),
      })
      const object = { metadata: { generation }, status: found }

      assert.equal(kstatusOf(object), kstatus)
      assert.equal(waitsForReady(object), isReady)
    })
  }

  it('are InProgress or Failed when the operator says so, whatever the server says', async () => {
    const found = await statusOf(seen(manager))
    const beside = (type: string): Waited => ({
      metadata: { generation: 1 },
      status: { ...found, conditions: [...(found?.conditions ?? []), { type, status: 'True' }] },
    })

    assert.equal(kstatusOf(beside('Deployed')), 'Current')
    assert.equal(kstatusOf(beside('Reconciling')), 'InProgress')
    assert.equal(kstatusOf(beside('Stalled')), 'Failed')
  })

  it('are what the schemas of the CustomResourceDefinitions take, for every kind', async () => {
    const samples: readonly Resource[] = [
      manager,
      config,
      receiver,
      inCluster(aResource('WebhookReceiver', 'hook', { type: 'global' }, { url: 'https://example.com' })),
      inCluster(aResource('SlackReceiver', 'chat', { type: 'global' }, { channels: ['#ops'] })),
      inCluster(anEmailReceiver('adrift', {})),
    ]
    const receivers = samples.filter(({ kind }) => kind.endsWith('Receiver'))
    const board = createBoard(await inForce({ receivers }), {
      secretRefs: kinds.secretRefs,
      missing: ({ name }) => (name === 'smtp' ? 'é'.repeat(50_000) : undefined),
      ownNamespace: 'own',
    })
    for (const sample of samples) {
      const delivery = { time: new Date(now).toISOString(), outcome: 'dead', reason: 'authError' } as const
      const isReceiver = sample.kind.endsWith('Receiver')
      const status = board.statusOf(seen(sample), isReceiver ? delivery : undefined, now)
      const verdict = createValidator(statusSchema(kinds.find(sample.kind)!.role))(status)

      assert.deepEqual(verdict, { ok: true, value: status })
      assert.notEqual(conditionOf({ status })?.message, '')
    }
  })
})
