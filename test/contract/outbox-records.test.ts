import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type OutboxLimits } from '../../src/notify/limits.ts'
import { aGroup, anAlert, aPost, receiverKey } from '../notify/builders.ts'
import { dead, readingEngines, openRig, retryAt, sent, type OutboxRig } from './outbox-engines.ts'

const day = 86_400_000

for (const engine of readingEngines) {
  describe(`records of the ${engine.name} outbox`, () => {
    const rig = (context: TestContext, limits: Partial<OutboxLimits> = {}): Promise<OutboxRig> =>
      openRig(engine, context, limits)

    it('keeps a line of history for every attempt and end, youngest first', async (context) => {
      const { outbox, clock, claim, settle, put } = await rig(context)
      const [id] = await put('ann')
      await put('bob')
      const [ann, bob] = await claim()
      await settle(ann, retryAt(clock.now() + 10))
      await settle(bob, { state: 'cancelled', detail: 'the receiver was deleted' })
      await clock.advance(10)
      await settle((await claim())[0], sent)
      const now = clock.now()
      const line = {
        receiver: receiverKey('ann'),
        channel: 'email',
        tenant: '',
        groupKey: '{}:{alertname="A"}',
      }
      assert.deepEqual(outbox.history({ limit: 10, receiver: receiverKey('ann') }), [
        { ...line, at: now, notification: id, alerts: 1, attempt: 2, outcome: 'sent', detail: '1 mail', tookMs: 12 },
        {
          ...line,
          ...{ at: now - 10, notification: id, alerts: 1, attempt: 1, outcome: 'retry', reason: 'serverError' },
          ...{ detail: 'the server answered 503', tookMs: 12 },
        },
      ])
      assert.deepEqual(
        outbox.history({ limit: 10 }).map(({ outcome, attempt }) => `${outcome} ${attempt}`),
        ['sent 2', 'cancelled 0', 'retry 1'],
      )
      assert.equal(outbox.history({ limit: 1 }).length, 1)
      assert.equal(outbox.history({ limit: 10, notification: id ?? '' }).length, 2)
      assert.deepEqual(outbox.history({ limit: 10, notification: id ?? '', receiver: receiverKey('bob') }), [])
    })

    it('says in history who was refused, in bounded length', async (context) => {
      const { outbox, claim, settle, put } = await rig(context)
      await put('ann')
      const refusals = Array.from({ length: 500 }, (_, index) => {
        return { target: `user${index}@example.com`, reason: 'clientError', detail: 'x'.repeat(50) } as const
      })
      await settle((await claim())[0], { state: 'sent', detail: '1 mail', refusals })
      const [record] = outbox.history({ limit: 1 })
      assert.match(record?.detail ?? '', /^1 mail; user0@example\.com refused \(clientError: x+\)/u)
      assert.ok((record?.detail.length ?? 0) <= 2_000)
    })

    it('keeps whatever text the far side answers', async (context) => {
      const { outbox, claim, settle, put } = await rig(context)
      await put('ann')
      const detail = 'zero \0 quote \' " emoji 😀 DROP TABLE history; -- '
      await settle((await claim())[0], dead(detail))
      assert.equal(outbox.history({ limit: 1 })[0]?.detail, detail)
      assert.equal(outbox.deadLetters({ limit: 1 })[0]?.detail, detail)
    })

    it('shows what waits, oldest first, with why', async (context) => {
      const { outbox, clock, claim, settle, put } = await rig(context)
      const [id] = await put('ann')
      await put('ann')
      await put('bob')
      await settle((await claim(1))[0], retryAt(clock.now() + 500, 'configNotFound'))
      const [first, second] = outbox.pending({ limit: 10, receiver: receiverKey('ann') })
      assert.deepEqual(first, {
        notification: id,
        receiver: receiverKey('ann'),
        channel: 'email',
        tenant: '',
        acceptedAt: clock.now(),
        attempts: 1,
        nextAttemptAt: clock.now() + 500,
        reason: 'configNotFound',
        detail: 'the server answered 503',
      })
      assert.deepEqual([second?.attempts, second?.detail, second !== undefined && 'reason' in second], [0, '', false])
      assert.equal(outbox.pending({ limit: 10 }).length, 3)
      assert.equal(outbox.pending({ limit: -1 }).length, 0)
    })

    it('keeps dead letters, and replays one as the youngest of its lane, with a new age and what had arrived', async (context) => {
      const { outbox, clock, claim, settle, put } = await rig(context)
      const group = aGroup([anAlert('A', { annotations: new Map([['__proto__', 'x']]) })])
      await outbox.put(aPost({ at: clock.now(), receivers: ['ann'], group, ids: ['one'] }))
      await settle((await claim())[0], dead())
      const [letter] = outbox.deadLetters({ limit: 10, receiver: receiverKey('ann') })
      assert.deepEqual(
        [letter?.notification, letter?.diedAt, letter?.attempts, letter?.reason, letter?.detail, letter?.alertCount],
        ['one', clock.now(), 1, 'clientError', 'the server answered 404', 1],
      )
      const [younger] = await put('ann')
      await clock.advance(day)
      assert.equal(await outbox.replay('one', clock.now()), true)
      assert.equal(await outbox.replay('one', clock.now()), false)
      assert.deepEqual([outbox.counts().dead, outbox.deadLetters({ limit: 10 })], [0, []])
      const [first] = await claim()
      assert.equal(first?.notification.id, younger)
      await settle(first, sent)
      const [again] = await claim()
      assert.deepEqual(
        [again?.notification.id, again?.attempt, again?.queuedAt, again?.notification.acceptedAt, again?.done],
        ['one', 1, clock.now(), clock.now() - day, ['to:a']],
      )
      assert.deepEqual(again?.notification.group, group)
    })

    it('does not replay what is not there', async (context) => {
      const { outbox, clock } = await rig(context)
      assert.equal(await outbox.replay("' OR 1=1 --", clock.now()), false)
    })

    it('forgets history and dead letters by age', async (context) => {
      const { outbox, clock, claim, settle, put } = await rig(context)
      await put('ann')
      await settle((await claim())[0], dead())
      await clock.advance(7 * day)
      await put('bob')
      await settle((await claim())[0], sent)
      await outbox.prune(clock.now() + 1)
      assert.deepEqual(
        outbox.history({ limit: 10 }).map(({ receiver }) => receiver),
        [receiverKey('bob')],
      )
      assert.equal(outbox.counts().dead, 1)
      await outbox.prune(clock.now() + 23 * day + 1)
      assert.deepEqual([outbox.counts().dead, outbox.history({ limit: 10 })], [0, []])
    })

    it('forgets history and dead letters by number, the oldest first', async (context) => {
      const { outbox, clock, claim, settle, put } = await rig(context, { historyMaxRows: 3, maxDeadLetters: 2 })
      for (let count = 0; count < 5; count += 1) await put(`r${count}`)
      for (const head of await claim()) await settle(head, dead())
      await outbox.prune(clock.now())
      const youngest = ['r4', 'r3', 'r2'].map(receiverKey)
      assert.deepEqual(
        outbox.history({ limit: 10 }).map(({ receiver }) => receiver),
        youngest,
      )
      assert.deepEqual(
        outbox.deadLetters({ limit: 10 }).map(({ receiver }) => receiver),
        youngest.slice(0, 2),
      )
      assert.deepEqual(
        outbox.deadLetters({ limit: 1, oldestFirst: true }).map(({ receiver }) => receiver),
        [receiverKey('r3')],
      )
    })

    it('lets dead letters give way before it refuses posts', async (context) => {
      const { outbox, clock, claim, settle } = await rig(context, { maxBytes: 1_000_000 })
      const large = (): ReturnType<typeof aPost> => {
        const group = aGroup([anAlert('A', { annotations: new Map([['text', 'x'.repeat(400_000)]]) })])
        return aPost({ at: clock.now(), receivers: ['ann'], group })
      }
      await outbox.put(large())
      await settle((await claim())[0], dead())
      await clock.advance(day)
      await assert.rejects(outbox.put(large()))
      await outbox.prune(clock.now())
      assert.equal((await outbox.put(large())).stored.length, 1)
    })

    it('moves the oldest of a crowded lane to the dead letters, but not one that is on its way; other lanes stay', async (context) => {
      const { outbox, claim, put, settle } = await rig(context, { maxPerReceiver: 3 })
      const ids: string[] = []
      await put('bob')
      for (let count = 0; count < 4; count += 1) ids.push(...(await put('ann')))
      const [, ann] = await claim()
      for (let count = 0; count < 2; count += 1) ids.push(...(await put('ann')))
      assert.deepEqual(
        outbox.pending({ limit: 10, receiver: receiverKey('ann') }).map(({ notification }) => notification),
        [ids[1], ids[4], ids[5]],
      )
      assert.deepEqual(
        outbox.deadLetters({ limit: 10 }).map(({ notification, attempts }) => [notification, attempts]),
        [ids[3], ids[2], ids[0]].map((id) => [id, 0]),
      )
      assert.equal(outbox.counts().pending, 4)
      await settle(ann, sent)
      assert.equal((await claim())[0]?.notification.id, ids[4])
    })

    it('remembers which parts were given up until the notification ends', async (context) => {
      const { clock, claim, settle, put } = await rig(context)
      await put('ann')
      const failed = [{ target: '1 mail', reason: 'clientError', detail: 'no such user', marks: ['to:b'] }] as const
      const retry = {
        state: 'retry',
        at: clock.now(),
        reason: 'serverError',
        detail: '',
        done: [],
        refusals: [],
      } as const
      await settle((await claim())[0], { ...retry, failed })
      assert.deepEqual((await claim())[0]?.failed, failed)
    })
  })
}
