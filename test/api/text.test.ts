import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cut, formatPath, listed, nearest, typeOf } from '../../src/api/text.ts'

describe('formatPath', () => {
  it('puts dots before names, brackets around places and quotes around odd names', () => {
    assert.equal(formatPath(['spec', 'to', 0]), 'spec.to[0]')
    assert.equal(formatPath(['metadata', 'labels', 'a.b/c']), 'metadata.labels["a.b/c"]')
    assert.equal(formatPath(['spec', '', '🔥']), 'spec[""]["🔥"]')
    assert.equal(formatPath([]), '')
  })
})

describe('nearest', () => {
  const fields = ['bearerToken', 'basicAuth', 'tlsConfig', 'proxyUrl']

  it('sees through case, swaps and slips', () => {
    for (const [written, meant] of [
      ['bearertoken', 'bearerToken'],
      ['bearerTokne', 'bearerToken'],
      ['basicAut', 'basicAuth'],
      ['proxyURI', 'proxyUrl'],
    ]) {
      assert.equal(nearest(written ?? '', fields), meant)
    }
  })

  it('finds nothing where nothing is near', () => {
    for (const written of ['headers', 'x', '', 'b'.repeat(1_000_000)]) assert.equal(nearest(written, fields), undefined)
    assert.equal(nearest('x', []), undefined)
  })
})

describe('words for people', () => {
  it('name types', () => {
    const found = [null, [], {}, 1, 1.5, 'x', true, undefined].map(typeOf)
    assert.deepEqual(found, [
      'null',
      'a list',
      'an object',
      'an integer',
      'a number',
      'a string',
      'a boolean',
      'absent',
    ])
  })

  it('list names and cut what is long', () => {
    assert.equal(listed([], 'or'), '')
    assert.equal(listed(['a'], 'or'), '`a`')
    assert.equal(listed(['a', 'b', 'c'], 'and'), '`a`, `b` and `c`')
    assert.equal(cut('x'.repeat(100)).length, 61)
    assert.equal(cut('x'.repeat(60)).length, 60)
  })
})
