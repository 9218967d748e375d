import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { describe, it } from 'node:test'
import { type Destination, type Sender } from '../../../src/channels/channel.ts'
import { type Delivery } from '../../../src/model/delivery.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { receiverKey } from '../builders.ts'
import { dispatchRig } from '../dispatch-rig.ts'
import { memorySender } from '../rulesets.ts'
import { busiest, createVendor, names, receivers } from './vendor.ts'

const minuteMs = 60_000
const sent: Delivery = { outcome: 'sent' }
const tooFast: Delivery = { outcome: 'retry', reason: 'rateLimited', detail: 'answered 429 Too Many Requests' }

describe('a far side that asks for a pause', () => {
  it('gets none of all its receivers until then, then one, then the rest', async (context) => {
    const clock = createFakeClock()
    const answers: Delivery[] = [{ ...tooFast, afterMs: 90_000 }]
    const vendor = createVendor({ clock, answer: () => answers.shift() ?? sent })
    const team = names('r', 30)
    const rules = receivers({ ...Object.fromEntries(team.map((name) => [name, 'vendor'])), zoe: 'other' })
    const { post, outbox } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    await post('A', 'r0')
    await clock.advance(200)
    const pausedAt = clock.now()
    await post('A', ...team.slice(1), 'zoe')
    await clock.advance(1_000)
    assert.equal(vendor.at('other').length, 1)
    const [waiting] = outbox.pending({ limit: 1, receiver: receiverKey('r7') })
    const until = new Date(pausedAt + 90_000).toISOString()
    assert.deepEqual(
      [waiting?.reason, waiting?.detail, waiting?.attempts],
      ['rateLimited', `answered 429 Too Many Requests; next probe at ${until}`, 0],
    )
    await clock.advance(pausedAt + 89_999 - clock.now())
    assert.equal(vendor.at('vendor').length, 1)
    await clock.advance(1_000)
    assert.equal(outbox.counts().pending, 0)
    const times = vendor.at('vendor').map(({ at }) => at - pausedAt)
    assert.equal(times[1], 90_100, 'the first after the pause')
    assert.ok(
      times.slice(2).every((at) => at >= 90_300),
      'the rest only when that was taken',
    )
  })

  it('is asked again one call at a time while it keeps saying so', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, answer: () => ({ ...tooFast, afterMs: 0 }) })
    const team = names('r', 200)
    const rules = receivers(Object.fromEntries(team.map((name) => [name, 'vendor'])))
    const { post, metrics } = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    await post('A', ...team)
    await clock.advance(minuteMs)
    assert.ok(vendor.arrivals.length <= 64 + 60, `${vendor.arrivals.length} calls`)
    assert.equal(metrics.counted('deliveries_deferred_total', { channel: 'email', cause: 'breaker' }), 0)
  })

  it('closes only what is blamed: a chat, not the service that it belongs to', async (context) => {
    const clock = createFakeClock()
    const calls: string[] = []
    const sender: Sender = memorySender(async (request, { admit }) => {
      const [chat = ''] = request.split(':')
      const service: Destination = {
        key: 'https://api.example',
        label: 'test service',
        blamedFor: ['unreached', 'connectionError', 'serverError', 'contextDeadlineExceeded'],
      }
      const wait = await admit({ key: chat, label: 'test chat', blamedFor: ['rateLimited'] }, service)
      if (wait !== undefined) return wait
      calls.push(chat)
      if (chat === 'busy') return { ...tooFast, afterMs: 30_000 }
      return chat === 'dead' ? { outcome: 'retry', reason: 'serverError', detail: 'answered 502' } : sent
    })
    const team = Object.fromEntries(names('r', 8).map((name) => [name, 'dead']))
    const rules = receivers({ ann: 'busy', bob: 'busy', cid: 'quiet', ...team })
    const { post, outbox, clock: time } = await dispatchRig(context, { clock, sender, inForce: rules })
    await post('A', 'ann')
    await post('A', 'bob')
    await post('A', 'cid')
    assert.deepEqual(calls, ['busy', 'quiet'])
    await post('A', ...Object.keys(team))
    await post('B', 'cid')
    assert.equal(outbox.pending({ limit: 1, receiver: receiverKey('cid') })[0]?.reason, 'serverError')
    await time.advance(4_000)
    assert.equal(calls.filter((chat) => chat === 'quiet').length, 1)
  })
})

