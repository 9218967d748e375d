import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../src/model/delivery.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { dispatchRig } from '../notify/dispatch-rig.ts'
import { createVendor, receivers } from '../notify/throttle/vendor.ts'

const pauseMs = 90_000
const minuteMs = 60_000
const sent: Delivery = { outcome: 'sent' }
const pauses: Readonly<Record<string, Delivery>> = {
  429: { outcome: 'retry', reason: 'rateLimited', detail: 'answered 429 Too Many Requests', afterMs: pauseMs },
  503: { outcome: 'retry', reason: 'serverError', detail: 'answered 503 Service Unavailable', afterMs: pauseMs },
}

for (const [status, pause] of Object.entries(pauses)) {
  describe(`a far side that answers ${status} with Retry-After`, () => {
    it('is not asked again by anybody before, however often it says so', async (context) => {
      const clock = createFakeClock()
      const vendor = createVendor({ clock, answer: () => pause })
      const rules = receivers({ ann: 'shared', bob: 'shared' })
      const { post } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
      await post('A', 'ann')
      await clock.advance(minuteMs)
      await post('A', 'bob')
      await clock.advance(20 * minuteMs)
      const gaps = vendor.arrivals.map(({ at }, place) => at - (vendor.arrivals[place - 1]?.at ?? -Infinity))
      assert.ok(gaps.length > 10, `${gaps.length} calls`)
      assert.ok(
        gaps.every((gap) => gap >= pauseMs),
        `calls ${gaps.join()} ms apart`,
      )
    })

    it('is not asked again before because it took what was on its way', async (context) => {
      const clock = createFakeClock()
      const late = Promise.withResolvers<Delivery>()
      const answers: (Delivery | Promise<Delivery>)[] = [late.promise, pause]
      const vendor = createVendor({ clock, answer: () => answers.shift() ?? sent })
      const rules = receivers({ ann: 'shared', bob: 'shared' })
      const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
      await post('A', 'ann')
      await clock.advance(1_000)
      await post('A', 'bob')
      await clock.advance(200)
      const pausedAt = clock.now()
      late.resolve(sent)
      await clock.advance(1_000)
      await post('B', 'ann')
      await clock.advance(pausedAt + pauseMs - 1 - clock.now())
      assert.deepEqual([vendor.arrivals.length, outbox.counts().pending], [2, 2])
      await clock.advance(10_000)
      assert.deepEqual([vendor.arrivals.length, outbox.counts().pending], [4, 0])
    })

    it('is not asked again before because a notification grows too old', async (context) => {
      const clock = createFakeClock()
      const vendor = createVendor({ clock, answer: () => pause })
      const { post, outbox } = await dispatchRig(context, {
        clock,
        sender: vendor.sender,
        inForce: receivers({ ann: 'shared' }),
        limits: { maxAgeMs: minuteMs },
      })
      await post('A', 'ann')
      await clock.advance(pauseMs - 1_000)
      assert.equal(vendor.arrivals.length, 1)
      const [letter] = outbox.deadLetters({ limit: 1 })
      assert.equal(letter?.reason, 'tooOld')
      assert.match(letter.detail, new RegExp(`answered ${status}`, 'u'))
    })

    it('is not asked again before because the process was started anew', async (context) => {
      const clock = createFakeClock()
      const vendor = createVendor({ clock, answer: () => pause })
      const inForce = receivers({ ann: 'shared' })
      const first = await dispatchRig(context, { clock, sender: vendor.sender, inForce })
      await first.post('A', 'ann')
      await clock.advance(200)
      const drained = first.dispatcher.drain(0)
      await clock.advance(0)
      await drained
      await first.outbox.close()
      const { directory } = first
      await dispatchRig(context, { clock, directory, sender: vendor.sender, inForce })
      await clock.advance(pauseMs - 1_000)
      assert.equal(vendor.arrivals.length, 1)
      await clock.advance(2_000)
      assert.equal(vendor.arrivals.length, 2)
    })
  })
}
