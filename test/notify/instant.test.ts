import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLater } from '../../src/notify/instant.ts'

/** The moment `nanos` after the epoch, written in RFC 3339 with an offset of `minutes`. */
function written(nanos: bigint, minutes: number): string {
  const shifted = nanos + BigInt(minutes) * 60_000_000_000n
  const seconds = shifted / 1_000_000_000n
  const fraction = String(shifted % 1_000_000_000n).padStart(9, '0')
  const local = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)
  const sign = minutes < 0 ? '-' : '+'
  const [hour, minute] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  const offset = `${sign}${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  return `${local}.${fraction}${minutes === 0 ? 'Z' : offset}`
}

describe('isLater', () => {
  it('compares moments to the nanosecond, in whatever zone they are written', () => {
    const moment = fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 1_700_000_000_000_000_100n })
    const minutes = fc.integer({ min: -12 * 60, max: 14 * 60 })
    fc.assert(
      fc.property(moment, minutes, moment, minutes, (a, zoneA, b, zoneB) => {
        assert.equal(isLater(written(a, zoneA), written(b, zoneB)), a > b)
      }),
      { numRuns: 500 },
    )
  })

  const rows: readonly (readonly [a: string, b: string, later: boolean])[] = [
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z', false],
    ['2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.09Z', true],
    ['2026-01-01T00:00:00.09Z', '2026-01-01T00:00:00.1Z', false],
    ['2026-01-01t00:00:00z', '2026-01-01T00:00:00Z', false],
    ['2026-01-01T00:00:00-00:00', '2026-01-01T00:00:00Z', false],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59Z', true],
    ['2017-01-01T00:00:00Z', '2016-12-31T23:59:60Z', false],
    ['0001-01-01T00:00:00Z', '1969-12-31T23:59:59.5Z', false],
    ['1969-12-31T23:59:59.5Z', '1969-12-31T23:59:59.25Z', true],
    ['', '', false],
    ['nonsense', 'nonsense', false],
    ['nonsense', '2026-01-01T00:00:00Z', true],
    ['2026-01-01T00:00:00Z', '', true],
    ['2026-13-01T00:00:00Z', '2026-01-01T00:00:00Z', true],
    ['2026-01-01T00:00:00.Z', '2026-01-01T00:00:00Z', true],
    [`2026-01-01T00:00:00.${'9'.repeat(10_000)}Z`, '2026-01-01T00:00:00.999999999Z', false],
  ]
  for (const [a, b, later] of rows) {
    it(`says ${later} for ${JSON.stringify(a.slice(0, 40))} after ${JSON.stringify(b)}`, () => {
      assert.equal(isLater(a, b), later)
    })
  }
})
