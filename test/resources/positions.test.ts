import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readDocuments, type DocumentSet } from '../../src/resources/documents.ts'
import { defaultLimits } from '../../src/directory/limits.ts'
import { configMap } from '../directory/fixture.ts'

function read(text: string, limits = defaultLimits): DocumentSet {
  return readDocuments(text, 'f.yaml', limits)
}

describe('the place of a path', () => {
  const text = `# head\n---\n${configMap('x', { 'a.b': '1', 'a.b.c': '2' })}spec:\n  list:\n  - one: 1\n  - [p, q]\n  "x[0]": y\n`
  const place = (path: string) => {
    const { line, column } = read(text).documents[0]!.originOf(path)
    return `${line}:${column ?? 0}`
  }

  it('is the key of a field and the beginning of an item', () => {
    assert.equal(place('metadata.name'), '6:3')
    assert.equal(place('spec.list[0].one'), '11:5')
    assert.equal(place('spec.list[1][1]'), '12:9')
  })

  it('takes names with dots and brackets, quoted or not', () => {
    assert.equal(place('data.a.b'), '8:8')
    assert.equal(place('data["a.b.c"]'), '8:18')
    assert.equal(place('spec["x[0]"]'), '13:3')
    assert.equal(place('spec.x[0]'), '13:3')
  })

  it('is the nearest thing above when the path is not there', () => {
    assert.equal(place('spec.list[7].one'), '10:3')
    assert.equal(place('metadata.labels.x'), '5:1')
    assert.equal(place('nowhere'), '3:1')
  })
})
