import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Delivery } from '../../../src/model/delivery.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { receiverKey } from '../builders.ts'
import { dispatchRig } from '../dispatch-rig.ts'
import { compiled, inForce, memoryChannel } from '../rulesets.ts'
import { createVendor } from './vendor.ts'

const down: Delivery = { outcome: 'retry', reason: 'clientError', detail: 'answered 503' }

const channel: typeof memoryChannel = {
  ...memoryChannel,
  plan: (input) => memoryChannel.plan(input).map((part) => ({ ...part, target: part.request })),
}

it('a receiver whose one target fails while the other waits for its turn is tried, counted, and called for the turn', async (context) => {
  const clock = createFakeClock()
  let isUp = false
  const vendor = createVendor({
    clock,
    destination: { limits: [{ limit: 1, perMs: 60_000 }] },
    answer: ({ target }) => (isUp || target !== 'flaky' ? { outcome: 'sent' } : down),
  })
  const receivers = [
    compiled('bob', { channel }, { to: ['robot'] }),
    compiled('ann', { channel }, { to: ['robot', 'flaky'] }),
  ]
  const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: inForce({ receivers }) })
  await post('A', 'bob')
  await clock.advance(1_000)
  await post('A', 'ann')
  await clock.advance(500)
  const [waiting] = outbox.pending({ limit: 1, receiver: receiverKey('ann') })
  assert.deepEqual([waiting?.reason, waiting?.attempts], ['clientError', 1])
  const turnAt = (vendor.at('robot')[0]?.at ?? 0) + 100 + 61_200
  await clock.advance(turnAt + 100 - clock.now())
  assert.deepEqual(
    vendor.at('robot').map(({ at }) => at),
    [turnAt - 61_300, turnAt + 100],
  )
  isUp = true
  await clock.advance(120_000)
  assert.deepEqual([outbox.counts().pending, vendor.at('robot').length], [0, 2], 'nothing is told twice')
})
