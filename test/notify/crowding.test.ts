import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createFakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { aPost, openSqlite } from './builders.ts'

describe('posts that come together to a crowded lane', () => {
  for (const threaded of [false, true]) {
    it(`push out as many as are too many, the oldest${threaded ? ', by a thread too' : ''}`, async (context) => {
      const clock = createFakeClock()
      const directory = await temporaryFolder(context)
      const outbox = openSqlite({ directory, clock, threaded, limits: { maxPerReceiver: 10 } })
      context.after(() => outbox.close())
      const ids = Array.from({ length: 30 }, (_, place) => `n${place}`)
      await Promise.all(
        ids.map((id) => outbox.put(aPost({ at: clock.now(), receivers: ['ann'], tenant: '', ids: [id] }))),
      )
      const waiting = outbox.pending({ limit: 100 }).map(({ notification }) => notification)
      assert.deepEqual(waiting, ids.slice(20))
    })
  }
})
