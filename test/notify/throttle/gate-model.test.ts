import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { type Delivery } from '../../../src/model/delivery.ts'
import { type Entry } from '../../../src/notify/throttle/gate.ts'
import { type Waiter } from '../../../src/notify/throttle/line.ts'
import { down, join, openGate } from './gate-rig.ts'
import { busiest } from './vendor.ts'

type Step =
  | { readonly do: 'ask' | 'come' | 'vanish' | 'wait'; readonly pick: number }
  | { readonly do: 'end'; readonly pick: number; readonly delivery: Delivery }

const deliveries = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Delivery>({ outcome: 'sent' }) },
  { weight: 2, arbitrary: fc.constant<Delivery>(down) },
  {
    weight: 1,
    arbitrary: fc
      .nat({ max: 5_000 })
      .map((afterMs): Delivery => ({ outcome: 'retry', reason: 'rateLimited', detail: '', afterMs })),
  },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('ask', 'come', 'come', 'vanish', 'wait', 'wait'), pick: fc.nat({ max: 999 }) }),
  fc.record({ do: fc.constant('end' as const), pick: fc.nat({ max: 999 }), delivery: deliveries }),
)

it('a gate never lets too much through and never forgets anybody, whoever comes, goes and fails', () => {
  const rates = fc.array(
    fc.record({ limit: fc.integer({ min: 1, max: 4 }), perMs: fc.integer({ min: 1, max: 900 }) }),
    {
      maxLength: 2,
    },
  )
  fc.assert(
    fc.property(rates, fc.array(step, { maxLength: 200, size: 'max' }), (limits, steps) => {
      const gate = openGate({ limits })
      let now = 0
      let names = 0
      const waiting = new Set<Waiter>()
      const running: Entry[] = []
      const starts: number[] = []
      const enter = (waiter: Waiter): void => {
        const entry = gate.enter(now, waiter)
        if (entry === undefined) {
          gate.line.join(waiter)
          return
        }
        waiting.delete(waiter)
        running.push(entry)
        starts.push(now)
      }
      const nth = <Item>(items: Iterable<Item>, index: number): Item | undefined => {
        const list = [...items]
        return list[index % Math.max(1, list.length)]
      }
      const end = (entry: Entry | undefined, delivery: Delivery): void => {
        if (entry === undefined) return
        running.splice(running.indexOf(entry), 1)
        gate.finish(entry, now, delivery)
      }
      for (const one of steps) {
        if (one.do === 'ask') {
          names += 1
          const waiter = join(gate, `n${names}`)
          waiting.add(waiter)
          gate.call(now)
          enter(waiter)
        } else if (one.do === 'end') end(nth(running, one.pick), one.delivery)
        else if (one.do === 'wait') now += one.pick
        else {
          const waiter = nth(waiting, one.pick)
          if (waiter !== undefined && one.do === 'come') enter(waiter)
          if (waiter !== undefined && one.do === 'vanish') {
            gate.line.leave(waiter)
            waiting.delete(waiter)
          }
        }
        gate.call(now)
      }
      for (const entry of [...running]) end(entry, { outcome: 'sent' })
      for (let rounds = 0; waiting.size > 0; rounds += 1) {
        assert.ok(rounds < 2_000, `${waiting.size} wait for ever`)
        for (const waiter of gate.call(now)) enter(waiter)
        for (const waiter of [...waiting].filter(({ state }) => state !== 'waiting')) enter(waiter)
        for (const entry of [...running]) end(entry, { outcome: 'sent' })
        if (waiting.size > 0) now = Math.min(gate.nextAt(now), now + 500_000)
      }
      for (const { limit, perMs } of limits) assert.ok(busiest(starts, perMs) <= limit)
      assert.deepEqual([gate.line.size, gate.isIdle(now + 1_000_000)], [0, gate.outage === undefined])
    }),
    { numRuns: 500 },
  )
})
