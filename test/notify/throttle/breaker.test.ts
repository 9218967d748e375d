import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../../src/model/delivery.ts'
import { createFakeClock, settle } from '../../support/fake-clock.ts'
import { receiverKey } from '../builders.ts'
import { dispatchRig } from '../dispatch-rig.ts'
import { createVendor, names, receivers, type Arrival } from './vendor.ts'

const minuteMs = 60_000
const sent: Delivery = { outcome: 'sent' }
const down: Delivery = { outcome: 'retry', reason: 'connectionError', detail: 'vendor.example refused the connection' }
const team = names('r', 1_000)
const sharing = receivers(Object.fromEntries(team.map((name) => [name, 'vendor'])))

/** How many calls came in each minute from a moment on. */
function perMinute(arrivals: readonly Arrival[], from: number): readonly number[] {
  const counts: number[] = []
  for (const { at } of arrivals) {
    const minute = Math.floor((at - from) / minuteMs)
    counts[minute] = (counts[minute] ?? 0) + 1
  }
  return Array.from(counts, (count: number | undefined) => count ?? 0)
}

describe('the circuit breaker', () => {
  it('costs a dead vendor with a thousand lanes one probe a period, and lets all go in order when it is back', async (context) => {
    const clock = createFakeClock()
    let isUp = false
    const vendor = createVendor({ clock, answer: () => (isUp ? sent : down) })
    const rig = await dispatchRig(context, { clock, sender: vendor.sender, inForce: sharing })
    const { post, outbox, metrics } = rig
    const startedAt = clock.now()
    await post('A', ...team)
    await post('B', ...team)
    await clock.advance(20 * minuteMs)
    const [first = 0, second = 0, ...later] = perMinute(vendor.arrivals, startedAt)
    assert.ok(first <= 64 + 10 && second <= 2, `${first} and ${second} calls in the first minutes`)
    assert.ok(
      later.every((count) => count <= 1),
      later.join(' '),
    )
    assert.ok(later.filter((count) => count === 1).length >= 8, 'it is probed every two minutes')
    assert.equal(metrics.level('destinations_open'), 1)
    assert.ok(metrics.counted('deliveries_deferred_total', { channel: 'email', cause: 'breaker' }) >= 900)
    const before = vendor.arrivals.length
    isUp = true
    const backAt = clock.now()
    while (outbox.counts().pending > 0) {
      await clock.advance(500)
      assert.ok(clock.now() - backAt < 130_000, `${outbox.counts().pending} still wait`)
    }
    const told = vendor.arrivals.slice(before)
    const lastsMs = (told.at(-1)?.at ?? 0) - (told[0]?.at ?? 0)
    assert.ok(lastsMs < 10_000, `from the probe to the last of 2,000 it took ${lastsMs} ms`)
    assert.equal(told.length, 2_000)
    assert.equal(metrics.level('destinations_open'), 0)
    const texts = told.map(({ request }) => request.slice(-1))
    assert.equal(texts.filter((text) => text === 'A').length, 1_000)
    const records = outbox.history({ limit: 10_000 })
    for (const name of ['r0', 'r500', 'r999']) {
      const ends = records.filter(({ receiver, outcome }) => receiver === receiverKey(name) && outcome === 'sent')
      assert.equal(ends.length, 2)
    }
    assert.deepEqual(outbox.counts().dead, 0)
  })

  it('keeps lanes in order over an outage', async (context) => {
    const clock = createFakeClock()
    let isUp = false
    const vendor = createVendor({ clock, answer: () => (isUp ? sent : down) })
    const rules = receivers({ ann: 'vendor', bob: 'vendor', cid: 'vendor', dan: 'vendor', eva: 'vendor' })
    const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    const texts = names('A', 10)
    for (const text of texts) await post(text, 'ann', 'bob', 'cid', 'dan', 'eva')
    await clock.advance(3 * minuteMs)
    isUp = true
    await clock.advance(2 * minuteMs + 5_000)
    assert.equal(outbox.counts().pending, 0)
    for (const name of ['ann', 'bob', 'cid', 'dan', 'eva']) {
      const sentIds = outbox.history({ limit: 1_000, receiver: receiverKey(name) })
      const ids = sentIds.filter(({ outcome }) => outcome === 'sent').map(({ notification }) => notification)
      const order = ids.map((id) => Number(/\d+$/u.exec(id)?.[0]))
      assert.deepEqual(
        order,
        order.toSorted((one, other) => other - one),
        'youngest first, as history tells',
      )
      assert.equal(ids.length, 10)
    }
  })

  it('shows the real reason and the next probe on what waits, and counts no attempt', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, answer: () => down })
    const rules = receivers(Object.fromEntries(names('r', 7).map((name) => [name, 'vendor'])))
    const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    await post('A', 'r0', 'r1', 'r2', 'r3', 'r4')
    await clock.advance(300)
    await post('A', 'r5')
    const [waiting] = outbox.pending({ limit: 1, receiver: receiverKey('r5') })
    const probeAt = new Date((vendor.arrivals.at(-1)?.at ?? 0) + 100 + 4_375).toISOString()
    assert.deepEqual(
      [waiting?.reason, waiting?.detail, waiting?.attempts],
      ['connectionError', `vendor.example refused the connection; next probe at ${probeAt}`, 0],
    )
    assert.equal(vendor.arrivals.length, 5)
    await clock.advance(10 * minuteMs)
    const lines = outbox.history({ limit: 100, receiver: receiverKey('r5') })
    assert.equal(lines.filter(({ outcome }) => outcome === 'deferred').length, 1)
    const [still] = outbox.pending({ limit: 1, receiver: receiverKey('r5') })
    assert.equal(still?.attempts, lines.filter(({ outcome }) => outcome === 'retry').length)
  })

  it('does not open for refusals: wrong credentials and wrong requests are nobody else’s trouble', async (context) => {
    const clock = createFakeClock()
    const answers: readonly Delivery[] = [
      { outcome: 'failed', reason: 'authError', detail: 'answered 401' },
      { outcome: 'failed', reason: 'clientError', detail: 'answered 404' },
      { outcome: 'retry', reason: 'secretNotFound', detail: 'there is no secret' },
      { outcome: 'retry', reason: 'addressRefused', detail: '169.254.169.254 is refused' },
      { outcome: 'retry', reason: 'authError', detail: 'the key cannot be read' },
      { outcome: 'retry', reason: 'other', detail: 'a bug' },
    ]
    let calls = 0
    const vendor = createVendor({
      clock,
      answer: () => {
        calls += 1
        return answers[calls % answers.length] ?? sent
      },
    })
    const rules = receivers(Object.fromEntries(names('r', 60).map((name) => [name, 'vendor'])))
    const { post, metrics } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    await post('A', ...names('r', 60))
    await clock.advance(1_000)
    assert.equal(metrics.level('destinations_open'), undefined)
    assert.equal(metrics.counted('deliveries_deferred_total', { cause: 'breaker' }), 0)
  })

  it('needs five failures in a row: one success in between starts the count anew', async (context) => {
    const clock = createFakeClock()
    const answers = [down, down, down, down, sent, down, down, down, down, sent]
    const vendor = createVendor({ clock, answer: () => answers.shift() ?? sent })
    const rules = receivers({ ann: 'vendor' })
    const { post, metrics, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    await post('A', 'ann')
    await post('B', 'ann')
    await clock.advance(minuteMs)
    assert.deepEqual([outbox.counts().pending, metrics.level('destinations_open')], [0, undefined])
  })

  it('bears a vendor that hangs: one deadline at a time, and all lanes when it is back', async (context) => {
    const clock = createFakeClock()
    let isUp = false
    const vendor = createVendor({ clock, answer: () => (isUp ? sent : new Promise<Delivery>(() => undefined)) })
    const others = { ...Object.fromEntries(team.map((name) => [name, 'vendor'])), zoe: 'healthy' }
    const { post, outbox } = await dispatchRig(context, {
      clock,
      sender: {
        ...vendor.sender,
        send: async (part, context) =>
          String(part.request).startsWith('healthy') ? sent : vendor.sender.send(part, context),
      },
      inForce: receivers(others),
    })
    await post('A', ...team)
    await clock.advance(6_000)
    await post('B', 'zoe')
    assert.equal(
      outbox.history({ limit: 1, receiver: receiverKey('zoe') })[0]?.outcome,
      'sent',
      'others are not held up',
    )
    await clock.advance(5 * minuteMs)
    assert.ok(vendor.arrivals.length < 64 + 12, `${vendor.arrivals.length} calls`)
    isUp = true
    await clock.advance(2 * minuteMs + 10_000)
    assert.equal(outbox.counts().pending, 0)
  })

  it('probes with another lane each time, so that a message that nobody can take does not hold up the others', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, answer: ({ request }) => (request.endsWith('poison') ? down : sent) })
    const rules = receivers({ ann: 'vendor', bob: 'vendor' })
    const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    await post('poison', 'ann')
    await clock.advance(30_000)
    await post('B', 'bob')
    await clock.advance(45_000)
    assert.equal(outbox.history({ limit: 1, receiver: receiverKey('bob') })[0]?.outcome, 'sent')
    assert.equal(outbox.counts().pending, 1)
  })

  it('gives the probe to the next when the one who was called is gone', async (context) => {
    const clock = createFakeClock()
    let isUp = false
    const vendor = createVendor({ clock, answer: () => (isUp ? sent : down) })
    const all = Object.fromEntries(names('r', 20).map((name) => [name, 'vendor']))
    const { post, use, dispatcher, outbox } = await dispatchRig(context, {
      clock,
      sender: vendor.sender,
      inForce: receivers(all),
    })
    await post('A', ...names('r', 20))
    await clock.advance(30_000)
    isUp = true
    use(receivers({ r19: 'vendor' }))
    dispatcher.rulesetChanged()
    await clock.advance(minuteMs + 10_000)
    assert.equal(outbox.history({ limit: 1, receiver: receiverKey('r19') })[0]?.outcome, 'sent')
    await clock.advance(5 * minuteMs)
    assert.equal(outbox.counts().pending, 0)
  })

  it('forgets an outage of which nobody waits for the end', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, answer: () => down })
    const { post, use, metrics } = await dispatchRig(context, {
      clock,
      sender: vendor.sender,
      inForce: receivers({ ann: 'vendor' }),
    })
    await post('A', 'ann')
    await clock.advance(minuteMs)
    assert.equal(metrics.level('destinations_open'), 1)
    use(receivers({}))
    await clock.advance(20 * minuteMs)
    assert.equal(metrics.level('destinations_open'), 0)
  })

  it('keeps an outage from no longer than the age limit, and says then what it was', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, answer: () => down })
    const limits = { maxAgeMs: 60 * minuteMs }
    const rules = receivers(Object.fromEntries(names('r', 20).map((name) => [name, 'vendor'])))
    const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules, limits })
    await post('A', ...names('r', 20))
    await clock.advance(60 * minuteMs - 1)
    assert.equal(outbox.counts().dead, 0)
    await clock.advance(1_000)
    assert.deepEqual([outbox.counts().dead, outbox.counts().pending], [20, 0])
    for (const { reason, detail } of outbox.deadLetters({ limit: 20 })) {
      assert.equal(reason, 'tooOld')
      assert.match(detail, /^not delivered within 1 h; .*connectionError.*vendor\.example refused the connection/u)
    }
    await settle()
  })
})
