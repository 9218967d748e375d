import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RuleTemplate } from '../../src/rules/document.ts'
import { instantiate } from '../../src/rules/instantiate.ts'

const status = { fact: 'status', operator: 'equal', value: 'firing' } as const

function template(conditions: unknown): RuleTemplate {
  return { name: '$receiver', priority: 2, conditions, event: { type: 'route', params: { receiver: '$receiver' } } }
}

describe('a rule with parameters', () => {
  const conditions = { all: [{ fact: 'tenants', operator: 'contains', value: '$tenant' }, '$alertSelector?'] }

  it('has every parameter filled in, and the conditions of a selector in its place', () => {
    const rule = instantiate(template(conditions), { receiver: 'A/b', tenant: 't', alertSelector: [status, status] })

    assert.deepEqual(rule, {
      name: 'A/b',
      priority: 2,
      conditions: { all: [{ fact: 'tenants', operator: 'contains', value: 't' }, status, status] },
      event: { type: 'route', params: { receiver: 'A/b' } },
    })
  })

  it('goes without an optional one that is not set', () => {
    const rule = instantiate(template(conditions), { receiver: 'A/b', tenant: 't' })
    assert.deepEqual(rule?.conditions, { all: [{ fact: 'tenants', operator: 'contains', value: 't' }] })
  })

  it('is not made without one that it needs', () => {
    assert.equal(instantiate(template(conditions), { receiver: 'A/b', tenant: undefined }), undefined)
    assert.equal(instantiate(template({ all: [status, '$configSelector'] }), { receiver: 'A/b' }), undefined)
    assert.equal(instantiate(template({ all: [status] }), {}), undefined)
  })

  it('is not made when nothing is left of its conditions, which would let everything through', () => {
    for (const only of [
      { all: ['$alertSelector?'] },
      { any: ['$alertSelector'] },
      { all: [status, { any: ['$x?'] }] },
    ]) {
      assert.equal(instantiate(template(only), { receiver: 'A/b', alertSelector: [] }), undefined)
    }
  })

  it('takes values as they are, also those that look like parameters', () => {
    const rule = instantiate(template({ all: [{ ...status, value: '$tenant' }] }), {
      receiver: '$x',
      tenant: '$receiver',
    })
    assert.deepEqual([rule?.name, rule?.conditions], ['$x', { all: [{ ...status, value: '$receiver' }] }])
  })

  it('finds no parameter on a prototype', () => {
    assert.equal(instantiate(template({ all: [{ ...status, value: '$constructor' }] }), { receiver: 'A/b' }), undefined)
  })
})
