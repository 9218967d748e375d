import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fixture, openDoor, post, type Answer } from './harness.ts'

/** Names that JavaScript, JSON paths and logs might trip over. */
const hostileName = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '',
    'a.b',
    '$..*',
    '../x',
    '🔥',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const pairs = fc.array(fc.tuple(hostileName, fc.string({ unit: 'binary', maxLength: 30 })), { maxLength: 8 })

/** Objects as JSON.parse makes them: `__proto__` is an own property. */
function ownPairs(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries)
}

describe('whatever is posted', () => {
  it('is answered in an envelope with 200 or a 4xx: bytes', async (t) => {
    const door = await openDoor(t)

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const answer = await post(door.server, Buffer.from(bytes))
        assert.ok(answer.statusCode === 400, String(answer.statusCode))
        assert.equal(answer.json<Answer>().Status, answer.statusCode)
      }),
      { numRuns: 300 },
    )
  })

  it('is answered in an envelope with 200 or a 4xx: JSON', async (t) => {
    const door = await openDoor(t)
    const almost = fc.record(
      {
        alerts: fc.oneof(fc.jsonValue(), fc.array(fc.oneof(fc.jsonValue(), fc.record({ labels: fc.jsonValue() })))),
        status: fc.jsonValue(),
        groupLabels: fc.jsonValue(),
        truncatedAlerts: fc.jsonValue(),
        receiver: fc.jsonValue(),
      },
      { requiredKeys: ['alerts'] },
    )

    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), almost), async (body) => {
        const answer = await post(door.server, JSON.stringify(body))
        assert.ok(answer.statusCode === 200 || answer.statusCode === 400, answer.body)
      }),
      { numRuns: 500 },
    )
  })

  it('is taken when it has the right shape, with every label as it was sent', async (t) => {
    const door = await openDoor(t)

    await fc.assert(
      fc.asyncProperty(fc.array(pairs, { maxLength: 4 }), async (alerts) => {
        const body = JSON.stringify({ alerts: alerts.map((labels) => ({ labels: ownPairs(labels) })) })
        const answer = await post(door.server, body)
        assert.equal(answer.statusCode, 200, answer.body)
        const group = door.groups.at(-1)
        assert.deepEqual(
          group?.alerts.map((alert) => new Map(alert.labels)),
          alerts.map((labels) => new Map(Object.entries(ownPairs(labels)))),
        )
      }),
      { numRuns: 300 },
    )
    assert.deepEqual(Object.keys(Object.prototype), [])
  })

  it('leaves the door open for the next post', async (t) => {
    const door = await openDoor(t)
    const bodies = [
      '{"alerts":[{"labels":{"__proto__":{"polluted":"yes"}}}]}',
      '{"__proto__":{"alerts":[]},"constructor":{"prototype":{"x":1}}}',
      `{"alerts":[{"labels":{"a":"${'x'.repeat(1_000_000)}"}}]}`,
      `{"alerts":[${'{"labels":{}},'.repeat(20_000)}{"labels":{}}]}`,
      `{"alerts":[],"x":1${'0'.repeat(100_000)}}`,
      '\u0000',
      '{"alerts":[{"labels":{"a":"\\ud800"}}]}',
    ]

    const statuses: number[] = []
    for (const body of bodies) statuses.push((await post(door.server, body)).statusCode)

    assert.deepEqual(statuses, [400, 400, 400, 413, 200, 400, 200])
    assert.equal((await post(door.server, fixture('firing'))).statusCode, 200)
    assert.equal(Reflect.get({}, 'polluted'), undefined)
  })
})

describe('whatever is asked', () => {
  it('is answered without a 5xx', async (t) => {
    const { server } = await openDoor(t)
    const path = fc.constantFrom(
      '/receivers?tenant=',
      '/receivers?type=',
      '/api/v1/history?receiver=',
      '/api/v1/history?notification=',
      '/api/v1/outbox?limit=',
      '/status?x=',
      '/',
    )

    await fc.assert(
      fc.asyncProperty(path, fc.string({ unit: 'binary', maxLength: 300 }), async (start, rest) => {
        const url = `${start}${encodeURIComponent(rest.toWellFormed())}`
        const answer = await server.inject({ url })
        assert.ok(answer.statusCode < 500, `${url}: ${answer.body}`)
      }),
      { numRuns: 300 },
    )
  })
})
