import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Destination } from '../../../src/channels/channel.ts'
import { type Delivery } from '../../../src/model/delivery.ts'
import { createPassage } from '../../../src/notify/throttle/passage.ts'
import { Throttle } from '../../../src/notify/throttle/throttle.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { createLogCapture } from '../../support/log-capture.ts'
import { createMemoryMetrics } from '../../support/memory-metrics.ts'
import { fixedRandom, receiverKey } from '../builders.ts'
import { dispatchRig } from '../dispatch-rig.ts'
import { compiled, inForce, memorySender } from '../rulesets.ts'
import { createVendor, receivers } from './vendor.ts'

const sent: Delivery = { outcome: 'sent' }
const minuteMs = 60_000

function robot(limit: number, rest: Partial<Destination> = {}): Destination {
  return { key: 'robot', label: 'test robot', limits: [{ limit, perMs: minuteMs }], ...rest }
}

describe('an attempt that passes the throttle', () => {
  it('may make several calls: each counts, and none waits for the one before it', async (context) => {
    const clock = createFakeClock()
    let calls = 0
    const sender = memorySender(async (_, { admit }) => {
      for (let count = 0; count < 3; count += 1) {
        const wait = await admit(robot(4))
        if (wait !== undefined) return wait
        calls += 1
      }
      return sent
    })
    const rules = receivers({ ann: 'a', bob: 'b' })
    const { post, outbox } = await dispatchRig(context, { clock, sender, inForce: rules })
    await post('A', 'ann')
    assert.equal(calls, 3)
    await post('A', 'bob')
    assert.deepEqual([calls, outbox.counts().pending], [4, 1])
    await clock.advance(3 * minuteMs)
    assert.deepEqual([calls, outbox.counts().pending], [7, 0])
  })

  it('counts a destination once that is named twice for one call', async (context) => {
    const clock = createFakeClock()
    const sender = memorySender(async (_, { admit }) => (await admit(robot(1), robot(1))) ?? sent)
    const { post, outbox } = await dispatchRig(context, { clock, sender, inForce: receivers({ ann: 'a' }) })
    await post('A', 'ann')
    assert.equal(outbox.counts().pending, 0)
  })

  it('gives back what it was let through to when another destination of the same call has no room', async (context) => {
    const clock = createFakeClock()
    const sender = memorySender(async (request, { admit }) => {
      const shared: Destination = { ...robot(2), key: 'shared' }
      const own = request.startsWith('narrow') ? [robot(1)] : []
      return (await admit(shared, ...own)) ?? sent
    })
    const rules = receivers({ ann: 'narrow', bob: 'narrow', cid: 'wide' })
    const { post, outbox } = await dispatchRig(context, { clock, sender, inForce: rules })
    await post('A', 'ann')
    await post('A', 'bob')
    await post('A', 'cid')
    assert.deepEqual(
      outbox.pending({ limit: 9 }).map(({ receiver }) => receiver),
      [receiverKey('bob')],
    )
  })

  it('leaves nothing behind when its sender asks after its deadline', async (context) => {
    const clock = createFakeClock()
    let asked = 0
    const sender = memorySender(async (request, { admit }) => {
      asked += 1
      if (asked === 1) await clock.sleep(30_000)
      return (await admit(robot(1, { key: request.slice(0, 1) }))) ?? sent
    })
    const rules = receivers({ ann: 'a' })
    const { post, outbox } = await dispatchRig(context, { clock, sender, inForce: rules })
    await post('A', 'ann')
    await clock.advance(29_000)
    assert.equal(outbox.counts().pending, 0, 'the second attempt was let through')
    await clock.advance(2 * minuteMs)
    await post('B', 'ann')
    assert.equal(outbox.counts().pending, 0)
  })

  it('takes no place in the line when its sender asks after it is over', async () => {
    const clock = createFakeClock()
    const throttle = new Throttle({
      ...{ clock, random: fixedRandom(), metrics: createMemoryMetrics(), logger: createLogCapture() },
      ...{ wake: () => Promise.resolve(), usedUntil: undefined },
    })
    const { signal } = new AbortController()
    const [first, second] = ['ann', 'bob'].map((name) =>
      createPassage(throttle, { lane: receiverKey(name), channel: 'email', lease: name }),
    )
    assert.equal(await first?.admit([robot(1)], signal), undefined)
    second?.end()
    assert.equal((await second?.admit([robot(1)], signal))?.outcome, 'deferred')
    assert.deepEqual(throttle.scouts(), [])
  })

  it('is as if it had not been when the process stops while it waits for its turn', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, destination: { limits: [{ limit: 1, perMs: 10_000 }], maxWaitMs: 15_000 } })
    const { post, outbox, dispatcher } = await dispatchRig(context, {
      clock,
      sender: vendor.sender,
      inForce: receivers({ ann: 'robot', bob: 'robot' }),
    })
    await post('A', 'ann')
    await clock.advance(1_000)
    await post('A', 'bob')
    assert.equal(outbox.counts().leased, 1, 'it waits')
    const drained = dispatcher.drain(2_000)
    await clock.advance(2_000)
    await drained
    assert.deepEqual(outbox.history({ limit: 9, receiver: receiverKey('bob') }), [])
    assert.equal(outbox.pending({ limit: 9 })[0]?.attempts, 0)
  })

  it('does not count as an attempt whose template failed while it only waits', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, destination: { limits: [{ limit: 1, perMs: minuteMs }] } })
    const broken = { templates: { body: 'broken' } }
    const rules = inForce({
      receivers: [
        compiled('ann', broken, { to: ['robot'] }),
        compiled('bob', broken, { to: ['robot'], template: 'broken' }),
      ],
    })
    const { post, metrics } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    await post('A', 'ann', 'bob')
    await clock.advance(2 * minuteMs)
    assert.equal(vendor.arrivals.length, 2)
    assert.equal(metrics.counted('template_fallbacks_total'), 1)
  })
})
