import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type LabelSelector } from '../../src/model/fragments.ts'
import { matches, requirementFault } from '../../src/model/selector.ts'

const labels = new Map([
  ['app', 'api'],
  ['tier', ''],
])

function expressions(key: string, operator: string, values?: readonly string[]): LabelSelector {
  return { matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) } as never] }
}

describe('a label selector', () => {
  const table: readonly [what: string, selector: LabelSelector, holds: boolean][] = [
    ['that is empty', {}, true],
    ['with empty parts', { matchLabels: {}, matchExpressions: [] }, true],
    ['with an equal label', { matchLabels: { app: 'api' } }, true],
    ['with another value', { matchLabels: { app: 'web' } }, false],
    ['with a label that is absent', { matchLabels: { zone: '' } }, false],
    ['with an empty value that is there', { matchLabels: { tier: '' } }, true],
    ['of which one pair holds and one does not', { matchLabels: { app: 'api', tier: 'x' } }, false],
    ['In a list with the value', expressions('app', 'In', ['web', 'api']), true],
    ['In a list without the value', expressions('app', 'In', ['web']), false],
    ['In for an absent label', expressions('zone', 'In', ['a']), false],
    ['NotIn a list with the value', expressions('app', 'NotIn', ['api']), false],
    ['NotIn a list without the value', expressions('app', 'NotIn', ['web']), true],
    ['NotIn for an absent label, as in Kubernetes', expressions('zone', 'NotIn', ['a']), true],
    ['Exists for a label, even an empty one', expressions('tier', 'Exists'), true],
    ['Exists for an absent label', expressions('zone', 'Exists', []), false],
    ['DoesNotExist for a label', expressions('app', 'DoesNotExist'), false],
    ['DoesNotExist for an absent label', expressions('zone', 'DoesNotExist'), true],
    ['with an unknown operator', expressions('app', 'Equals', ['api']), false],
    ['In without values', expressions('app', 'In', []), false],
    ['NotIn without values, which never opens', expressions('app', 'NotIn'), false],
    ['Exists with values', expressions('app', 'Exists', ['api']), false],
    ['DoesNotExist with values', expressions('zone', 'DoesNotExist', ['a']), false],
  ]
  for (const [what, selector, holds] of table) {
    it(`${holds ? 'matches' : 'does not match'} ${what}`, () => assert.equal(matches(selector, labels), holds))
  }

  it('takes hostile names for names', () => {
    const names = ['__proto__', 'constructor', 'toString', 'a.b/c', '$..*', '', '🔥', 'x'.repeat(10_000)]
    for (const name of names) {
      const selector = { matchLabels: Object.fromEntries([[name, 'v']]) }
      assert.equal(matches(selector, new Map()), false)
      assert.equal(matches(selector, new Map([[name, 'v']])), true)
      assert.equal(matches(expressions(name, 'Exists'), new Map()), false)
    }
  })
})

describe('the fault of a requirement', () => {
  it('says what the operator needs', () => {
    assert.equal(requirementFault({ key: 'a', operator: 'In' }), 'operator In needs at least one value')
    assert.equal(
      requirementFault({ key: 'a', operator: 'NotIn', values: [] }),
      'operator NotIn needs at least one value',
    )
    assert.equal(requirementFault({ key: 'a', operator: 'Exists', values: ['b'] }), 'operator Exists takes no values')
    assert.match(requirementFault({ key: 'a', operator: 'in' as never }) ?? '', /"in" is not one of In, NotIn/)
    assert.equal(requirementFault({ key: 'a', operator: 'DoesNotExist' }), undefined)
  })
})
