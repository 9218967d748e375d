import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { type Delivery } from '../../src/model/delivery.ts'
import { type OutboxLimits } from '../../src/notify/limits.ts'
import { type Outbox } from '../../src/notify/outbox.ts'
import { Shares } from '../../src/notify/shares.ts'
import { Turns } from '../../src/notify/turns.ts'
import { createFakeClock, settle, type FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { aGroup, anAlert, aPost, freshName, openSqlite } from './builders.ts'
import { dispatchRig } from './dispatch-rig.ts'
import { compiled, inForce, memorySender } from './rulesets.ts'

const never = (): Promise<Delivery> => new Promise(() => {})

function named(prefix: string, amount: number): readonly string[] {
  return Array.from({ length: amount }, (_, place) => `${prefix}${place}`)
}

interface Rig {
  readonly outbox: Outbox
  readonly clock: FakeClock
  /** Stores one fresh alert for these receivers of a tenant. */
  put(tenant: string, ...receivers: readonly string[]): Promise<void>
  /** Claims, and gives back whose turn it was: the receivers' names. */
  claim(limit: number): Promise<readonly string[]>
}

async function rig(context: TestContext, limits: Partial<OutboxLimits> = {}): Promise<Rig> {
  const clock = createFakeClock()
  const outbox = openSqlite({ directory: await temporaryFolder(context), clock, limits })
  context.after(() => outbox.close())
  return {
    outbox,
    clock,
    put: async (tenant, ...receivers) => {
      await outbox.put(aPost({ at: clock.now(), receivers, tenant }))
    },
    claim: async (limit) => {
      const claims = await outbox.claim({ now: clock.now(), limit, leaseMs: 60_000 })
      return claims.map(({ notification }) => notification.receiver.replace('EmailReceiver/', ''))
    },
  }
}

describe('turns', () => {
  it('give a tenant with ten thousand receivers one turn for each of the others', async (context) => {
    const { put, claim } = await rig(context)
    await put('flood', ...named('f', 10_000))
    await put('red', 'red1', 'red2')
    await put('blue', 'blue1')
    await put('', 'global1', 'global2')
    assert.deepEqual(await claim(40), [
      ...['f0', 'red1', 'blue1', 'global1', 'global2', 'f1', 'red2'],
      ...named('f', 18).slice(2),
    ])
  })

  it('go through the receivers of a tenant before one of them has its second', async (context) => {
    const { outbox, clock, put } = await rig(context)
    for (let count = 0; count < 3; count += 1) await put('red', 'a')
    await put('red', 'b')
    await put('red', 'c')
    const order: string[] = []
    for (let count = 0; count < 5; count += 1) {
      const [claim] = await outbox.claim({ now: clock.now(), limit: 1, leaseMs: 1_000 })
      assert.ok(claim !== undefined)
      order.push(claim.notification.receiver.slice(-1))
      await outbox.settle(claim, { state: 'sent', detail: '', refusals: [] }, { now: clock.now(), tookMs: 1 })
    }
    assert.deepEqual(order.join(''), 'abcaa')
  })

  it('never pass over a party, whatever comes and goes', () => {
    const step = fc.record({ party: fc.constantFrom('a', 'b', 'c'), take: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const turns = new Turns<{ readonly party: string }>()
        const waiting = new Map<string, number>()
        const passed = new Map<string, number>()
        for (const { party, take } of steps) {
          if (take) {
            const served = turns.take(() => true)?.party
            const others = [...waiting].filter(([name, amount]) => amount > 0 && name !== served)
            for (const [name] of others) passed.set(name, (passed.get(name) ?? 0) + 1)
            if (served !== undefined) waiting.set(served, (waiting.get(served) ?? 0) - 1)
            passed.set(served ?? '', 0)
            assert.ok([...passed].every(([name, count]) => count <= 2 || waiting.get(name) === 0))
          } else {
            turns.add({ party })
            if ((waiting.get(party) ?? 0) === 0) passed.set(party, 0)
            waiting.set(party, (waiting.get(party) ?? 0) + 1)
          }
        }
        assert.equal(
          turns.some(() => true),
          [...waiting.values()].some((amount) => amount > 0),
        )
      }),
    )
  })
})

describe('shares', () => {
  it('leave as many places as each has that takes all it may, however many they are', () => {
    for (const [parties, each] of [
      [1, 32],
      [3, 16],
      [7, 8],
      [31, 2],
      [63, 1],
    ] as const) {
      const shares = new Shares()
      shares.offer(64)
      const taken = new Map<string, number>()
      for (let round = 0; round < 64; round += 1) {
        const allowed = named('p', parties).filter((party) => shares.allows(party))
        const [party] = allowed.toSorted((one, other) => (taken.get(one) ?? 0) - (taken.get(other) ?? 0))
        if (party === undefined) break
        shares.take(party)
        taken.set(party, (taken.get(party) ?? 0) + 1)
      }
      assert.deepEqual(new Set(taken.values()), new Set([each]), `${parties} parties`)
      assert.ok(shares.allows('somebody new'))
    }
  })

  it('are given back', () => {
    const shares = new Shares()
    shares.offer(2)
    shares.take('a')
    assert.equal(shares.allows('a'), false)
    shares.give('a')
    assert.equal(shares.allows('a'), true)
  })
})

describe('a tenant whose endpoints all hang', () => {
  it('holds half of the attempts at most; others are told at once, however many receivers it has', async (context) => {
    const flood = named('f', 500)
    const sender = memorySender((request) => (request.startsWith('f') ? never() : { outcome: 'sent' }))
    const receivers = [...flood.map((name) => compiled(name, { tenant: 'flood' })), compiled('ann'), compiled('bob')]
    const { outbox, clock, dispatcher } = await dispatchRig(context, { sender, inForce: inForce({ receivers }) })
    const put = async (tenant: string, ...names: readonly string[]): Promise<void> => {
      const group = aGroup([anAlert(freshName())])
      await outbox.put(aPost({ at: clock.now(), receivers: names, tenant, group }))
      dispatcher.notify()
      await settle()
    }
    for (let count = 0; count < 5; count += 1) await put('flood', ...flood)
    assert.equal(sender.requests.length, 32)
    for (let count = 0; count < 50; count += 1) {
      await put('red', 'ann')
      await put('', 'bob')
    }
    assert.equal(sender.requests.filter((request) => /^(?:ann|bob)/u.test(request)).length, 100)
    assert.equal(outbox.counts().pending, 2_500)
  })
})
