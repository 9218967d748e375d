import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Kind } from '../../src/api/kind.ts'
import { type JsonSchema } from '../../src/api/json-schema.ts'
import { goodSpecs, kinds, linesAbout, object } from './objects.ts'

const hostileKeys = ['__proto__', 'constructor', 'toString', 'spec', 'a.b/c', '🔥', '', '0']
const anything = fc.jsonValue({ maxDepth: 4 })

/** Arbitrary JSON in the shape of a schema, with something wrong in many places. */
function shaped(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { properties, items, additionalProperties } = schema
  if (properties !== undefined) {
    const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, shaped(field)]))
    const known = fc.record(fields, { requiredKeys: [] })
    const strange = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom(...hostileKeys)), anything, { maxKeys: 2 })
    return fc.oneof({ weight: 8, arbitrary: fc.tuple(known, strange).map(merged) }, anything)
  }
  if (items !== undefined)
    return fc.oneof({ weight: 4, arbitrary: fc.array(shaped(items), { maxLength: 3 }) }, anything)
  if (typeof additionalProperties === 'object') {
    const names = fc.oneof(fc.string(), fc.constantFrom(...hostileKeys))
    return fc.oneof(
      { weight: 4, arbitrary: fc.dictionary(names, shaped(additionalProperties), { maxKeys: 3 }) },
      anything,
    )
  }
  return fc.oneof(fc.constantFrom(...(schema.examples ?? schema.enum ?? ['x'])), anything)
}

/** Both, as JSON.parse would give them: every name is an own field, `__proto__` too. */
function merged([known, strange]: readonly [object, object]): unknown {
  return Object.fromEntries([...Object.entries(strange), ...Object.entries(known)])
}

function consistent(value: unknown): void {
  const { resource, problems } = kinds.validate(value)
  assert.equal(
    resource === undefined,
    problems.some(({ severity }) => severity === 'error'),
  )
  if (resource !== undefined) kinds.secretRefs(resource)
  for (const { message, remedy, path } of problems) {
    assert.ok(message !== '' && remedy !== '')
    assert.ok((message + remedy + path).length < 2_000)
  }
}

function mutations(kind: Kind): fc.Arbitrary<unknown> {
  const metadata = fc.oneof(
    fc.constant({ name: 'x' }),
    fc.dictionary(fc.constantFrom('name', 'labels'), anything),
    anything,
  )
  return fc.tuple(metadata, shaped(kind.spec)).map(([found, spec]) => ({ ...object(kind.kind, spec), metadata: found }))
}

describe('hostile objects', () => {
  it('of any JSON are answered with Problems, never with a throw', () => {
    fc.assert(fc.property(anything, consistent), { numRuns: 500 })
  })

  for (const kind of kinds.list) {
    it(`of kind ${kind.kind} are accepted or refused with an error, never with a throw`, () => {
      fc.assert(fc.property(mutations(kind), consistent), { numRuns: 150 })
    })
  }

  it('cannot reach a prototype', () => {
    const text = '{"__proto__":{"to":["a@b.c"]},"constructor":{"prototype":{"polluted":true}}}'
    const spec: unknown = JSON.parse(text)
    assert.deepEqual(linesAbout(object('EmailReceiver', spec)).length, 3)
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
    const stranger: unknown = JSON.parse(
      '{"__proto__":{"apiVersion":"notification.kubesphere.io/v2alpha1"},"kind":{"toString":1}}',
    )
    assert.deepEqual(linesAbout(stranger), [
      'error: apiVersion: is required; write notification.kubesphere.io/v2alpha1 (InvalidObject)',
    ])
  })

  it('keep a label named __proto__ as a label', () => {
    const selector: unknown = JSON.parse('{"matchLabels":{"__proto__":"x"}}')
    const { resource } = kinds.validate(object('SlackReceiver', { channel: 'a', alertSelector: selector }))
    assert.equal(JSON.stringify(resource?.spec), '{"channel":"a","alertSelector":{"matchLabels":{"__proto__":"x"}}}')
  })

  it('with names of a megabyte are described in a line', () => {
    const name = 'k'.repeat(1_000_000)
    for (const line of linesAbout(object(name, { [name]: name }, { name, labels: { [name]: 1 } }))) {
      assert.ok(line.length < 2_000)
    }
    for (const line of linesAbout(object('EmailReceiver', { to: [name], [name]: 1 }, { labels: { [name]: 1 } }))) {
      assert.ok(line.length < 600, line.slice(0, 700))
    }
  })

  it('with too many faults are told some of them and how many unknown fields there were', () => {
    const spec = Object.fromEntries(Array.from({ length: 10_000 }, (_, place) => [`field${place}`, place]))
    const lines = linesAbout(object('WebhookConfig', spec))
    assert.equal(lines.length, 21)
    assert.equal(lines.at(-1), 'warning: WebhookConfig/x: 9980 more unknown fields; remove them (UnknownField)')
    const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, place) => [`label${place}`, place]))
    assert.equal(linesAbout(object('WebhookConfig', {}, { labels })).length, 50)
  })

  it('that hold more values than anyone writes are refused as a whole', () => {
    const lines = linesAbout(object('EmailReceiver', { to: Array(60_000).fill(1) }))
    assert.deepEqual(lines, [
      'error: EmailReceiver/x: holds more than 50000 values; split it into several objects (InvalidObject)',
    ])
  })

  it('nested a hundred thousand deep end at the schema', () => {
    let deep: unknown = 'end'
    for (let level = 0; level < 100_000; level++) deep = { tls: deep, receivers: deep }
    assert.notEqual(linesAbout(object('EmailConfig', deep)).length, 0)
  })

  it('nested deeper than anyone writes where the schema asks nothing are refused as a whole', () => {
    let deep: unknown = 'end'
    for (let level = 0; level < 100_000; level++) deep = { a: [deep] }
    assert.deepEqual(linesAbout(object('NotificationManager', { receivers: {}, affinity: { deep } })), [
      'error: NotificationManager/x: is nested more than 100 levels deep; flatten it (InvalidObject)',
    ])
  })

  it('never have a credential that stands in the wrong place repeated', () => {
    const secret = 'correct-horse-battery-staple'
    const places: readonly unknown[] = [
      object('EmailConfig', { ...(goodSpecs['EmailConfig'] as object), authPassword: secret, authSecret: [secret] }),
      object('SlackConfig', { slackTokenSecret: secret }),
      object('WechatConfig', {
        ...(goodSpecs['WechatConfig'] as object),
        wechatApiSecret: { name: 1, key: { secret } },
      }),
      object('WebhookReceiver', {
        url: `ftp://u:${secret}@h/`,
        httpConfig: { proxyUrl: `x://${secret}`, bearerToken: secret },
      }),
      object('DingTalkReceiver', { chatbot: { webhook: `https://example.com?access_token=${secret}` } }),
      object('EmailConfig', {
        ...(goodSpecs['EmailConfig'] as object),
        smartHost: { host: `smtp://ann:with/slash/${secret}@mail.example`, port: 25 },
      }),
    ]
    for (const place of places) {
      const lines = linesAbout(place)
      assert.notEqual(lines.length, 0)
      assert.equal(lines.join('\n').includes(secret), false, lines.join('\n'))
    }
  })
})
