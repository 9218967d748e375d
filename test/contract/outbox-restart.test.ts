import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aPost } from '../notify/builders.ts'
import { dead, engines, leaseMs, openRig, retryAt, rigOf, sent } from './outbox-engines.ts'

for (const engine of engines) {
  describe(`closing and opening the ${engine.name} outbox`, () => {
    it('finds everything again after it was closed, with all leases released', async (context) => {
      const { outbox, clock, directory, claim, settle, put } = await openRig(engine, context)
      const ids = [...(await put('ann')), ...(await put('ann')), ...(await put('bob')), ...(await put('cid'))]
      const [ann, bob, cid] = await claim()
      await settle(ann, retryAt(clock.now() + 1_000))
      await settle(bob, dead())
      assert.ok(cid)
      await outbox.close()
      const reopened = engine.open({ directory, clock })
      context.after(() => reopened.close())
      const again = rigOf(reopened, clock, directory)
      const { pending, leased, dead: letters } = reopened.counts()
      assert.deepEqual([pending, leased, letters], [3, 0, 1])
      assert.deepEqual(
        (await again.claim()).map(({ notification }) => notification.id),
        [ids[3]],
      )
      assert.equal(await again.settle(cid, sent), false, 'a lease of the time before is lost')
      assert.equal(reopened.nextDue(), clock.now() + 1_000)
      await reopened.wake(clock.now(), undefined, ['serverError'])
      assert.deepEqual(
        (await again.claim()).map(({ notification, attempt, done }) => [notification.id, attempt, done]),
        [[ids[0], 2, ['to:a']]],
      )
      assert.equal(reopened.history({ limit: 10 }).length, 2)
    })

    it('refuses when it is closed, and closes twice', async (context) => {
      const { outbox, clock, claim, settle, put } = await openRig(engine, context)
      await put('ann')
      const [head] = await claim()
      await outbox.close()
      await outbox.close()
      await assert.rejects(put('bob'), { name: 'OutboxUnavailableError', status: 503 })
      await assert.rejects(settle(head, sent), { name: 'OutboxUnavailableError' })
      await assert.rejects(outbox.claim({ now: clock.now(), limit: 1, leaseMs }), { name: 'OutboxUnavailableError' })
    })

    it('stores what was asked for before it was closed', async (context) => {
      const { outbox, clock, directory } = await openRig(engine, context)
      const stored = outbox.put(aPost({ at: clock.now(), receivers: ['ann'] }))
      const closed = outbox.close()
      assert.equal((await stored).stored.length, 1)
      await closed
      const reopened = engine.open({ directory, clock })
      context.after(() => reopened.close())
      assert.equal(reopened.counts().pending, 1)
    })
  })
}
