import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import {
  DrainingError,
  NotReadyError,
  OutboxFullError,
  PayloadError,
  RefusalError,
  SecretNotFoundError,
} from '../../src/model/errors.ts'
import { describeRef, keyOf } from '../../src/model/object.ts'
import { formatProblem, type Problem } from '../../src/model/problem.ts'
import { SecretText } from '../../src/model/secret.ts'

const problem: Problem = {
  severity: 'error',
  reason: 'InvalidObject',
  path: 'spec.to[0]',
  message: 'is a number',
  remedy: 'write text',
}

describe('a problem as one line', () => {
  it('has file and line, severity, object, path, what is wrong and what would be right', () => {
    const line = formatProblem({
      ...problem,
      object: { kind: 'EmailReceiver', name: 'a' },
      origin: { file: 'team/a.yaml', line: 7 },
    })
    assert.equal(line, 'team/a.yaml:7: error: EmailReceiver/a: spec.to[0]: is a number; write text (InvalidObject)')
  })

  it('leaves out what is not known', () => {
    assert.equal(formatProblem({ ...problem, path: '' }), 'error: is a number; write text (InvalidObject)')
    assert.equal(
      formatProblem({ ...problem, severity: 'warning', object: { kind: 'Secret', name: 's', namespace: 'n' } }),
      'warning: Secret n/s: spec.to[0]: is a number; write text (InvalidObject)',
    )
  })
})

describe('the name of an object', () => {
  it('is Kind/name, with a namespace where it has one', () => {
    assert.equal(keyOf({ kind: 'EmailReceiver', metadata: { name: 'a' } }), 'EmailReceiver/a')
    assert.equal(describeRef({ kind: 'EmailReceiver', name: 'a' }), 'EmailReceiver/a')
    assert.equal(describeRef({ kind: 'Secret', name: 'a', namespace: 'n' }), 'Secret n/a')
  })
})

describe('a secret', () => {
  const secret = new SecretText('hunter2')

  it('is given only by reveal', () => {
    assert.equal(secret.reveal(), 'hunter2')
  })

  it('is redacted however it is printed', () => {
    const printed = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ nested: { secret } }, { depth: null, showHidden: true }),
      [secret].join(),
      secret.toString(),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
    ]
    for (const text of printed) assert.ok(!text.includes('hunter2'), text)
    assert.match(printed[0]!, /redacted/)
  })
})

describe('a refusal', () => {
  it('has a code and an HTTP status: 503 where the sender should try again, and never another 4xx than 400', () => {
    const refusals = [new NotReadyError('m'), new OutboxFullError('m'), new DrainingError('m'), new PayloadError('m')]
    assert.deepEqual(
      refusals.map((error) => [error.name, error.code, error.status, error instanceof RefusalError]),
      [
        ['NotReadyError', 'NOT_READY', 503, true],
        ['OutboxFullError', 'OUTBOX_FULL', 503, true],
        ['DrainingError', 'DRAINING', 503, true],
        ['PayloadError', 'BAD_PAYLOAD', 400, true],
      ],
    )
    assert.equal(new SecretNotFoundError('m').name, 'SecretNotFoundError')
  })
})
