import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readDocuments, type DocumentSet } from '../../src/resources/documents.ts'
import { defaultLimits } from '../../src/directory/limits.ts'

function read(text: string, limits = defaultLimits): DocumentSet {
  return readDocuments(text, 'f.yaml', limits)
}

describe('bounds', () => {
  it('an alias bomb is refused', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(',')}]`,
    )
    const { documents, problems } = read(`a0: &a0 [x]\n${levels.join('\n')}\n`)

    assert.equal(documents.length, 0)
    assert.match(problems[0]!.message, /too large once its aliases/u)
  })

  it('an alias inside its own anchor is refused', () => {
    assert.match(read('a: &x\n  b: *x\n').problems[0]!.message, /nested more than 100/u)
  })

  it('deep nesting is refused, as brackets and as indentation', () => {
    const deep = Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')

    for (const text of ['['.repeat(100_000), `${'['.repeat(200)}${']'.repeat(200)}`, deep]) {
      const { documents, problems } = read(text)
      assert.equal(documents.length, 0)
      assert.equal(problems.length, 1)
    }
  })

  it('twenty thousand keys in one map take no quadratic time, and a repeated one among them is found', () => {
    const lines = Array.from({ length: 20_000 }, (_, key) => `k${key}: 1`)
    const startedAt = performance.now()
    const { problems } = read([...lines, 'k7: 2'].join('\n'))

    assert.equal(problems[0]?.origin?.line, 20_001)
    assert.ok(performance.now() - startedAt < 3_000)
  })

  it('a document that is too long is refused and the others are not', () => {
    const limits = { ...defaultLimits, maxDocumentChars: 100 }
    const { documents, problems } = read(`a: 1\n---\nb: ${'x'.repeat(200)}\n---\nc: 1\n`, limits)

    assert.equal(documents.length, 2)
    assert.deepEqual(
      problems.map(({ message, origin }) => [origin?.line, message.slice(0, 31)]),
      [[2, 'the document has 208 characters']],
    )
  })

  it('documents beyond the limit are not read, and it says so', () => {
    const { documents, problems } = read('a: 1\n---\nb: 1\n---\nc: 1\n', { ...defaultLimits, maxDocuments: 2 })

    assert.equal(documents.length, 2)
    assert.equal(problems[0]?.origin?.line, 4)
  })
})
