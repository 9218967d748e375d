import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RateWindow } from '../../../src/notify/throttle/window.ts'
import { createSteadyTime } from '../../../src/notify/throttle/steady-time.ts'
import { busiest } from './vendor.ts'

/** Calls that are wanted: how long after the one before, and how long they take; when in between the far side sees them. */
const calls = fc.array(
  fc.record({
    gapMs: fc.oneof(fc.constant(0), fc.nat({ max: 50 }), fc.nat({ max: 3_000 })),
    tookMs: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 1_500 })),
    seen: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 120, size: 'max' },
)
const rate = fc.record({ limit: fc.integer({ min: 1, max: 25 }), perMs: fc.integer({ min: 1, max: 5_000 }) })

describe('a window', () => {
  it('never lets more through than its limit in any window as the far side sees it, the borders included', () => {
    fc.assert(
      fc.property(calls, rate, (wanted, limits) => {
        const window = new RateWindow(limits)
        let running: number[] = []
        const arrivals: number[] = []
        let now = 1_000
        const end = (until: number): void => {
          for (const at of running.filter((one) => one <= until).sort((one, other) => one - other)) window.add(at)
          running = running.filter((one) => one > until)
        }
        for (const { gapMs, tookMs, seen } of wanted) {
          now += gapMs
          end(now)
          // Who finds no room asks again when the window, or the end of a call, says.
          while (window.room(now, running.length) <= 0) {
            now = Math.min(window.freeAt(now, running.length), ...running)
            end(now)
          }
          running.push(now + tookMs)
          arrivals.push(now + tookMs * seen)
        }
        assert.ok(busiest(arrivals, limits.perMs) <= limits.limit)
      }),
      { numRuns: 1_000 },
    )
  })

  it('foresees when those in line may go, not later than they may', () => {
    const window = new RateWindow({ limit: 2, perMs: 1_000 })
    window.add(100)
    window.add(400)
    const spanMs = 1_020
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((ahead) => window.freeAt(500, ahead)),
      [100 + spanMs, 400 + spanMs, 500 + spanMs, 500 + spanMs, 500 + 2 * spanMs],
    )
    assert.equal(window.freeAt(100 + spanMs, 0), 100 + spanMs)
    assert.equal(new RateWindow({ limit: 2, perMs: 1_000 }).freeAt(500, 1), 500)
  })

  it('keeps little for a huge limit, and lets as much through over time', () => {
    const window = new RateWindow({ limit: 2_147_483_647, perMs: 60_000 })
    let through = 0
    for (let now = 0; now < 60_000; now += 1) {
      for (let count = 0; count < 30 && window.room(now, 0) > 0; count += 1) {
        window.add(now)
        through += 1
      }
    }
    assert.ok(through > 1_000_000, `${through} went through`)
    assert.ok(window.ends(60_000).length <= 1_024)
  })

  it('takes a limit that makes no sense for the smallest that does', () => {
    for (const limit of [0, -5, 0.5, NaN]) assert.equal(new RateWindow({ limit, perMs: 1_000 }).room(0, 0), 1)
    for (const perMs of [0, -1, NaN, 1e-6]) {
      const window = new RateWindow({ limit: 1, perMs })
      window.add(0)
      assert.deepEqual([window.room(19, 0), window.room(21, 0)], [0, 1])
    }
    for (const endless of [
      { limit: Infinity, perMs: 1_000 },
      { limit: 5, perMs: Infinity },
    ]) {
      assert.ok(Number.isFinite(new RateWindow(endless).spanMs))
    }
  })
})

it('steady time runs forward with the clock and stands still when the clock is set back', () => {
  let now = 1_000
  const time = createSteadyTime({ now: () => now })
  const startedAt = time()
  now += 500
  assert.equal(time() - startedAt, 500)
  now -= 3_600_000
  assert.equal(time() - startedAt, 500)
  now += 10
  assert.equal(time() - startedAt, 510)
})
