import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { difference, leftovers, type ObjectStatus } from '../../src/kubernetes/status/object-status.ts'
import { type MissingSecret } from '../../src/rules/readiness.ts'
import { aManager, anEmailReceiver } from '../support/resources.ts'
import {
  config,
  inCluster,
  inForce,
  invalid,
  now,
  nowText,
  receiver,
  refused,
  seen,
  statusOf,
} from './status-samples.ts'

describe('the status that an object should have', () => {
  it('tells readiness, tenant and config, with the generation that was compiled', async () => {
    assert.deepEqual(await statusOf(seen(receiver)), {
      observedGeneration: 1,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          observedGeneration: 1,
          lastTransitionTime: nowText,
          reason: 'DefaultConfig',
          message: 'the default EmailConfig/default is used',
        },
      ],
      tenant: 'payments',
      config: 'default',
    })
  })

  it('does not claim a generation that is not compiled yet', async () => {
    const status = await statusOf(seen(receiver, { generation: 2 }))

    assert.equal(status?.observedGeneration, 1)
    assert.equal(status.conditions[0].observedGeneration, 1)
  })

  it('claims a newest generation that was refused, while the last good one stays in force', async () => {
    const stale = { ...receiver, stale: true }
    const world = await inForce({ receivers: [stale], refused, problems: [invalid] })
    const status = await statusOf(seen(receiver, { generation: 3 }), { world })

    assert.equal(status?.observedGeneration, 3)
    assert.equal(status.conditions[0].reason, 'InvalidObject')
    assert.deepEqual([status.tenant, status.config], ['payments', 'default'])
  })

  it('says what is wrong with an object that was never valid', async () => {
    const world = await inForce({ receivers: [], refused, problems: [invalid] })
    const status = await statusOf(seen(receiver, { generation: 3 }), { world })

    assert.equal(status?.observedGeneration, 3)
    assert.match(status.conditions[0].message, /^spec\.to: is required; list an address/u)
  })

  it('is left alone when nothing of the object was compiled: new, or made anew under the same name', async () => {
    assert.equal(await statusOf(seen(inCluster(anEmailReceiver('new', {})))), undefined)
    assert.equal(await statusOf(seen(receiver, { uid: 'uid-2' })), undefined)
  })

  it('keeps the time of the last transition until the status changes', async () => {
    const first = await statusOf(seen(receiver))
    const later = now + 60_000
    const missing: MissingSecret = () => 'there is no such Secret'
    const same = await statusOf(seen(receiver, { status: first }), { at: later })
    const changed = await statusOf(seen(receiver, { status: first }), { at: later, missing })
    const other = await statusOf(seen(receiver, { status: changed }), { at: later + 60_000, missing: () => 'other' })

    assert.equal(same?.conditions[0].lastTransitionTime, nowText)
    assert.deepEqual(
      [changed, other].map((status) => [status?.conditions[0].status, status?.conditions[0].lastTransitionTime]),
      [
        ['False', '2026-11-22T16:01:00Z'],
        ['False', '2026-11-22T16:01:00Z'],
      ],
    )
  })

  it('survives whatever else stands in the status', async () => {
    for (const status of [null, 'text', [], { conditions: 'x' }, { conditions: [null, 1] }, { conditions: [{}] }]) {
      const found = await statusOf(seen(receiver, { status }))
      assert.equal(found?.conditions[0].lastTransitionTime, nowText)
      assert.equal(difference(status, found), 'other')
    }
  })

  it('looks for the Secrets of configs where the NotificationManager says, or else in the own namespace', async () => {
    const asked: string[] = []
    const missing: MissingSecret = ({ namespace }) => void asked.push(namespace)
    await statusOf(seen(config), { missing })
    const managers = [inCluster(aManager({ spec: { defaultSecretNamespace: 'mailing' } }))]
    await statusOf(seen(config), { missing, world: await inForce({ managers }) })

    assert.deepEqual(asked, ['own', 'mailing'])
  })
})

describe('the difference between statuses', () => {
  const desired: ObjectStatus = {
    observedGeneration: 1,
    conditions: [
      { type: 'Ready', status: 'True', observedGeneration: 1, lastTransitionTime: nowText, reason: 'R', message: 'm' },
    ],
    tenant: 'a',
    lastDelivery: { time: nowText, outcome: 'sent' },
  }
  const [ready] = desired.conditions

  const cases: readonly (readonly [string, unknown, ReturnType<typeof difference>])[] = [
    ['nothing', desired, 'none'],
    [
      'what others added',
      {
        ...desired,
        conditions: [
          { type: 'Deployed', status: 'False' },
          { ...ready, extra: 1 },
        ],
        x: 1,
      },
      'none',
    ],
    ['no status', undefined, 'other'],
    ['another reason', { ...desired, conditions: [{ ...ready, reason: 'S' }] }, 'other'],
    ['another generation', { ...desired, observedGeneration: 2 }, 'other'],
    ['a missing tenant', { ...desired, tenant: undefined }, 'other'],
    ['a config that should not be there', { ...desired, config: 'c' }, 'other'],
    ['no delivery', { ...desired, lastDelivery: undefined }, 'delivery'],
    ['another delivery', { ...desired, lastDelivery: { time: nowText, outcome: 'dead' } }, 'delivery'],
  ]
  for (const [what, observed, expected] of cases) {
    it(`is ${expected} for ${what}`, () => assert.equal(difference(observed, desired), expected))
  }

  it('names what should not be there', () => {
    assert.deepEqual(leftovers({ tenant: 'b', config: 'c' }, desired), ['config'])
  })
})
