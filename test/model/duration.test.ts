import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { attemptTimeoutMs, durationMs, parseDuration } from '../../src/model/duration.ts'

describe('a duration', () => {
  const table: readonly [text: string, ms: number | undefined][] = [
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['250ms', 250],
    ['1500us', 1.5],
    ['1500µs', 1.5],
    ['1000000ns', 1],
    ['2h0m1s', 7_201_000],
    ['0s', 0],
    ['', undefined],
    ['5', undefined],
    ['s', undefined],
    ['-5s', undefined],
    ['5 s', undefined],
    ['5s ', undefined],
    ['5d', undefined],
    ['.5s', undefined],
    ['1e3s', undefined],
    ['5s\n', undefined],
  ]
  for (const [text, ms] of table) {
    it(`of ${JSON.stringify(text)} is ${ms === undefined ? 'not one' : `${ms} ms`}`, () => {
      assert.equal(parseDuration(text), ms)
    })
  }

  it('of an integer counts in the field’s own unit', () => {
    assert.equal(durationMs(5, 's'), 5_000)
    assert.equal(durationMs(60_000_000_000, 'ns'), 60_000)
    assert.equal(durationMs('1m', 'ns'), 60_000)
    assert.equal(durationMs('1m', 's'), 60_000)
  })

  it('never makes the parser throw or hang', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const ms = parseDuration(text)
        assert.ok(ms === undefined || ms >= 0)
      }),
    )
    assert.equal(parseDuration('1s'.repeat(50_000)), 50_000_000)
    assert.equal(parseDuration(`${'1'.repeat(50_000)}x`), undefined)
  })
})

describe('the deadline of an attempt', () => {
  it('is notificationTimeout in seconds, the default when there is none, and ten minutes at most', () => {
    assert.equal(attemptTimeoutMs(5, 3_000), 5_000)
    assert.equal(attemptTimeoutMs('90s', 3_000), 90_000)
    assert.equal(attemptTimeoutMs(undefined, 3_000), 3_000)
    assert.equal(attemptTimeoutMs(0, 3_000), 3_000)
    assert.equal(attemptTimeoutMs('24h', 3_000), 600_000)
  })
})