describe('a process that starts again', () => {
  const twentyAMinute: Partial<Destination> = { limits: [{ limit: 20, perMs: minuteMs }] }
  const rules = receivers({ ann: 'robot' })

  for (const mode of ['is stopped', 'is killed']) {
    it(`does not send too much after the process before it ${mode}`, async (context) => {
      const clock = createFakeClock()
      const vendor = createVendor({ clock, destination: twentyAMinute })
      const first = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
      for (const text of names('A', 50)) await first.post(text, 'ann')
      await clock.advance(mode === 'is killed' ? 1_150 : 3_000)
      const drained = first.dispatcher.drain(mode === 'is killed' ? 0 : 60_000)
      await clock.advance(1_000)
      await drained
      await first.outbox.close()
      const before = vendor.arrivals.length
      assert.ok(before > 0)
      const { directory } = first
      const second = await dispatchRig(context, { clock, directory, sender: vendor.sender, inForce: rules })
      await clock.advance(minuteMs)
      assert.equal(vendor.arrivals.length, before, 'nobody knows how much of the window is used')
      await clock.advance(4 * minuteMs)
      assert.equal(second.outbox.counts().pending, 0)
      assert.equal(
        busiest(
          vendor.arrivals.map(({ at }) => at),
          minuteMs,
        ),
        20,
      )
    })
  }

  it('sends at once when the last message is longer ago than the window, or there was none', async (context) => {
    const clock = createFakeClock()
    const vendor = createVendor({ clock, destination: twentyAMinute })
    const first = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    await first.post('A', 'ann')
    await clock.advance(1_000)
    assert.equal(vendor.arrivals.length, 1)
    await clock.advance(2 * minuteMs)
    const drained = first.dispatcher.drain(0)
    await clock.advance(0)
    await drained
    await first.outbox.close()
    const { directory } = first
    const second = await dispatchRig(context, { clock, directory, sender: vendor.sender, inForce: rules })
    await second.post('B', 'ann')
    await clock.advance(1_000)
    assert.equal(vendor.arrivals.length, 2)
  })

  it('does not hold up alerts for an hour because of a limit an hour', async (context) => {
    const clock = createFakeClock()
    const destination = { limits: [{ limit: 1_000, perMs: 60 * minuteMs }] }
    const vendor = createVendor({ clock, destination })
    const first = await dispatchRig(context, { clock, sender: vendor.sender, inForce: rules })
    const drained = first.dispatcher.drain(0)
    await clock.advance(0)
    await drained
    await first.post('A', 'ann')
    await first.outbox.close()
    const { directory } = first
    await dispatchRig(context, { clock, directory, sender: vendor.sender, inForce: rules })
    await clock.advance(1_000)
    assert.equal(vendor.arrivals.length, 1)
  })
})

it('keeps the credentials of destinations to itself', async (context) => {
  const clock = createFakeClock()
  const key = 'https://oapi.example/robot/send?access_token=hunter2-secret'
  const destination: Partial<Destination> = { key, limits: [{ limit: 1, perMs: minuteMs }] }
  const vendor = createVendor({ clock, destination, answer: () => ({ ...tooFast, afterMs: 1_000 }) })
  const rig = await dispatchRig(context, {
    clock,
    sender: vendor.sender,
    inForce: receivers({ ann: 'robot', bob: 'robot' }),
  })
  await rig.post('A', 'ann', 'bob')
  await clock.advance(2 * minuteMs)
  const shown = [
    rig.logger.text(),
    JSON.stringify(rig.outbox.history({ limit: 100 })),
    JSON.stringify(rig.outbox.pending({ limit: 100 })),
    inspect(rig.dispatcher, { depth: 20, showHidden: true, maxArrayLength: null }),
  ]
  assert.doesNotMatch(shown.join('\n'), /hunter2/u)
})
