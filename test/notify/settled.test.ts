import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../src/model/delivery.ts'
import { type SettledDelivery } from '../../src/notify/settled.ts'
import { dispatchRig } from './dispatch-rig.ts'
import { compiled, inForce, memorySender } from './rulesets.ts'

const ann = inForce({ receivers: [compiled('ann')] })
const retry: Delivery = { outcome: 'retry', reason: 'serverError', detail: 'the server answered 503' }
const failed: Delivery = { outcome: 'failed', reason: 'authError', detail: 'the server answered 401' }
const deferred: Delivery = {
  outcome: 'deferred',
  cause: 'throttle',
  reason: 'rateLimited',
  detail: 'its turn comes later',
  afterMs: 1_000,
}

describe('who looks on while notifications are settled', () => {
  it('is told of each attempt that ended and of its end, after it was stored', async (context) => {
    const answers = [retry, { outcome: 'sent' } as const, failed]
    const told: SettledDelivery[] = []
    const stored: (string | undefined)[] = []
    const rig = await dispatchRig(context, {
      sender: memorySender(() => answers.shift() ?? failed),
      inForce: ann,
      settled(record) {
        told.push(record)
        stored.push(rig.outbox.history({ limit: 1 })[0]?.outcome)
      },
    })
    const startedAt = rig.clock.now()
    await rig.post('A', 'ann')
    await rig.clock.advance(60_000)
    await rig.post('B', 'ann')
    rig.use(inForce({ receivers: [] }))
    await rig.post('C', 'ann')

    assert.deepEqual(
      told.map(({ outcome, reason }) => [outcome, reason]),
      [
        ['retry', 'serverError'],
        ['sent', undefined],
        ['dead', 'authError'],
        ['cancelled', undefined],
      ],
    )
    assert.deepEqual(stored, ['retry', 'sent', 'dead', 'cancelled'])
    const { receiver, channel, detail, at, notification } = told[0]!
    assert.deepEqual([receiver, channel, detail, at], ['EmailReceiver/ann', 'email', retry.detail, startedAt])
    assert.equal(told[1]?.notification, notification)
  })

  it('is not told of what only waits for its turn', async (context) => {
    const answers = [deferred, { outcome: 'sent' } as const]
    const told: string[] = []
    const rig = await dispatchRig(context, {
      sender: memorySender(() => answers.shift() ?? failed),
      inForce: ann,
      settled: ({ outcome }) => void told.push(outcome),
    })
    await rig.post('A', 'ann')
    assert.deepEqual(told, [])
    await rig.clock.advance(2_000)

    assert.deepEqual(told, ['sent'])
  })

  it('cannot break the dispatcher', async (context) => {
    const rig = await dispatchRig(context, {
      sender: memorySender(() => ({ outcome: 'sent' })),
      inForce: ann,
      settled() {
        throw new Error('a bug of the onlooker')
      },
    })
    await rig.post('A', 'ann')
    await rig.post('B', 'ann')

    assert.deepEqual([rig.outbox.counts().pending, rig.outbox.history({ limit: 9 }).length], [0, 2])
    assert.deepEqual(rig.logger.messages('error'), [
      'a settled delivery was not fully announced',
      'a settled delivery was not fully announced',
    ])
  })
})
