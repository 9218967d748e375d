import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isDeeperThan } from '../../src/server/depth.ts'

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

describe('isDeeperThan', () => {
  it('agrees with the depth of the parsed value, brackets and quotes inside strings included', () => {
    const text = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a', '🔥') })
    const value = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' })

    fc.assert(
      fc.property(value, text, fc.nat(8), (inner, words, levels) => {
        const whole = { [words]: inner, words }
        assert.equal(isDeeperThan(Buffer.from(JSON.stringify(whole)), levels), depthOf(whole) > levels)
      }),
    )
  })

  it('stops at text that is no JSON', () => {
    assert.equal(isDeeperThan(Buffer.from(']]]]"\\'), 1), false)
    assert.equal(isDeeperThan(Buffer.from('['.repeat(100_000)), 64), true)
  })
})
