import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../src/model/delivery.ts'
import { settle } from '../support/fake-clock.ts'
import { dispatchRig } from './dispatch-rig.ts'
import { openSqlite } from './builders.ts'
import { compiled, inForce, memorySender } from './rulesets.ts'

const sent: Delivery = { outcome: 'sent' }
const never = (): Promise<Delivery> => new Promise(() => {})
const rules = inForce({
  receivers: ['ann', 'bob', 'cid'].map((name) => compiled(name, { options: { timeoutMs: 60_000 } })),
})

describe('drain', () => {
  it('lets running attempts end, claims nothing more, and is done as soon as they are', async (context) => {
    const ends: ((delivery: Delivery) => void)[] = []
    const sender = memorySender(() => new Promise<Delivery>((resolve) => ends.push(resolve)))
    const { dispatcher, post, outbox } = await dispatchRig(context, { sender, inForce: rules })
    await post('A', 'ann', 'bob')
    let drained = false
    const draining = dispatcher.drain(30_000).then(() => (drained = true))
    await post('B', 'ann', 'cid')
    ends[0]?.(sent)
    await settle()
    assert.deepEqual([drained, sender.requests.length], [false, 2])
    ends[1]?.(sent)
    await draining
    assert.deepEqual([outbox.counts().pending, sender.requests.length], [2, 2])
  })

  it('aborts what hangs at its deadline, and keeps it in the outbox as if it had not been tried', async (context) => {
    const signals: AbortSignal[] = []
    const sender = memorySender((_, { signal }) => {
      signals.push(signal)
      return never()
    })
    const { dispatcher, post, outbox, clock, directory } = await dispatchRig(context, { sender, inForce: rules })
    await post('A', 'ann')
    const draining = dispatcher.drain(10_000)
    await clock.advance(9_999)
    assert.equal(signals[0]?.aborted, false)
    await clock.advance(1)
    await draining
    assert.equal(signals[0].aborted, true)
    assert.deepEqual(outbox.history({ limit: 1 }), [])
    await outbox.close()
    const next = openSqlite({ directory, clock })
    const claims = await next.claim({ now: clock.now(), limit: 10, leaseMs: 1_000 })
    assert.deepEqual(
      claims.map(({ attempt }) => attempt),
      [1],
    )
    await next.close()
  })

  it('keeps what a notification has sent when it is stopped between its parts', async (context) => {
    const sender = memorySender((request) => (request.startsWith('a:') ? sent : never()))
    const receiver = compiled('ann', { options: { timeoutMs: 60_000 } }, { to: ['a', 'b'] })
    const { dispatcher, post, outbox, clock } = await dispatchRig(context, {
      sender,
      inForce: inForce({ receivers: [receiver] }),
    })
    await post('A', 'ann')
    const draining = dispatcher.drain(1_000)
    await clock.advance(1_000)
    await draining
    const [claim] = await outbox.claim({ now: clock.now(), limit: 10, leaseMs: 1_000 })
    assert.deepEqual(claim?.done, ['to:a'])
  })

  it('is done at once when nothing runs, and may be asked twice', async (context) => {
    const { dispatcher, clock } = await dispatchRig(context, { sender: memorySender(() => sent), inForce: rules })
    await Promise.all([dispatcher.drain(60_000), dispatcher.drain(60_000)])
    assert.deepEqual(clock.wakeTimes, [], 'no sleeper is left behind')
  })
})
