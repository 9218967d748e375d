import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../src/model/delivery.ts'
import { createAges } from '../../src/notify/ages.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { aPost, openSqlite } from './builders.ts'
import { dispatchRig } from './dispatch-rig.ts'
import { compiled, inForce, memorySender } from './rulesets.ts'

const day = 86_400_000
const sent: Delivery = { outcome: 'sent' }
const unavailable: Delivery = { outcome: 'retry', reason: 'serverError', detail: 'the server answered 503' }
const rules = inForce({ receivers: [compiled('ann', { options: { timeoutMs: 60_000 } })] })
const directions: Readonly<Record<string, number>> = { 'a day ahead': day, 'a day back': -day }

for (const [name, ms] of Object.entries(directions)) {
  describe(`a clock that is set ${name}`, () => {
    it('makes nobody wait longer or shorter for the next attempt', async (context) => {
      const answers = [unavailable, unavailable, unavailable]
      const sender = memorySender(() => answers.shift() ?? sent)
      const { clock, post, outbox } = await dispatchRig(context, { sender, inForce: rules })
      await post('A', 'ann')
      clock.jump(ms)
      await clock.advance(749)
      assert.equal(sender.requests.length, 1)
      await clock.advance(1)
      assert.equal(sender.requests.length, 2)
      await clock.advance(1_500 + 3_000)
      assert.deepEqual([sender.requests.length, outbox.counts().pending], [4, 0])
    })

    it('lets nobody else take what is being sent', async (context) => {
      const ends: ((delivery: Delivery) => void)[] = []
      const sender = memorySender(() => new Promise<Delivery>((resolve) => ends.push(resolve)))
      const { clock, post, outbox, dispatcher } = await dispatchRig(context, { sender, inForce: rules })
      await post('A', 'ann')
      clock.jump(ms)
      dispatcher.notify()
      await clock.advance(50_000)
      ends[0]?.(sent)
      await clock.advance(1_000)
      assert.deepEqual([sender.requests.length, outbox.counts().pending], [1, 0])
    })

    it('makes nothing too old that is not', async (context) => {
      const sender = memorySender(() => unavailable)
      const { clock, post, outbox } = await dispatchRig(context, { sender, inForce: rules })
      await post('A', 'ann')
      clock.jump(ms)
      await clock.advance(3_600_000)
      assert.deepEqual([outbox.counts().pending, outbox.counts().dead], [1, 0])
      await clock.advance(2 * day)
      assert.equal(outbox.deadLetters({ limit: 1 })[0]?.reason, 'tooOld')
    })

    it('does not hold back what the throttle asked to wait', async (context) => {
      const answers: Delivery[] = [{ outcome: 'retry', reason: 'rateLimited', detail: '429', afterMs: 90_000 }]
      const sender = memorySender(() => answers.shift() ?? sent)
      const { clock, post } = await dispatchRig(context, { sender, inForce: rules })
      await post('A', 'ann')
      clock.jump(ms)
      await clock.advance(89_999)
      assert.equal(sender.requests.length, 1)
      await clock.advance(1)
      assert.equal(sender.requests.length, 2)
    })
  })
}

describe('a clock that is set while the process is down', () => {
  it('makes what was put off wait for what was left', async (context) => {
    const directory = await temporaryFolder(context)
    const clock = createFakeClock()
    const first = openSqlite({ directory, clock })
    await first.put(aPost({ at: clock.now(), receivers: ['ann'] }))
    const [claim] = await first.claim({ now: clock.now(), limit: 1, leaseMs: 1_000 })
    const retry = { state: 'retry', reason: 'serverError', detail: '', done: [], refusals: [] } as const
    await first.settle(claim!, { ...retry, at: clock.now() + 60_000 }, { now: clock.now(), tookMs: 1 })
    await first.close()
    clock.jump(-day)
    const second = openSqlite({ directory, clock })
    context.after(() => second.close())
    const claims = async (): Promise<number> =>
      (await second.claim({ now: clock.now(), limit: 1, leaseMs: 1_000 })).length
    assert.equal(second.nextDue(), clock.now() + 60_000)
    await clock.advance(59_999)
    assert.equal(await claims(), 0)
    await clock.advance(1)
    assert.equal(await claims(), 1)
  })
})

describe('ages', () => {
  it('are those of time, not of the clock', async () => {
    const clock = createFakeClock()
    const ageOf = createAges(clock)
    const before = clock.now()
    await clock.advance(10_000)
    clock.jump(day)
    const after = clock.now()
    await clock.advance(5_000)
    assert.deepEqual([ageOf(before), ageOf(after)], [15_000, 5_000])
    clock.jump(-day)
    const right = clock.now()
    await clock.advance(1_000)
    assert.deepEqual([ageOf(before), ageOf(right)], [16_000, 1_000])
    clock.jump(-day)
    assert.equal(ageOf(right), 0, 'nothing is older than it is')
  })

  it('follow small corrections of the clock', async () => {
    const clock = createFakeClock()
    const ageOf = createAges(clock)
    const before = clock.now()
    clock.jump(2_000)
    await clock.advance(1_000)
    assert.equal(ageOf(before), 3_000)
  })
})

describe('a notification behind another', () => {
  it('is told right after it, though the clock was set back since it was accepted', async (context) => {
    const ends: ((delivery: Delivery) => void)[] = []
    const sender = memorySender(() => new Promise<Delivery>((resolve) => ends.push(resolve)))
    const { clock, post, outbox } = await dispatchRig(context, { sender, inForce: rules })
    await post('A', 'ann')
    await post('B', 'ann')
    clock.jump(-day)
    ends[0]?.(sent)
    await clock.advance(1_000)
    assert.equal(sender.requests.length, 2)
    ends[1]?.(sent)
    await clock.advance(1_000)
    assert.equal(outbox.counts().pending, 0)
  })
})
