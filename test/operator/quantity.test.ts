import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assert as check, bigInt, constantFrom, property } from 'fast-check'
import { canonicalQuantity } from '../../src/operator/quantity.ts'

describe('canonicalQuantity', () => {
  for (const [written, canonical] of [
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['2000', '2k'],
    ['1000000n', '1m'],
    ['1048576Ki', '1Gi'],
    ['007', '7'],
    ['0Mi', '0'],
    ['1024Ei', '1024Ei'],
    [1, '1'],
    [0, '0'],
    ['0.5', '0.5'],
    ['1e3', '1e3'],
    ['1.5Gi', '1.5Gi'],
    ['-5', '-5'],
  ] as const) {
    it(`writes ${JSON.stringify(written)} as ${canonical}`, () => assert.equal(canonicalQuantity(written), canonical))
  }

  it('never changes how much it is', () => {
    const factors: Readonly<Record<string, bigint>> = {
      n: 1n,
      m: 10n ** 6n,
      '': 10n ** 9n,
      k: 10n ** 12n,
      M: 10n ** 15n,
      G: 10n ** 18n,
      T: 10n ** 21n,
      Ki: 2n ** 10n,
      Mi: 2n ** 20n,
      Gi: 2n ** 30n,
      Ti: 2n ** 40n,
      Pi: 2n ** 50n,
      Ei: 2n ** 60n,
      u: 10n ** 3n,
      P: 10n ** 24n,
      E: 10n ** 27n,
    }
    const worth = (quantity: string): bigint => {
      const [, digits = '', suffix = ''] = /^(\d+)(\D*)$/u.exec(quantity) ?? []
      return BigInt(digits) * (factors[suffix] ?? 0n)
    }
    const amount = bigInt({ min: 0n, max: 10n ** 12n })
    const thousands = constantFrom(1n, 1_000n, 1_024n, 1_000_000n, 1_048_576n)
    check(
      property(amount, thousands, constantFrom(...Object.keys(factors)), (digits, times, suffix) => {
        const written = `${digits * times}${suffix}`
        assert.equal(worth(canonicalQuantity(written)), worth(written))
      }),
    )
  })
})
