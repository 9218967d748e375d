import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../src/model/delivery.ts'
import { dispatchRig } from './dispatch-rig.ts'
import { compiled, inForce, memoryChannel, memorySender } from './rulesets.ts'

/** A channel that tells two targets: each address belongs to the one that its first letter names. */
const channel: typeof memoryChannel = {
  ...memoryChannel,
  plan: (input) => memoryChannel.plan(input).map((part) => ({ ...part, target: part.request.slice(0, 1) })),
}

const down: Delivery = { outcome: 'retry', reason: 'serverError', detail: 'the server answered 503' }
const later: Delivery = {
  outcome: 'deferred',
  reason: 'rateLimited',
  cause: 'throttle',
  detail: 'its turn comes',
  afterMs: 750,
}
const sent: Delivery = { outcome: 'sent' }

describe('parts of several targets', () => {
  for (const [name, held] of Object.entries({ 'to be tried again': down, 'whose turn has not come': later })) {
    it(`are not held back by one ${name}; those of its own target are`, async (context) => {
      const answers = new Map([['r1: A', [held]]])
      const sender = memorySender((request) => answers.get(request)?.shift() ?? sent)
      const receivers = [compiled('ann', { channel }, { to: ['r1', 'r2', 'c1', 'c2'] })]
      const { clock, post, outbox } = await dispatchRig(context, { sender, inForce: inForce({ receivers }) })

      await post('A', 'ann')
      const first = [...sender.requests]
      await clock.advance(1_000)

      assert.deepEqual(first, ['r1: A', 'c1: A', 'c2: A'])
      assert.deepEqual(sender.requests.slice(first.length), ['r1: A', 'r2: A'])
      assert.equal(outbox.counts().pending, 0)
    })
  }
})

describe('an attempt that runs out of time', () => {
  for (const [name, held] of Object.entries({
    'to be tried again later': { ...down, afterMs: 90_000 },
    'whose turn has not come': { ...later, afterMs: 90_000 },
  })) {
    it(`waits as long as a part ${name} must`, async (context) => {
      const answers = new Map([['r1: A', [held]]])
      const sender = memorySender(async (request) => {
        const answer = answers.get(request)?.shift()
        if (answer === undefined) await rig.clock.sleep(1_000)
        return answer ?? sent
      })
      const receivers = [compiled('ann', { channel }, { to: ['r1', 'c1', 'c2', 'c3', 'c4'] })]
      const rig = await dispatchRig(context, {
        sender,
        inForce: inForce({ receivers }),
        limits: { maxAttemptMs: 1_500 },
      })

      await rig.post('A', 'ann')
      await rig.clock.advance(89_000)
      assert.equal(sender.requests.filter((request) => request === 'r1: A').length, 1)
      await rig.clock.advance(10_000)

      assert.equal(sender.requests.filter((request) => request === 'r1: A').length, 2)
      assert.equal(rig.outbox.counts().pending, 0)
    })
  }
})
