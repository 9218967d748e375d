import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { toAlertGroup } from '../../src/server/payload.ts'
import { fixture, openDoor, post, type Door } from './harness.ts'

/** Makes dead letters, one for each receiver: `Kind/name` and its tenant. */
async function bury(
  door: Door,
  ...receivers: readonly (readonly [`EmailReceiver/${string}`, string])[]
): Promise<void> {
  const group = toAlertGroup(JSON.parse(fixture('proto-labels')), { source: 'default', now: door.clock.now() })
  const now = door.clock.now()
  for (const [place, [receiver, tenant]] of receivers.entries()) {
    const id = `n${place + 1}`
    const notification = { id, receiver, channel: 'email', tenant, scope: id, alerts: [0] }
    await door.outbox.put({ group, acceptedAt: now, reminder: false, notifications: [notification] })
    const [claim] = await door.outbox.claim({ now, limit: 1, leaseMs: 1_000 })
    const refusal = { state: 'dead', reason: 'authError', detail: '535', done: [], refusals: [] } as const
    await door.outbox.settle(claim!, refusal, { now, tookMs: 12 })
  }
}

const three = [
  ['EmailReceiver/a', 'red'],
  ['EmailReceiver/b', 'red'],
  ['EmailReceiver/c', ''],
] as const

async function open(context: TestContext): Promise<Door & { stored: () => number }> {
  let stored = 0
  const door = await openDoor(context, { stored: () => void (stored += 1) })
  await bury(door, ...three)
  return { ...door, stored: () => stored }
}

async function ids({ server }: Door, query = ''): Promise<readonly string[]> {
  const answer = await server.inject({ url: `/api/v1/dead-letters${query}` })
  return answer.json<{ deadLetters: { notification: string }[] }>().deadLetters.map((one) => one.notification)
}

describe('dead letters over HTTP', () => {
  it('are listed youngest first or oldest first, by receiver, tenant, channel and reason', async (t) => {
    const door = await open(t)
    assert.deepEqual(await ids(door), ['n3', 'n2', 'n1'])
    assert.deepEqual(await ids(door, '?limit=1'), ['n3'])
    assert.deepEqual(await ids(door, '?order=oldest&limit=2'), ['n1', 'n2'])
    assert.deepEqual(await ids(door, '?receiver=EmailReceiver/a'), ['n1'])
    assert.deepEqual(await ids(door, '?tenant=red&channel=email&reason=authError'), ['n2', 'n1'])
    assert.deepEqual(await ids(door, '?tenant='), ['n3'])
    assert.deepEqual(await ids(door, '?reason=tooOld'), [])
  })

  it('are opened one by one, with their alerts whole', async (t) => {
    const door = await open(t)
    const answer = await door.server.inject({ url: '/api/v1/dead-letters/n1' })
    assert.match(answer.body, /"__proto__":"polluted"/u)
    const letter = answer.json<Record<string, unknown> & { alerts: unknown[] }>()
    assert.deepEqual(
      [letter['notification'], letter['detail'], letter['alertCount'], letter.alerts.length],
      ['n1', '535', 1, 1],
    )
    assert.equal((await door.server.inject({ url: '/api/v1/dead-letters/nobody' })).statusCode, 404)
  })

  it('are put back one by one', async (t) => {
    const door = await open(t)
    const url = '/api/v1/dead-letters/n1/replay'
    const answers = [
      await door.server.inject({ method: 'POST', url }),
      await door.server.inject({ method: 'POST', url }),
    ]
    assert.deepEqual([...answers.map(({ statusCode }) => statusCode), door.stored()], [200, 404, 1])
    assert.equal(door.outbox.counts().pending, 1)
  })

  it('are put back together, the oldest first, no more than asked for', async (t) => {
    const door = await open(t)
    const first = await post(door.server, '{"tenant":"red","limit":1}', { url: '/api/v1/dead-letters/replay' })
    assert.deepEqual([first.json<{ count: number }>().count, first.json<{ more: boolean }>().more], [1, true])
    assert.deepEqual(await ids(door), ['n3', 'n2'])
    const rest = await post(door.server, '{"all":true}', { url: '/api/v1/dead-letters/replay' })
    assert.deepEqual([rest.json<{ count: number }>().count, rest.json<{ more: boolean }>().more], [2, false])
    assert.deepEqual([await ids(door), door.outbox.counts().pending, door.stored()], [[], 3, 2])
  })

  it('are discarded one by one and together, and history remembers it', async (t) => {
    const door = await open(t)
    const remove = { method: 'DELETE', url: '/api/v1/dead-letters/n3' } as const
    assert.deepEqual(
      [(await door.server.inject(remove)).statusCode, (await door.server.inject(remove)).statusCode],
      [200, 404],
    )
    const answer = await post(door.server, '{"tenant":"red"}', { url: '/api/v1/dead-letters/discard' })
    assert.equal(answer.json<{ count: number }>().count, 2)
    assert.deepEqual(await ids(door), [])
    const [last] = door.outbox.history({ limit: 1, notification: 'n2' })
    assert.deepEqual(
      [last?.outcome, last?.reason, last?.detail],
      ['discarded', 'authError', 'the dead letter was discarded by hand'],
    )
    assert.equal(door.outbox.counts().payloadBytes, 0, 'nothing refers to the posts any more')
  })

  it('are not all put back or discarded by a slip', async (t) => {
    const door = await open(t)
    for (const verb of ['replay', 'discard']) {
      for (const body of ['{}', '{"limit":5}', '{"all":false}', '{"receivers":"a"}', '{"limit":1001,"all":true}']) {
        const answer = await post(door.server, body, { url: `/api/v1/dead-letters/${verb}` })
        assert.equal(answer.statusCode, 400, body)
      }
    }
    assert.equal((await ids(door)).length, 3)
  })
})
