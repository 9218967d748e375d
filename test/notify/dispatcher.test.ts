import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../src/model/delivery.ts'
import { OutboxUnavailableError } from '../../src/model/errors.ts'
import { type Outbox } from '../../src/notify/outbox.ts'
import { settle } from '../support/fake-clock.ts'
import { dispatchRig } from './dispatch-rig.ts'
import { aPost, receiverKey } from './builders.ts'
import { compiled, inForce, memorySender } from './rulesets.ts'

const sent: Delivery = { outcome: 'sent' }
const unavailable: Delivery = { outcome: 'retry', reason: 'serverError', detail: 'the server answered 503' }
const both = inForce({ receivers: [compiled('ann'), compiled('bob')] })
const never = (): Promise<Delivery> => new Promise(() => {})

describe('the dispatcher', () => {
  it('sends what is stored, in order for each receiver, and empties the outbox', async (context) => {
    const sender = memorySender(() => sent)
    const { outbox, metrics, clock, post } = await dispatchRig(context, { sender, inForce: both })
    await post('A', 'ann', 'bob')
    await post('B', 'bob', 'ann')
    assert.deepEqual([...sender.requests].sort(), ['ann: A', 'ann: B', 'bob: A', 'bob: B'])
    assert.ok(sender.requests.indexOf('ann: A') < sender.requests.indexOf('ann: B'))
    assert.equal(outbox.counts().pending, 0)
    assert.equal(outbox.history({ limit: 1 })[0]?.detail, '1 message to ann')
    assert.equal(metrics.counted('deliveries_total', { channel: 'email', outcome: 'sent', reason: '' }), 4)
    assert.equal(metrics.counted('notifications_settled_total', { channel: 'email', outcome: 'sent', reason: '' }), 4)
    assert.equal(metrics.observed('delivery_duration_seconds').length, 4)
    assert.equal(clock.wakeTimes.length, 3, 'what sleeps is the loop, the gauges and the pruning; no deadline is left')
  })

  it('sends what an earlier process left behind, without being told', async (context) => {
    const sender = memorySender(() => sent)
    const { outbox, clock, use, dispatcher } = await dispatchRig(context, { sender })
    await outbox.put(aPost({ at: clock.now(), receivers: ['ann'] }))
    await clock.advance(120_000)
    assert.deepEqual(sender.requests, [], 'nothing is in force yet')
    use(both)
    dispatcher.rulesetChanged()
    await settle()
    assert.equal(sender.requests.length, 1)
  })

  it('backs off between attempts, and holds the lane meanwhile', async (context) => {
    const answers = [unavailable, unavailable, sent, sent]
    const sender = memorySender(() => answers.shift() ?? sent)
    const { clock, post, outbox } = await dispatchRig(context, { sender, inForce: both })
    await post('A', 'ann')
    await post('B', 'ann')
    assert.deepEqual(sender.requests, ['ann: A'])
    await clock.advance(749)
    assert.equal(sender.requests.length, 1)
    await clock.advance(1)
    assert.equal(sender.requests.length, 2)
    await clock.advance(1_500)
    assert.deepEqual(sender.requests, ['ann: A', 'ann: A', 'ann: A', 'ann: B'])
    assert.deepEqual(
      outbox.history({ limit: 10 }).map(({ outcome, attempt }) => `${outcome} ${attempt}`),
      ['sent 1', 'sent 3', 'retry 2', 'retry 1'],
    )
  })

  it('waits as long as the far side wishes', async (context) => {
    const answers: Delivery[] = [{ outcome: 'retry', reason: 'rateLimited', detail: '429', afterMs: 90_000 }]
    const sender = memorySender(() => answers.shift() ?? sent)
    const { clock, post } = await dispatchRig(context, { sender, inForce: both })
    await post('A', 'ann')
    await clock.advance(89_999)
    assert.equal(sender.requests.length, 1)
    await clock.advance(1)
    assert.equal(sender.requests.length, 2)
  })

  it('gives up a notification that grows too old, with the last reason', async (context) => {
    const sender = memorySender(() => unavailable)
    const { clock, post, outbox, metrics } = await dispatchRig(context, {
      sender,
      inForce: both,
      limits: { maxAgeMs: 3_600_000 },
    })
    await post('A', 'ann')
    await clock.advance(3_599_999)
    assert.equal(outbox.counts().dead, 0)
    await clock.advance(1)
    const [letter] = outbox.deadLetters({ limit: 1 })
    assert.equal(letter?.reason, 'tooOld')
    assert.match(letter.detail, /^not delivered within 1 h; the last attempt ended with serverError: /u)
    assert.ok(sender.requests.length < 30, 'back-off bounds the attempts')
    assert.equal(metrics.counted('notifications_settled_total', { outcome: 'dead', reason: 'tooOld' }), 1)
    assert.equal(await outbox.replay(letter.notification, clock.now()), true)
  })

  it('rests while there is nothing to do', async (context) => {
    let claims = 0
    const wrap = (outbox: Outbox): Outbox => ({
      ...outbox,
      claim: (request) => {
        claims += 1
        return outbox.claim(request)
      },
    })
    const { clock } = await dispatchRig(context, { sender: memorySender(never), inForce: both, wrap })
    await clock.advance(3_600_000)
    assert.ok(claims <= 62, `${claims} looks in an hour`)
  })

  it('keeps at most so many attempts going, and takes the next when one ends', async (context) => {
    const ends: ((delivery: Delivery) => void)[] = []
    const sender = memorySender(() => new Promise<Delivery>((resolve) => ends.push(resolve)))
    const names = ['a', 'b', 'c', 'd', 'e']
    const rules = inForce({ receivers: names.map((name) => compiled(name)) })
    const { post } = await dispatchRig(context, { sender, inForce: rules, limits: { concurrency: 2 } })
    await post('A', ...names)
    for (const running of [2, 3, 4, 5, 5]) {
      assert.equal(sender.requests.length, running)
      ends.shift()?.(sent)
      await settle()
    }
  })

  it('does not let a hanging receiver hold up a thousand others, and tries it again after its deadline', async (context) => {
    const signals: AbortSignal[] = []
    const sender = memorySender((request, { signal }) => {
      if (!request.startsWith('r500:')) return sent
      signals.push(signal)
      return never()
    })
    const names = Array.from({ length: 1_000 }, (_, index) => `r${index}`)
    const { clock, post, outbox } = await dispatchRig(context, {
      sender,
      inForce: inForce({ receivers: names.map((name) => compiled(name)) }),
    })
    await post('A', ...names)
    await post('B', ...names)
    while (outbox.counts().pending > 2) await settle()
    assert.equal(sender.requests.length, 2 * 999 + 1)
    assert.equal(signals[0]?.aborted, false)
    await clock.advance(5_000)
    assert.equal(signals[0].aborted, true)
    const [record] = outbox.history({ limit: 1 })
    assert.deepEqual(
      [record?.outcome, record?.reason, record?.detail, record?.tookMs],
      ['retry', 'contextDeadlineExceeded', 'no answer within 5 s', 5_000],
    )
    await clock.advance(750)
    assert.equal(signals.length, 2)
  })

  it('cancels what waits for a receiver that was deleted or is not routable any more', async (context) => {
    const { post, outbox, use, dispatcher, clock } = await dispatchRig(context, {
      sender: memorySender(() => unavailable),
      inForce: both,
    })
    await post('A', 'ann', 'bob')
    const excluded = {
      ref: { kind: 'EmailReceiver', name: 'bob' },
      reason: 'NotSelected',
      message: 'no selector matches',
    }
    use(inForce({ receivers: [], excluded: [excluded as never] }))
    dispatcher.rulesetChanged()
    await clock.advance(1_000)
    const details = outbox
      .history({ limit: 2 })
      .map(({ receiver, outcome, detail }) => `${receiver} ${outcome} ${detail}`)
    assert.deepEqual(details.sort(), [
      `${receiverKey('ann')} cancelled the receiver was deleted`,
      `${receiverKey('bob')} cancelled the receiver is not routable any more (NotSelected): no selector matches`,
    ])
    assert.equal(outbox.counts().pending, 0)
  })

  it('cancels nothing while the NotificationManager is being replaced', async (context) => {
    const sender = memorySender(() => sent)
    const { post, outbox, use, dispatcher } = await dispatchRig(context, {
      sender,
      inForce: inForce({ receivers: [], managed: false }),
    })
    await post('A', 'ann')
    assert.equal(outbox.counts().pending, 1)
    use(both)
    dispatcher.rulesetChanged()
    await settle()
    assert.deepEqual(sender.requests, ['ann: A'])
  })

  it('stores an outcome again and again while the outbox cannot write, and does not send twice', async (context) => {
    let faults = 3
    const wrap = (outbox: Outbox): Outbox => ({
      ...outbox,
      settle: async (...settlement) => {
        faults -= 1
        if (faults >= 0) throw new OutboxUnavailableError('the disk is full')
        return outbox.settle(...settlement)
      },
    })
    const sender = memorySender(() => sent)
    const { clock, post, outbox, logger } = await dispatchRig(context, { sender, inForce: both, wrap })
    await post('A', 'ann')
    assert.equal(outbox.counts().pending, 1)
    await clock.advance(7_000)
    assert.deepEqual([outbox.counts().pending, sender.requests.length], [0, 1])
    assert.equal(logger.messages('error').length, 3)
  })

  it('goes on when the outbox could not be claimed from', async (context) => {
    let faults = 2
    const wrap = (outbox: Outbox): Outbox => ({
      ...outbox,
      claim: async (request) => {
        faults -= 1
        if (faults >= 0) throw new OutboxUnavailableError('the disk reported an I/O error')
        return outbox.claim(request)
      },
    })
    const sender = memorySender(() => sent)
    const { clock, post } = await dispatchRig(context, { sender, inForce: both, wrap })
    await post('A', 'ann')
    await clock.advance(2_000)
    assert.deepEqual(sender.requests, ['ann: A'])
  })

  it('keeps the gauges fresh and prunes', async (context) => {
    const { clock, post, metrics } = await dispatchRig(context, {
      sender: memorySender(() => unavailable),
      inForce: both,
    })
    await post('A', 'ann', 'bob')
    await clock.advance(20_000)
    assert.equal(metrics.level('outbox_pending'), 2)
    assert.equal(metrics.level('outbox_dead_letters'), 0)
    assert.equal(metrics.level('outbox_oldest_pending_age_seconds'), 20)
    assert.ok((metrics.level('outbox_bytes') ?? 0) > 0)
  })

  it('forgets what is past its retention by itself', async (context) => {
    const day = 86_400_000
    const { clock, post, outbox } = await dispatchRig(context, {
      sender: memorySender(() => ({ outcome: 'failed', reason: 'clientError', detail: 'the server answered 404' })),
      inForce: both,
      limits: { gaugesEveryMs: day, pruneEveryMs: day, maxWaitMs: day },
    })
    await post('A', 'ann')
    assert.equal(outbox.counts().dead, 1)
    await clock.advance(32 * day)
    assert.deepEqual([outbox.counts().dead, outbox.history({ limit: 10 })], [0, []])
  })
})
