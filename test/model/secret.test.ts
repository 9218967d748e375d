import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { format, inspect } from 'node:util'
import { serialize } from 'node:v8'
import { SecretText } from '../../src/model/secret.ts'
import { createLogger } from '../../src/system.ts'

const value = 'pl4nted-value'
const secret = new SecretText(value)
const error = Object.assign(new Error(`with ${String(secret)}`, { cause: new Error('why', { cause: secret }) }), {
  secret,
})

describe('a secret text', () => {
  const prints: Readonly<Record<string, () => string>> = {
    'as text': () => String(secret),
    'in a template literal': () => `it is ${secret as unknown as string}`,
    'by concatenation': () => 'it is ' + (secret as unknown as string),
    'as JSON': () => JSON.stringify({ secret, list: [secret] }),
    'by inspect': () => inspect({ secret, map: new Map([[secret, secret]]) }, { depth: 9, showHidden: true }),
    'by inspect without its own words': () =>
      inspect(secret, { customInspect: false, showHidden: true, getters: true }),
    'by format': () => format('%s %o %O %j %d', secret, secret, secret, secret, secret),
    'copied and listed': () =>
      JSON.stringify([Object.assign({}, secret), Object.entries(secret), Reflect.ownKeys(secret)]),
    'as a clone': () => inspect(structuredClone({ secret }), { showHidden: true }),
    'in the bytes for another thread': () => serialize({ secret }).toString('latin1'),
    'in a chain of errors': () => inspect(error, { depth: 9 }) + String(error.stack) + JSON.stringify(error),
    'in an assertion that failed': () => {
      return inspect(assertionOf(() => assert.deepEqual({ secret }, { secret: 'another' })))
    },
    'by the logger': () => {
      const lines: string[] = []
      for (const form of ['logfmt', 'json'] as const) {
        const logger = createLogger({ level: 'debug', format: form, write: (line) => lines.push(line) })
        logger.child({ secret }).error({ err: error, secret, list: [secret] }, `told ${String(secret)}`)
      }
      return lines.join('')
    },
  }
  for (const [how, print] of Object.entries(prints)) {
    it(`is not shown ${how}`, () => {
      const shown = print()
      assert.notEqual(shown, '')
      assert.ok(!shown.includes(value), shown)
    })
  }

  it('gives its value to who asks for it', () => {
    assert.equal(secret.reveal(), value)
  })
})

function assertionOf(run: () => void): unknown {
  try {
    run()
  } catch (thrown) {
    return thrown
  }
  throw new Error('nothing was thrown')
}
