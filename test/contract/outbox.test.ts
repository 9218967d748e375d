import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { OutboxFullError } from '../../src/model/errors.ts'
import { type OutboxLimits } from '../../src/notify/limits.ts'
import { type Settlement } from '../../src/notify/outbox.ts'
import { aGroup, anAlert, aPost, receiverKey } from '../notify/builders.ts'
import { dead, engines, leaseMs, openRig, retryAt, sent, type OutboxRig } from './outbox-engines.ts'

for (const engine of engines) {
  describe(`the ${engine.name} outbox`, () => {
    const rig = (context: TestContext, limits: Partial<OutboxLimits> = {}): Promise<OutboxRig> =>
      openRig(engine, context, limits)

    it('gives back what was put, hostile names and nanoseconds included', async (context) => {
      const { outbox, clock, claim } = await rig(context)
      const hostile = new Map([
        ['__proto__', 'polluted'],
        ['constructor', ''],
        ['a.b/c d', '😀'.repeat(2_500)],
      ])
      const alert = anAlert('A', { labels: hostile, annotations: new Map(), endsAt: '2026-01-01T00:00:01.000000001Z' })
      const group = aGroup([alert, anAlert('B')], { source: 'europe', truncatedAlerts: 3, notificationReason: 'none' })
      await outbox.put(aPost({ at: clock.now(), receivers: ['ann'], group, ids: ['one'] }))
      const [claimed] = await claim()
      assert.deepEqual(claimed?.notification, {
        id: 'one',
        receiver: receiverKey('ann'),
        group,
        acceptedAt: clock.now(),
      })
      assert.deepEqual(
        { channel: claimed.channel, tenant: claimed.tenant, attempt: claimed.attempt, done: claimed.done },
        { channel: 'email', tenant: 'payments', attempt: 1, done: [] },
      )
      assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
    })

    it('narrows the group to the alerts of the notification', async (context) => {
      const { outbox, clock, claim } = await rig(context)
      const resolved = anAlert('B', { status: 'resolved', endsAt: '2026-01-01T01:00:00Z' })
      const post = aPost({ at: clock.now(), receivers: ['ann'], group: aGroup([anAlert('A'), resolved]) })
      await outbox.put({ ...post, notifications: post.notifications.map((one) => ({ ...one, alerts: [1] })) })
      const [claimed] = await claim()
      assert.deepEqual(claimed?.notification.group.alerts, [resolved])
      assert.equal(claimed.notification.group.status, 'resolved')
      assert.equal(claimed.notification.group.commonLabels.get('alertname'), 'B')
    })

    it('stores all of a post or nothing', async (context) => {
      const { outbox, clock } = await rig(context)
      await assert.rejects(outbox.put(aPost({ at: clock.now(), receivers: ['ann', 'bob'], ids: ['same', 'same'] })))
      assert.equal(outbox.counts().pending, 0)
      assert.equal(outbox.nextDue(), undefined)
      assert.deepEqual((await outbox.put(aPost({ at: clock.now(), receivers: ['ann'], ids: ['same'] }))).stored, [
        'same',
      ])
    })

    it('lets one post fail without the posts beside it', async (context) => {
      const { outbox, clock } = await rig(context, { maxPending: 3 })
      const sizes = [2, 2, 1]
      const results = await Promise.allSettled(
        sizes.map((size) =>
          outbox.put(aPost({ at: clock.now(), receivers: Array.from({ length: size }, (_, n) => `r${n}`) })),
        ),
      )
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      assert.equal(outbox.counts().pending, 3)
    })

    it('refuses with OutboxFullError at its limits, and takes again when there is room', async (context) => {
      const { outbox, clock, claim, settle, put } = await rig(context, { maxPending: 2 })
      await put('ann', 'bob')
      const refused = aPost({ at: clock.now(), receivers: ['cid'] })
      await assert.rejects(outbox.put(refused), OutboxFullError)
      const [first] = await claim()
      await settle(first, sent)
      assert.equal((await outbox.put(refused)).stored.length, 1, 'what was refused is not taken for a duplicate')
      const small = await rig(context, { maxBytes: 100_000 })
      const large = aGroup([anAlert('A', { annotations: new Map([['text', 'x'.repeat(90_000)]]) })])
      await assert.rejects(
        small.outbox.put(aPost({ at: clock.now(), receivers: ['ann'], group: large })),
        OutboxFullError,
      )
      assert.equal(small.outbox.counts().pending, 0)
    })

    it('takes a post without notifications', async (context) => {
      const { outbox, clock } = await rig(context)
      assert.deepEqual(await outbox.put(aPost({ at: clock.now(), receivers: [] })), { stored: [], duplicates: [] })
    })

    it('claims one notification a lane, oldest first, at most as many as asked', async (context) => {
      const { claim, put } = await rig(context)
      const [ann] = await put('ann')
      await put('ann')
      const [bob] = await put('bob')
      await put('cid')
      assert.deepEqual(
        (await claim(2)).map(({ notification }) => notification.id),
        [ann, bob],
      )
      assert.equal((await claim()).length, 1)
      assert.deepEqual(await claim(), [])
    })

    it('holds a lane behind a head that waits, and hands out older heads first when all are due', async (context) => {
      const { clock, claim, settle, put, outbox } = await rig(context)
      const [first] = await put('ann')
      await clock.advance(10)
      await put('ann')
      const [bob] = await put('bob')
      const [head] = await claim(1)
      await settle(head, retryAt(clock.now() + 1_000))
      assert.deepEqual(
        (await claim()).map(({ notification }) => notification.id),
        [bob],
      )
      assert.equal(outbox.nextDue(), clock.now() + 1_000)
      await clock.advance(1_000)
      const [again] = await claim()
      assert.deepEqual([again?.notification.id, again?.attempt, again?.done], [first, 2, ['to:a']])
    })

    it('gives a lane on to its next notification when the head has left', async (context) => {
      const { claim, settle, put, outbox } = await rig(context)
      const ids = [...(await put('ann')), ...(await put('ann')), ...(await put('ann'))]
      const ends: readonly Settlement[] = [sent, dead(), { state: 'cancelled', detail: 'the receiver was deleted' }]
      for (const [index, end] of ends.entries()) {
        const [head, ...others] = await claim()
        assert.equal(head?.notification.id, ids[index])
        assert.deepEqual(others, [])
        await settle(head, end)
      }
      assert.deepEqual(await claim(), [])
      assert.equal(outbox.nextDue(), undefined)
    })

    it('ignores a settlement whose lease was lost, and one that comes twice', async (context) => {
      const { clock, claim, settle, put, outbox } = await rig(context)
      await put('ann')
      const [slow] = await claim()
      await clock.advance(leaseMs)
      const [quick] = await claim()
      assert.equal(await settle(slow, sent), false)
      assert.equal(outbox.counts().pending, 1)
      assert.deepEqual(await Promise.all([settle(quick, sent), settle(quick, sent)]), [true, false])
      assert.deepEqual(outbox.counts().pending, 0)
      assert.equal(outbox.history({ limit: 10 }).length, 1)
    })

    it('wakes what waits: all, some receivers, or some reasons', async (context) => {
      const { clock, claim, settle, put, outbox } = await rig(context)
      await put('ann', 'bob', 'cid')
      const later = clock.now() + 100_000
      for (const head of await claim()) {
        const receiver = head.notification.receiver
        await settle(head, retryAt(later, receiver === receiverKey('ann') ? 'configNotFound' : 'serverError'))
      }
      await outbox.wake(clock.now(), undefined, ['configNotFound', 'secretNotFound'])
      assert.deepEqual(
        (await claim()).map(({ notification }) => notification.receiver),
        [receiverKey('ann')],
      )
      await outbox.wake(clock.now(), [receiverKey('bob'), receiverKey('nobody')])
      assert.deepEqual(
        (await claim()).map(({ notification }) => notification.receiver),
        [receiverKey('bob')],
      )
      await outbox.wake(clock.now())
      assert.deepEqual(
        (await claim()).map(({ notification }) => notification.receiver),
        [receiverKey('cid')],
      )
      assert.deepEqual(await claim(), [], 'a leased lane is not woken')
    })

    it('counts what it holds', async (context) => {
      const { clock, claim, settle, put, outbox } = await rig(context)
      assert.equal(outbox.counts().oldestAcceptedAt, undefined)
      const startedAt = clock.now()
      await put('ann', 'bob', 'cid')
      await clock.advance(5_000)
      await put('ann')
      const [first, second] = await claim(2)
      await settle(first, dead())
      await settle(second, retryAt(clock.now()))
      const [third] = await claim(1)
      assert.ok(third)
      const { bytes, payloadBytes, ...counts } = outbox.counts()
      assert.deepEqual(counts, { pending: 3, leased: 1, dead: 1, oldestAcceptedAt: startedAt })
      assert.ok(bytes > payloadBytes && payloadBytes > 0)
    })
  })
}
