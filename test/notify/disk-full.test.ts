import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../src/model/delivery.ts'
import { OutboxUnavailableError } from '../../src/model/errors.ts'
import { createFakeClock, settle } from '../support/fake-clock.ts'
import { smallDisk } from '../support/small-disk.ts'
import { aPost, openSqlite } from './builders.ts'
import { dispatchRig } from './dispatch-rig.ts'
import { compiled, inForce, memorySender } from './rulesets.ts'

const sent: Delivery = { outcome: 'sent' }

describe('a full disk', () => {
  for (const threaded of [false, true]) {
    it(`refuses posts until there is room again, and loses nothing${threaded ? ', with a thread' : ''}`, async (context) => {
      const clock = createFakeClock()
      const disk = await smallDisk(context, 4)
      const outbox = openSqlite({ directory: disk.folder, clock, threaded })
      const put = (id: string) => outbox.put(aPost({ at: clock.now(), receivers: ['ann'], ids: [id] }))
      await put('before')
      disk.fill()
      const refusals: string[] = []
      const stored: string[] = ['before']
      for (let count = 0; count < 200; count += 1) {
        await put(`n${count}`).then(
          () => stored.push(`n${count}`),
          (error: unknown) =>
            refusals.push(error instanceof OutboxUnavailableError ? `${error.status}` : String(error)),
        )
      }
      assert.ok(refusals.length > 0)
      assert.deepEqual([...new Set(refusals)], ['503'])
      assert.deepEqual(outbox.condition(), {}, 'that passes, and is no breakage')
      assert.ok(outbox.pending({ limit: 1_000 }).length === stored.length)
      disk.free()
      await put('after')
      stored.push('after')
      await outbox.close()
      const again = openSqlite({ directory: disk.folder, clock })
      assert.deepEqual(
        again.pending({ limit: 1_000 }).map(({ notification }) => notification),
        stored,
      )
      await again.close()
    })
  }

  it('does not stop what is stored from being sent, once each, and the outcomes are stored when there is room', async (context) => {
    const disk = await smallDisk(context, 8)
    const names = Array.from({ length: 150 }, (_, place) => `r${place}`)
    const sender = memorySender(() => sent)
    const rules = inForce({ receivers: names.map((name) => compiled(name)) })
    const rig = await dispatchRig(context, { sender, directory: disk.folder })
    const { outbox, clock, use, dispatcher, metrics } = rig
    for (const name of names) await outbox.put(aPost({ at: clock.now(), receivers: [name], tenant: '' }))
    disk.fill()
    while (
      await outbox.put(aPost({ at: clock.now(), receivers: ['r0'] })).then(
        () => true,
        () => false,
      )
    )
      continue
    use(rules)
    dispatcher.notify()
    for (let count = 0; count < 50; count += 1) await settle()
    const whileFull = new Set(sender.requests).size
    assert.ok(whileFull >= 150, `${whileFull} were sent while the disk was full`)
    await clock.advance(20 * 60_000)
    assert.ok(outbox.counts().pending > 0, 'an outcome cannot be stored')
    disk.free()
    await clock.advance(60_000)
    assert.equal(outbox.counts().pending, 0)
    assert.equal(
      sender.requests.length,
      metrics.counted('notifications_settled_total', { outcome: 'sent' }),
      'none was sent twice',
    )
    await dispatcher.drain(0)
    await outbox.close()
  })
})
