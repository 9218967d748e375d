import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../../src/model/delivery.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { dispatchRig } from '../dispatch-rig.ts'
import { called, entered, join, openGate } from './gate-rig.ts'
import { throttleLimits } from '../../../src/notify/throttle/limits.ts'
import { createVendor, names, receivers } from './vendor.ts'

const { maxCallsPerDestination: most } = throttleLimits

describe('many calls to one destination', () => {
  it('are let through up to a number, and as one ends the next is called', () => {
    const gate = openGate()
    const entries = names('r', most).map(() => entered(gate, 0))
    const late = join(gate, 'late')
    assert.equal(gate.enter(0, late), undefined)
    assert.deepEqual([called(gate, 1_000), gate.nextAt(1_000)], [[], Infinity], 'no time brings room, only an end')
    gate.finish(entries[0]!, 2_000, { outcome: 'sent' })
    assert.deepEqual(called(gate, 2_000), ['late'])
    entered(gate, 2_000, late)
    assert.equal(gate.enter(2_000, undefined), undefined)
  })

  it('keep the place of who was called, whoever comes before them', () => {
    const gate = openGate()
    const entries = names('r', most).map(() => entered(gate, 0))
    const ann = join(gate, 'ann')
    gate.finish(entries[0]!, 1_000, { outcome: 'sent' })
    assert.deepEqual(called(gate, 1_000), ['ann'])
    assert.equal(gate.enter(1_001, undefined), undefined)
    entered(gate, 1_002, ann)
  })

  it('leave places for other destinations when that one hangs', async (context) => {
    const clock = createFakeClock()
    const never = new Promise<Delivery>(() => undefined)
    const hanging = names('h', 200)
    const vendor = createVendor({ clock, answer: ({ target }) => (target === 'hanging' ? never : { outcome: 'sent' }) })
    const targets = { ...Object.fromEntries(hanging.map((name) => [name, 'hanging'])), ann: 'other' }
    const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: receivers(targets) })
    await post('A', ...hanging)
    await clock.advance(1_000)
    assert.equal(vendor.at('hanging').length, 48)
    await post('B', 'ann')
    await clock.advance(200)
    assert.equal(vendor.at('other').length, 1)
    const [waiting] = outbox.pending({ limit: 1, receiver: 'EmailReceiver/h199' })
    assert.match(waiting?.detail ?? '', /waits for its turn: 48 calls to one test robot are under way/u)
  })
})
