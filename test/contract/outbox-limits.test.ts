import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GroupTooLargeError, OutboxFullError } from '../../src/model/errors.ts'
import { type Claim, type Post } from '../../src/notify/outbox.ts'
import { aGroup, anAlert, aPost, freshName, receiverKey } from '../notify/builders.ts'
import { dead, engines, openRig, readingEngines, sent, type OutboxRig } from './outbox-engines.ts'

/** A post of one alert that takes about so many bytes: its text is among the group's common annotations, too. */
function large(at: number, bytes: number, ...receivers: readonly string[]): Post {
  const alert = anAlert(freshName(), { annotations: new Map([['text', 'x'.repeat(bytes / 2)]]) })
  return aPost({ at, receivers, group: aGroup([alert]) })
}

/** A post of many alerts, which is stored in pieces. */
function long(at: number, alerts: number, ...receivers: readonly string[]): Post {
  const annotations = new Map([['text', 'x'.repeat(500)]])
  return aPost({
    at,
    receivers,
    group: aGroup(Array.from({ length: alerts }, () => anAlert(freshName(), { annotations }))),
  })
}

function put({ outbox, clock }: OutboxRig, tenant: string, ...receivers: readonly string[]): Promise<unknown> {
  return outbox.put(aPost({ at: clock.now(), receivers, tenant }))
}

for (const engine of engines) {
  describe(`a large group in the ${engine.name} outbox`, () => {
    it('comes back whole, for each receiver the alerts that it is told about', async (context) => {
      const { outbox, clock, claim, settle } = await openRig(engine, context)
      const post = long(clock.now(), 1_500, 'ann', 'bob')
      const [ann, bob] = post.notifications
      const few = { ...bob!, alerts: [3, 700, 1_499] }
      await outbox.put({ ...post, notifications: [ann!, few] })
      assert.deepEqual(await claim(), [], 'it is being read, and nobody waits for that')
      let claims: readonly Claim[] = []
      while (claims.length === 0) {
        await clock.advance(20)
        claims = await claim()
      }
      const [first, second] = claims
      assert.deepEqual(first?.notification.group, post.group)
      assert.deepEqual(
        second?.notification.group.alerts,
        [3, 700, 1_499].map((place) => post.group.alerts[place]),
      )
      await settle(first, sent)
      await settle(second, dead())
      const [letter] = outbox.deadLetters({ limit: 1 })
      assert.deepEqual([letter?.alertCount, outbox.history({ limit: 2 }).map(({ alerts }) => alerts)], [3, [3, 1_500]])
      const opened = await outbox.deadLetter(letter?.notification ?? '', 2)
      assert.deepEqual(opened?.alerts, [post.group.alerts[3], post.group.alerts[700]])
      await outbox.discard({}, 10, clock.now())
      assert.equal(outbox.counts().payloadBytes, 0)
    })

    it('is recognised when it comes again', async (context) => {
      const { outbox, clock } = await openRig(engine, context)
      const post = long(clock.now(), 1_500, 'ann', 'bob')
      assert.equal((await outbox.put(post)).stored.length, 2)
      const again = post.notifications.map((one) => ({ ...one, id: `${one.id}-again` }))
      assert.equal((await outbox.put({ ...post, notifications: again })).duplicates.length, 2)
      assert.equal(outbox.counts().pending, 2)
    })
  })
}

