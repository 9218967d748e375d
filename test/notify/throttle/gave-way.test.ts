import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Destination } from '../../../src/channels/channel.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { dispatchRig } from '../dispatch-rig.ts'
import { createVendor, names, receivers } from './vendor.ts'

const minuteMs = 60_000
const oneAMinute: Partial<Destination> = { limits: [{ limit: 1, perMs: minuteMs }] }

describe('a notification that gave way while it waited for its turn', () => {
  it('takes no turn: its lane, and others of the same destination, are told as often as may be', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, destination: oneAMinute })
    const rules = receivers({ ann: 'robot', bob: 'robot' })
    const outboxLimits = { maxPerReceiver: 2 }
    const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules, outboxLimits })
    for (const text of names('A', 20)) {
      await post(text, 'ann')
      await clock.advance(1_000)
    }
    await post('B', 'bob')
    assert.equal(outbox.counts().dead, 17, 'all gave way but the first, which was sent, and the last two')
    await clock.advance(5 * minuteMs)
    assert.deepEqual([outbox.counts().pending, vendor.arrivals.length], [0, 4])
  })
})
