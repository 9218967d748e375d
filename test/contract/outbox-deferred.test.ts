import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Settlement } from '../../src/notify/outbox.ts'
import { receiverKey } from '../notify/builders.ts'
import { readingEngines, openRig, retryAt, rigOf, sent } from './outbox-engines.ts'

function deferredTo(at: number, detail = 'waits for its turn'): Settlement {
  return { state: 'deferred', at, reason: 'rateLimited', detail, done: ['to:a'], refusals: [] }
}

for (const engine of readingEngines) {
  describe(`what the ${engine.name} outbox is told to put off`, () => {
    it('comes back at its time as if it had not been tried, with what has arrived', async (context) => {
      const { outbox, clock, claim, settle, put } = await openRig(engine, context)
      const [id] = await put('ann')
      await put('ann')
      await settle((await claim())[0], deferredTo(clock.now() + 1_000))
      assert.deepEqual([await claim(), outbox.nextDue()], [[], clock.now() + 1_000])
      await clock.advance(1_000)
      const [again] = await claim()
      assert.deepEqual([again?.notification.id, again?.attempt, again?.done], [id, 1, ['to:a']])
      await settle(again, retryAt(clock.now()))
      const [third] = await claim()
      assert.equal(third?.attempt, 2)
      await settle(third, deferredTo(clock.now()))
      assert.equal((await claim())[0]?.attempt, 2)
    })

    it('is shown with why and until when, and told in history once', async (context) => {
      const { outbox, clock, claim, settle, put } = await openRig(engine, context)
      const [id = ''] = await put('ann')
      await put('bob')
      for (let count = 0; count < 5; count += 1) {
        for (const head of await claim()) await settle(head, deferredTo(clock.now() + 10, `told ${count}`))
        await clock.advance(10)
      }
      const [waiting] = outbox.pending({ limit: 1, receiver: receiverKey('ann') })
      assert.deepEqual(
        [waiting?.reason, waiting?.detail, waiting?.attempts, waiting?.nextAttemptAt],
        ['rateLimited', 'told 4', 0, clock.now()],
      )
      await settle((await claim())[0], sent)
      const lines = outbox.history({ limit: 10, notification: id })
      assert.deepEqual(
        lines.map(({ outcome, attempt, detail }) => `${outcome} ${attempt} ${detail}`),
        ['sent 1 1 mail', 'deferred 0 told 0'],
      )
      assert.equal(outbox.history({ limit: 10, receiver: receiverKey('bob') }).length, 1)
    })

    it('is still put off after the outbox was closed, and woken for its reason', async (context) => {
      const { outbox, clock, directory, claim, settle, put } = await openRig(engine, context)
      await put('ann')
      const [head] = await claim()
      await settle(head, deferredTo(clock.now() + 1_000))
      await outbox.close()
      const reopened = engine.open({ directory, clock })
      context.after(() => reopened.close())
      const again = rigOf(reopened, clock, directory)
      assert.deepEqual([await again.claim(), reopened.nextDue()], [[], clock.now() + 1_000])
      await reopened.wake(clock.now(), undefined, ['configNotFound'])
      assert.deepEqual(await again.claim(), [])
      await reopened.wake(clock.now(), [receiverKey('ann')])
      assert.equal((await again.claim()).length, 1)
    })
  })
}
