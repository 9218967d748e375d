import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readDocuments, type DocumentSet } from '../../src/resources/documents.ts'
import { defaultLimits } from '../../src/directory/limits.ts'
import { splitDocuments } from '../../src/resources/split.ts'
import { receiver } from '../directory/fixture.ts'

function read(text: string, limits = defaultLimits): DocumentSet {
  return readDocuments(text, 'f.yaml', limits)
}

function values(text: string): readonly unknown[] {
  return read(text).documents.map(({ value }) => value)
}

describe('documents of a text', () => {
  it('are parted at `---`, and empty ones are none', () => {
    assert.deepEqual(values('---\n---\na: 1\n--- # two\nb: 2\n---\n# only a comment\n...\n---\nc: 3\n'), [
      { a: 1 },
      { b: 2 },
      { c: 3 },
    ])
  })

  it('may begin on the line of the border itself', () => {
    assert.deepEqual(values('--- {a: 1}\n--- [2]\n'), [{ a: 1 }, [2]])
  })

  it('end at `---` in the first column even inside a block scalar, and not at an indented one', () => {
    const { documents, problems } = read('a: |\n  x\n  ---\n  y\n---\nb: |\n  one\n---\nc: 1\n')

    assert.deepEqual(problems, [])
    assert.deepEqual(
      documents.map(({ value }) => value),
      [{ a: 'x\n---\ny\n' }, { b: 'one\n' }, { c: 1 }],
    )
  })

  it('know the line on which they begin, comments before them left out', () => {
    const { documents } = read('# licence\n\n---\n# about a\na: 1\n---\n\nb: 2\n')

    assert.deepEqual(
      documents.map((document) => document.originOf('')),
      [
        { file: 'f.yaml', line: 5 },
        { file: 'f.yaml', line: 8 },
      ],
    )
  })

  it('are read with Windows line ends as with Unix ones', () => {
    const text = `${receiver('a')}---\n${receiver('b')}`
    const windows = read(text.replaceAll('\n', '\r\n'))

    assert.deepEqual(
      windows.documents.map(({ value }) => value),
      values(text),
    )
    assert.deepEqual(windows.documents[1]?.originOf('spec.to[0]'), { file: 'f.yaml', line: 19, column: 5 })
  })

  it('flatten `kind: List`, with the line of each item', () => {
    const { documents } = read('kind: List\napiVersion: v1\nitems:\n- a: 1\n  b: 2\n-\n- c: {d: [x, y]}\n')

    assert.deepEqual(
      documents.map(({ value }) => value),
      [{ a: 1, b: 2 }, { c: { d: ['x', 'y'] } }],
    )
    assert.deepEqual(
      documents.map((document) => document.originOf('').line),
      [4, 7],
    )
    assert.deepEqual(documents[0]?.originOf('b'), { file: 'f.yaml', line: 5, column: 3 })
    assert.deepEqual(documents[1]?.originOf('c.d[1]'), { file: 'f.yaml', line: 7, column: 14 })
  })

  it('may be JSON, tabs and all', () => {
    assert.deepEqual(values('{\n\t"a": [\n\t\t1,\n\t\t"\\u00e9"\n\t]\n}\n'), [{ a: [1, 'é'] }])
  })

  it('keep hostile keys as ordinary own keys', () => {
    const [value] = values('__proto__: {polluted: 1}\nconstructor: 2\n"a.b/c[0]": 3\n🙂: 4\n')

    assert.deepEqual(Object.keys(value as object), ['__proto__', 'constructor', 'a.b/c[0]', '🙂'])
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  })

  it('take every key as text and resolve no tags', () => {
    const { documents, problems } = read(
      '1: a\ntrue: b\nnull: c\nd: !!timestamp 2026-01-01\ne: !vault x\nf: !!binary aGk=\n',
    )

    assert.deepEqual(problems, [])
    assert.deepEqual(documents[0]?.value, { '1': 'a', true: 'b', null: 'c', d: '2026-01-01', e: 'x', f: 'aGk=' })
  })

  it('merge keys only where a directive asks for YAML 1.1', () => {
    assert.deepEqual(values('a: &a {x: 1}\nb:\n  <<: *a\n'), [{ a: { x: 1 }, b: { '<<': { x: 1 } } }])
    assert.deepEqual(values('%YAML 1.1\n---\na: &a {x: 1}\nb:\n  <<: *a\n  y: yes\n'), [
      { a: { x: 1 }, b: { x: 1, y: true } },
    ])
  })

  it('put together give the same text again, whatever it is', () => {
    const piece = fc.constantFrom(
      'a: 1\n',
      '---\n',
      '--- x\n',
      '...\n',
      '# c\n',
      '\n',
      '  ---\n',
      '%YAML 1.1\n',
      '-',
      '----\n',
      '\r\n',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('')
        const lines = text.split('\n')
        for (const segment of splitDocuments(text)) {
          const rest = lines.slice(segment.line - 1).join('\n')
          assert.ok(rest.startsWith(segment.text), JSON.stringify({ text, segment }))
          const inner = segment.text.split('\n').slice(1)
          const begun = segment.text.split('\n').findIndex((line) => !/^\s*(?:#|$)|^%/u.test(line))
          assert.ok(
            !inner.some((line, at) => at + 1 > begun && /^---(?:\s|$)/u.test(line)),
            JSON.stringify({ text, segment }),
          )
        }
      }),
      { numRuns: 500 },
    )
  })

  it('never make the reader throw, whatever the text', () => {
    const scrap = fc.constantFrom(
      'a',
      ':',
      ': ',
      '- ',
      '\n',
      '  ',
      '\t',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '&a',
      '*a',
      '|',
      '>',
      '?',
      '!',
      '%',
      '@',
      '#',
      '<<',
      '---\n',
      '\u0000',
      '🙂',
    )
    fc.assert(
      fc.property(fc.array(scrap, { maxLength: 40 }), (scraps) => {
        const { documents, problems } = read(scraps.join(''))
        for (const document of documents) assert.ok(document.originOf('a[0].b').line >= 1)
        for (const { origin, message, remedy } of problems)
          assert.ok(origin!.line >= 1 && message !== '' && remedy !== '')
      }),
      { numRuns: 2_000 },
    )
  })
})
