import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type NewNotification, type Outbox } from '../../src/notify/outbox.ts'
import { type ServerDeps } from '../../src/server/deps.ts'
import { toAlertGroup } from '../../src/server/payload.ts'
import { aProblem, aReceiver, aRuleset, fixture, openDoor, type Answer, type Door } from './harness.ts'

const payments = aReceiver({
  key: 'EmailReceiver/payments',
  resource: { kind: 'EmailReceiver', metadata: { name: 'payments', labels: {} }, spec: { to: ['dev@example.com'] } },
  class: 'tenant',
  tenant: 'payments',
  alertSelector: { matchLabels: { severity: 'critical' } },
  configReason: 'ConfigNotFound',
  undeliverable: [aProblem()],
})
const inForce = {
  ruleset: aRuleset({
    receivers: [aReceiver(), payments],
    excluded: [
      {
        ref: { kind: 'SlackReceiver', name: 'adrift' },
        reason: 'NotSelected',
        message: 'no selector of the NotificationManager matches it',
      },
    ],
  }),
  problems: [aProblem({ object: { kind: 'EmailReceiver', name: 'payments' } })],
}

/** Stores one notification for the receiver, as accepting a post does. */
async function store(door: Door, id: string, receiver: NewNotification['receiver']): Promise<void> {
  const group = toAlertGroup(JSON.parse(fixture('proto-labels')), { source: 'default', now: door.clock.now() })
  await door.outbox.put({
    group,
    acceptedAt: door.clock.now(),
    reminder: false,
    notifications: [{ id, receiver, channel: 'email', tenant: '', scope: id, alerts: [0] }],
  })
}

/** Ends the one notification that waits. */
async function end(door: Door, settlement: Parameters<Outbox['settle']>[1]): Promise<void> {
  const now = door.clock.now()
  const [claim] = await door.outbox.claim({ now, limit: 1, leaseMs: 1_000 })
  await door.outbox.settle(claim!, settlement, { now, tookMs: 12 })
}

async function get<Body>({ server }: Door, url: string): Promise<Body> {
  const answer = await server.inject({ url })
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json<Body>()
}

interface Listed {
  readonly receivers: readonly { readonly name: string }[]
}

describe('GET /receivers', () => {
  it('tells of each receiver how it is configured and how it fares, with references in place of secrets', async (t) => {
    const door = await openDoor(t, { current: () => inForce })
    await store(door, 'n1', 'EmailReceiver/global-receiver')
    await end(door, { state: 'sent', detail: '1 mail to 1 address', refusals: [] })
    await store(door, 'n2', 'EmailReceiver/global-receiver')

    const { receivers } = await get<Listed>(door, '/receivers')

    assert.deepEqual(receivers[0], {
      kind: 'EmailReceiver',
      name: 'global-receiver',
      type: 'email',
      class: 'global',
      tenant: null,
      config: { kind: 'EmailConfig', name: 'default-config', reason: 'DefaultConfig' },
      alertSelector: null,
      ready: true,
      reason: 'DefaultConfig',
      message: 'the default EmailConfig/default-config is used',
      stale: false,
      secrets: [
        {
          of: 'EmailConfig/default-config',
          path: 'authPassword',
          name: 'smtp-credentials',
          key: 'password',
          namespace: 'monitoring',
        },
      ],
      pending: 1,
      lastDelivery: { at: '2026-11-22T16:00:00.000Z', outcome: 'sent', detail: '1 mail to 1 address' },
    })
  })

  it('says why one cannot be delivered, and which no alert can reach', async (t) => {
    const door = await openDoor(t, { current: () => inForce })

    const { receivers } = await get<{ receivers: Record<string, unknown>[] }>(door, '/receivers')

    const [, tenant, excluded] = receivers
    assert.deepEqual([tenant?.['ready'], tenant?.['reason']], [false, 'ConfigNotFound'])
    assert.equal(tenant?.['message'], 'spec: no EmailConfig can be used; create one with the label type: default')
    assert.deepEqual(
      [excluded?.['class'], excluded?.['type'], excluded?.['reason']],
      ['excluded', 'slack', 'NotSelected'],
    )
  })

  it('says which Secret cannot be read, when it is told', async (t) => {
    const missingSecret: NonNullable<ServerDeps['missingSecret']> = ({ namespace, name }) =>
      `there is no Secret ${namespace}/${name}; create it`
    const door = await openDoor(t, { current: () => inForce, missingSecret })

    const { receivers } = await get<{ receivers: Record<string, unknown>[] }>(door, '/receivers')

    assert.deepEqual([receivers[0]?.['ready'], receivers[0]?.['reason']], [false, 'SecretNotFound'])
    assert.equal(
      receivers[0]?.['message'],
      'EmailConfig/default-config is not ready: spec.authPassword: there is no Secret monitoring/smtp-credentials; create it',
    )
  })

  const filters: readonly (readonly [string, readonly string[]])[] = [
    ['', ['global-receiver', 'payments', 'adrift']],
    ['?tenant=payments', ['payments']],
    ['?tenant=payment', []],
    ['?type=email', ['global-receiver', 'payments']],
    ['?type=slack', ['adrift']],
    ['?type=email&tenant=payments', ['payments']],
    ['?type=webhook', []],
  ]
  for (const [query, names] of filters) {
    it(`filters exactly: ${query === '' ? 'not at all' : query}`, async (t) => {
      const door = await openDoor(t, { current: () => inForce })

      const { receivers } = await get<Listed>(door, `/receivers${query}`)

      assert.deepEqual(
        receivers.map(({ name }) => name),
        names,
      )
    })
  }

  it('names the types when it does not know one', async (t) => {
    const { server } = await openDoor(t)

    for (const type of ['Email', '__proto__', 'constructor', '']) {
      const answer = await server.inject({ url: '/receivers', query: { type } })
      assert.equal(answer.statusCode, 400)
      assert.match(answer.json<Answer>().Message, /email, wechat, slack, webhook, dingtalk/u)
    }
  })

  it('is empty before the first ruleset', async (t) => {
    const door = await openDoor(t, { current: () => undefined })

    assert.deepEqual(await get(door, '/receivers'), { ruleset: null, receivers: [] })
  })
})