for (const engine of readingEngines) {
  describe(`limits of the ${engine.name} outbox`, () => {
    it('refuse a group that is too large for good, and nothing is stored', async (context) => {
      const { outbox, clock } = await openRig(engine, context, { maxPostBytes: 100_000 })
      await assert.rejects(outbox.put(large(clock.now(), 100_000, 'ann')), GroupTooLargeError)
      assert.equal(outbox.counts().pending, 0)
      assert.equal((await outbox.put(large(clock.now(), 90_000, 'ann'))).stored.length, 1)
    })

    it('refuse for now what posts would take beyond their bytes, and take it when there is room', async (context) => {
      const { outbox, clock, claim, settle } = await openRig(engine, context, { maxPayloadBytes: 150_000 })
      await outbox.put(large(clock.now(), 90_000, 'ann', 'bob'))
      const second = large(clock.now(), 90_000, 'ann')
      await assert.rejects(outbox.put(second), OutboxFullError)
      const [ann, bob] = await claim()
      await settle(ann, sent)
      await assert.rejects(outbox.put(second), OutboxFullError)
      await settle(bob, sent)
      assert.equal((await outbox.put(second)).stored.length, 1)
    })

    it('stop a post whose sender waits no more before it is written', async (context) => {
      const { outbox, clock } = await openRig(engine, context)
      const gone = new AbortController()
      const stored = outbox.put(long(clock.now(), 1_500, 'ann'), gone.signal)
      gone.abort(new Error('the sender waits no more'))
      await assert.rejects(stored, { message: 'the sender waits no more' })
      assert.equal(outbox.counts().pending, 0)
    })

    it('keep one tenant from filling the outbox: its oldest become dead letters, and posts go on', async (context) => {
      const rig = await openRig(engine, context, { maxPending: 40, maxPerTenantShare: 0.25 })
      await put(rig, 'quiet', 'q1')
      for (let count = 0; count < 8; count += 1) await put(rig, 'flood', 'f1', 'f2', 'f3')
      await put(rig, 'quiet', 'q1')
      for (let count = 0; count < 12; count += 1) await put(rig, '', 'global')
      const { outbox } = rig
      const pending = outbox.pending({ limit: 100 })
      const amounts = Object.groupBy(pending, ({ tenant }) => tenant)
      assert.deepEqual(
        [amounts['flood']?.length, amounts['quiet']?.length, amounts['']?.length],
        [10, 2, 12],
        'what belongs to no tenant is bounded by receiver only',
      )
      const letters = outbox.deadLetters({ limit: 100 })
      assert.equal(letters.length, 14)
      assert.ok(letters.every(({ tenant, reason }) => tenant === 'flood' && reason === 'quotaExceeded'))
      const oldest = pending.filter(({ receiver }) => receiver === receiverKey('f1')).at(0)?.notification ?? ''
      const dead = letters.filter(({ receiver }) => receiver === receiverKey('f1'))
      assert.ok(
        dead.every(({ notification }) => nameNumber(notification) < nameNumber(oldest)),
        'the oldest went',
      )
    })

    it('keep the head of a lane that is on its way, and the order of what stays', async (context) => {
      const rig = await openRig(engine, context, { maxPending: 8, maxPerTenantShare: 0.5 })
      await put(rig, 'red', 'a')
      const [head] = await rig.claim()
      for (let count = 0; count < 6; count += 1) await put(rig, 'red', 'a')
      const left = rig.outbox.pending({ limit: 10 }).map(({ notification }) => notification)
      assert.equal(left.length, 4)
      assert.equal(left[0], head?.notification.id)
      assert.equal(await rig.settle(head, sent), true)
      assert.equal((await rig.claim())[0]?.notification.id, left[1])
    })

    it('let one tenant’s dead letters push out nobody else’s', async (context) => {
      const rig = await openRig(engine, context, { maxDeadLetters: 6 })
      await put(rig, 'red', 'r')
      for (const claim of await rig.claim()) await rig.settle(claim, dead())
      await put(rig, 'blue', 'b')
      for (const claim of await rig.claim()) await rig.settle(claim, dead())
      for (let count = 0; count < 20; count += 1) {
        await put(rig, 'flood', 'f')
        for (const claim of await rig.claim()) await rig.settle(claim, dead())
      }
      await rig.outbox.prune(rig.clock.now())
      const tenants = rig.outbox.deadLetters({ limit: 100 }).map(({ tenant }) => tenant)
      assert.deepEqual(tenants, ['flood', 'flood', 'flood', 'flood', 'blue', 'red'])
    })

    it('bound the groups in memory: others wait until some are done, and one always goes', async (context) => {
      const { outbox, clock, claim, settle } = await openRig(engine, context, { maxClaimedBytes: 150_000 })
      for (const name of ['ann', 'bob', 'cid']) await outbox.put({ ...large(clock.now(), 100_000, name, `${name}2`) })
      const first = await claim()
      assert.deepEqual(
        first.map(({ notification }) => notification.receiver),
        [receiverKey('ann'), receiverKey('ann2')],
        'one group counts once',
      )
      assert.deepEqual(await claim(), [])
      for (const one of first) await settle(one, sent)
      await clock.advance(100)
      assert.equal((await claim()).length, 2)
    })
  })
}

/** Alerts of tests are counted. */
function nameNumber(id: string): number {
  return Number(/\d+$/u.exec(id)?.[0])
}
