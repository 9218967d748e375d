import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Destination } from '../../../src/channels/channel.ts'
import { type Outbox } from '../../../src/notify/outbox.ts'
import { createFakeClock, settle } from '../../support/fake-clock.ts'
import { receiverKey } from '../builders.ts'
import { dispatchRig } from '../dispatch-rig.ts'
import { busiest, createVendor, names, receivers } from './vendor.ts'

const minuteMs = 60_000
const twentyAMinute: Partial<Destination> = { limits: [{ limit: 20, perMs: minuteMs }], maxWaitMs: 10_000 }

/** How often each notification's history says that it was put off. */
function putOff(outbox: Outbox): readonly number[] {
  const lines = outbox.history({ limit: 10_000 }).filter(({ outcome }) => outcome === 'deferred')
  return [...Map.groupBy(lines, ({ notification }) => notification).values()].map((group) => group.length)
}

describe('a robot that takes 20 messages a minute', () => {
  it('gets 100 notifications of one receiver in order, none lost, none refused, never 21 in a minute', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, destination: twentyAMinute })
    const rules = receivers({ ann: 'robot' })
    const { post, outbox, metrics } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    const texts = names('A', 100)
    for (const text of texts) await post(text, 'ann')
    assert.equal(outbox.counts().pending, 100)
    await clock.advance(4 * minuteMs + 30_000)
    assert.deepEqual(
      vendor.arrivals.map(({ request }) => request),
      texts.map((text) => `robot: ${text}`),
    )
    assert.equal(
      busiest(
        vendor.arrivals.map(({ at }) => at),
        minuteMs,
      ),
      20,
    )
    assert.deepEqual([outbox.counts().pending, outbox.counts().dead], [0, 0])
    const sent = outbox.history({ limit: 1_000 }).filter(({ outcome }) => outcome === 'sent')
    assert.deepEqual([sent.length, new Set(sent.map(({ attempt }) => attempt))], [100, new Set([1])])
    assert.ok(putOff(outbox).every((lines) => lines === 1))
    assert.ok(metrics.counted('deliveries_deferred_total', { channel: 'email', cause: 'throttle' }) <= 100)
    assert.equal(metrics.counted('deliveries_total', { outcome: 'retry' }), 0)
  })

  it('gets 100 notifications of 100 receivers, each told once when to come, in the order in which they asked', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, destination: twentyAMinute })
    const team = names('r', 100)
    const rules = receivers({ ...Object.fromEntries(team.map((name) => [name, 'robot'])), bob: 'other' })
    const rig = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    const { post, outbox, metrics } = rig
    const startedAt = clock.now()
    await post('A', ...team)
    const posted: number[] = []
    for (let count = 0; count < 30; count += 1) {
      posted.push(clock.now())
      await post(`B${count}`, 'bob')
      await clock.advance(10_000)
    }
    assert.equal(vendor.at('robot').length, 100)
    assert.equal(
      busiest(
        vendor.at('robot').map(({ at }) => at),
        minuteMs,
      ),
      20,
    )
    assert.ok((vendor.at('robot').at(-1)?.at ?? 0) - startedAt < 4 * minuteMs + 15_000)
    assert.deepEqual([outbox.counts().pending, outbox.counts().dead], [0, 0])
    assert.equal(metrics.counted('deliveries_deferred_total', { channel: 'email', cause: 'throttle' }), 80)
    assert.ok(putOff(outbox).every((lines) => lines === 1))
    assert.equal(metrics.counted('deliveries_total', { outcome: 'sent' }), 130)
    assert.equal(metrics.observed('destination_wait_seconds', { channel: 'memory' }).length, 80)
    const latencies = vendor.at('other').map(({ at }, index) => at - (posted[index] ?? 0))
    assert.deepEqual(new Set(latencies), new Set([100]), 'another robot is as quick as ever')
  })

  it('is shared fairly: who has one notification waits for one of those who have many', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, destination: twentyAMinute })
    const rules = receivers({ ann: 'robot', bob: 'robot' })
    const { post } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    for (const text of names('A', 60)) await post(text, 'ann')
    await clock.advance(10_000)
    await post('B', 'bob')
    await clock.advance(60_000)
    const place = vendor.arrivals.findIndex(({ request }) => request === 'robot: B')
    assert.ok(place === 20 || place === 21, `bob came ${place + 1}th`)
  })

  it('shows what waits, why, and until when', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, destination: twentyAMinute })
    const rules = receivers({ ann: 'robot', bob: 'robot' })
    const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    for (const text of names('A', 21)) await post(text, 'ann')
    await clock.advance(5_000)
    const [waiting] = outbox.pending({ limit: 1, receiver: receiverKey('ann') })
    assert.deepEqual(
      [waiting?.reason, waiting?.detail, waiting?.attempts],
      ['rateLimited', 'waits for its turn: at most 20 in 1m for one test robot', 0],
    )
    const firstEndedAt = (vendor.arrivals[0]?.at ?? 0) + 100
    const turnAt = firstEndedAt + minuteMs + 1_200
    assert.equal(waiting?.nextAttemptAt, turnAt + 5_000, 'comes back by itself 5 s after its turn, were it not called')
    await clock.advance(turnAt - clock.now() + 100)
    assert.equal(vendor.arrivals.length, 21)
  })

  it('lets an attempt wait for a turn that is near, without counting that against its deadline', async (context) => {
    const clock = createFakeClock()
    const destination = { limits: [{ limit: 1, perMs: 6_000 }], maxWaitMs: 10_000 }
    const vendor = createVendor({ clock, destination, latencyMs: 2_000 })
    const rules = receivers({ ann: 'robot' }, { options: { timeoutMs: 5_000 } })
    const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    await post('A', 'ann')
    await post('B', 'ann')
    await clock.advance(4_000 + 6_120 + 4_000)
    assert.equal(vendor.arrivals.length, 2)
    assert.deepEqual(
      outbox.history({ limit: 9 }).map(({ outcome, tookMs }) => `${outcome} ${tookMs}`),
      ['sent 10120', 'sent 4000'],
    )
  })

  it('keeps few attempts waiting, so that others find room', async (context) => {
    const clock = createFakeClock()
    const destination = { limits: [{ limit: 1, perMs: 2_000 }], maxWaitMs: 15_000 }
    const vendor = createVendor({ clock, destination })
    const team = names('r', 300)
    const rules = receivers(Object.fromEntries(team.map((name, index) => [name, `robot${index % 100}`])))
    const limits = { concurrency: 16 }
    const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules, limits })
    await post('A', ...team)
    while (outbox.counts().leased > 4) {
      await settle()
      await clock.advance(100)
    }
    assert.equal(vendor.arrivals.length, 100, 'nobody waited for a robot that was free')
    assert.equal(outbox.counts().leased, 4, 'a quarter of the attempts wait')
    await clock.advance(10_000)
    assert.equal(vendor.arrivals.length, 300)
  })

  it('takes a limit that was raised from then on, and one that was lowered', async (context) => {
    const clock = createFakeClock()
    let limit = 1
    const vendor = createVendor({ clock, destination: () => ({ limits: [{ limit, perMs: 30 * minuteMs }] }) })
    const team = names('r', 50)
    const rules = receivers(Object.fromEntries(team.map((name) => [name, 'robot'])))
    const { post, dispatcher } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    await post('A', ...team)
    await clock.advance(5 * minuteMs)
    assert.equal(vendor.arrivals.length, 1)
    limit = 20
    dispatcher.rulesetChanged()
    await clock.advance(1_000)
    assert.equal(vendor.arrivals.length, 20, 'what was sent before counts')
    limit = 10
    dispatcher.rulesetChanged()
    await clock.advance(31 * minuteMs)
    assert.equal(vendor.arrivals.length, 30)
    await clock.advance(62 * minuteMs)
    assert.equal(vendor.arrivals.length, 50)
  })
})