describe('GET /status', () => {
  it('tells version, ruleset, problems, outbox and channels', async (t) => {
    const door = await openDoor(t, { current: () => inForce })
    await store(door, 'n1', 'EmailReceiver/payments')
    await door.clock.advance(90_000)

    const status = await get<Record<string, Record<string, unknown>>>(door, '/status')

    assert.deepEqual([status['version'], status['uptimeSeconds'], status['ready']], ['1.2.3', 90, true])
    assert.deepEqual(status['ruleset']?.['receivers'], { global: 1, tenant: 1, excluded: 1 })
    assert.equal(status['ruleset']['problemCount'], 1)
    assert.deepEqual([status['outbox']?.['pending'], status['outbox']?.['oldestPendingAgeSeconds']], [1, 90])
  })

  it('says why it is not ready', async (t) => {
    const door = await openDoor(t, { current: () => undefined })

    const status = await get<Record<string, unknown>>(door, '/status')

    assert.deepEqual([status['ready'], status['reason'], status['ruleset']], [false, 'NOT_READY', null])
  })
})

describe('the outbox over HTTP', () => {
  it('lists what waits and what was told, by receiver and by notification', async (t) => {
    const door = await openDoor(t)
    await store(door, 'n1', 'EmailReceiver/a')
    await end(door, { state: 'sent', detail: 'sent', refusals: [] })
    await store(door, 'n2', 'EmailReceiver/b')

    const { pending } = await get<{ pending: { notification: string }[] }>(door, '/api/v1/outbox')
    const { history } = await get<{ history: { notification: string }[] }>(door, '/api/v1/history?notification=n1')
    const other = await get<{ history: unknown[] }>(door, '/api/v1/history?receiver=EmailReceiver/b&limit=5')

    assert.deepEqual([pending.map((one) => one.notification), history.length, other.history.length], [['n2'], 1, 0])
  })

  for (const query of [
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=1e3',
    'limit=',
    'receiver=x',
    'receiver=a/b/c',
    'limit=1&limit=2',
  ]) {
    it(`refuses a query that makes no sense: ${query}`, async (t) => {
      const { server } = await openDoor(t)

      assert.equal((await server.inject({ url: `/api/v1/history?${query}` })).statusCode, 400)
    })
  }
})
