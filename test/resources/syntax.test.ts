import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decode } from '../../src/resources/decode.ts'
import { readDocuments } from '../../src/resources/documents.ts'
import { defaultLimits } from '../../src/directory/limits.ts'
import { type Problem } from '../../src/model/problem.ts'
import { receiver } from '../directory/fixture.ts'
import { forgotten, syntaxCases } from './syntax-cases.ts'

function problemOf(text: string): Problem {
  const { problems } = readDocuments(text, 'f.yaml', defaultLimits)
  assert.equal(problems.length, 1, JSON.stringify(problems))
  return problems[0]!
}

describe('a syntax error tells what to do:', () => {
  for (const { title, text, at, message, remedy } of syntaxCases) {
    it(title, () => {
      const problem = problemOf(text)

      assert.equal(problem.reason, 'InvalidSyntax')
      assert.match(problem.message, message)
      assert.match(problem.remedy, remedy)
      assert.equal(`${problem.origin?.line}:${problem.origin?.column}`, at)
    })
  }

  it('and names the object that the document seems to be about', () => {
    assert.deepEqual(problemOf(forgotten).object, { kind: 'WebhookReceiver', name: 'global-webhook-receiver' })
  })

  it('and leaves the other documents of the file alone, with their own lines', () => {
    const { documents, problems } = readDocuments(
      `${receiver('a')}---\n${forgotten}---\n${receiver('b')}`,
      'f.yaml',
      defaultLimits,
    )

    assert.deepEqual(
      problems.map(({ origin }) => origin?.line),
      [21],
    )
    assert.deepEqual(
      documents.map((document) => document.originOf('metadata.name').line),
      [4, 33],
    )
  })

  it('and shows nothing of a Secret', () => {
    const head = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n'
    const bodies = [
      '  hunter2\n    a: b\n',
      '  password hunter2\n  b: c\n',
      '  a:hunter2\n  b: c\n',
      '  a: "hunter2\n',
      '  a: |hunter2\n  b\n',
      '  a: hunter2: hunter2\n',
      '  a: *hunter2\n',
      '  a: @hunter2\n',
      '  a: {{ hunter2 }}\n',
    ]
    const listed = (body: string): string =>
      `apiVersion: v1\nkind: List\nitems:\n${`${head}${body}`.replaceAll(/^/gmu, '  ').replace('  ', '- ')}`
    const generated = (body: string): string => `kind: Kustomization\nsecretGenerator:\n- name: s\n${body}`
    for (const body of bodies) {
      for (const text of [head + body, listed(body), `kind: Secrt\nstringData:\n${body}`, generated(body)]) {
        const problem = problemOf(text)
        assert.ok(!JSON.stringify(problem).includes('hunter2'), JSON.stringify(problem))
      }
    }
  })
})

describe('bytes that are not UTF-8 text', () => {
  const fault = (bytes: Uint8Array) => {
    const decoded = decode(bytes)
    assert.ok('fault' in decoded)
    return decoded.fault.message
  }

  it('are told by what they are', () => {
    assert.match(fault(Buffer.from('\ufeffa: 1\n', 'utf16le')), /UTF-16/u)
    assert.match(fault(Buffer.from('a: 1\n', 'utf16le')), /UTF-16/u)
    assert.match(fault(Buffer.from('a: 1\n', 'utf16le').swap16()), /UTF-16/u)
    assert.match(fault(Buffer.from([0x61, 0x3a, 0x20, 0, 0xff])), /binary/u)
    assert.match(fault(Buffer.from('a: caf\xe9', 'latin1')), /not valid UTF-8/u)
  })

  it('a byte order mark of UTF-8 is no harm', () => {
    assert.deepEqual(decode(Buffer.from('\ufeffa: 1')), { text: 'a: 1' })
  })
})
