import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { alertKey, scopeOf, type IdentityScope } from '../../src/notify/identity.ts'

type Parts = readonly [source: string, postedTo: string, groupKey: string, name: string, fingerprint: string]

function identify([source, postedTo, groupKey, name, fingerprint]: Parts): string {
  const scope: IdentityScope = { source, postedTo, groupKey, receiver: `EmailReceiver/${name}` }
  return `${scopeOf(scope)} ${alertKey(fingerprint)}`
}

describe('an identity', () => {
  it('is the same for the same parts, and another when any text moves from one part to the next', () => {
    const part = fc.oneof(fc.constantFrom('', '1', '1:', ':', 'a', '__proto__', '😀'), fc.string({ maxLength: 4 }))
    const parts = fc.tuple(part, part, part, part, part)
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        assert.equal(identify(a), identify([...a]))
        assert.equal(
          identify(a) === identify(b),
          a.every((text, index) => text === b[index]),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  it('has at least 128 bits and a bounded length, however long the parts are', () => {
    assert.match(identify(['x'.repeat(10_000), '', 'y'.repeat(100_000), '', 'ab']), /^[\w-]{22} =ab$/u)
    assert.match(identify(['', '', '', '', 'z'.repeat(65)]), /^[\w-]{22} #[\w-]{22}$/u)
    assert.notEqual(alertKey('z'.repeat(65)), alertKey(alertKey('z'.repeat(65)).slice(1)))
  })
})
