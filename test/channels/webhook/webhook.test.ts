import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { after, afterEach, before, test } from 'node:test'
import { type Sender } from '../../../src/channels/channel.ts'
import { addressOf } from '../../../src/channels/webhook/address.ts'
import { type WebhookHttpConfig, type WebhookReceiverSpec } from '../../../src/channels/webhook/schema.ts'
import { type WebhookRequest } from '../../../src/channels/webhook/sender.ts'
import { webhook } from '../../../src/channels/webhook/webhook.ts'
import { type WireGroup } from '../../../src/model/wire.ts'
import {
  aNotification,
  createRig,
  notificationKinds,
  planInput,
  renderOf,
  type Rig,
} from '../../support/channel-rig.ts'
import { startHttpPeer, type HttpPeer } from '../../support/http-peer.ts'

let peer: HttpPeer
let rig: Rig
let sender: Sender<WebhookRequest>
before(async () => {
  peer = await startHttpPeer()
  rig = createRig()
  sender = webhook.open?.(rig.deps) ?? assert.fail()
})
afterEach(() => void (peer.answer = { status: 200 }))
after(async () => {
  await sender.close()
  await rig.close()
  await peer.stop()
})

function planOf(receiver: WebhookReceiverSpec, rest: Partial<Parameters<typeof webhook.plan>[0]> = {}) {
  return webhook.plan(planInput({ receiver, config: undefined, options: {}, ...rest }))
}

async function post(
  httpConfig: WebhookHttpConfig = {},
  secrets: Readonly<Record<string, string>> = {},
  url = `${peer.origin}/hook`,
) {
  const [part] = planOf({ url, httpConfig })
  return await sender.send(part ?? assert.fail(), rig.context(secrets))
}

function authorization(): string | undefined {
  return peer.requests.at(-1)?.headers.authorization
}

test('a service becomes an address with exactly one slash and the port of its scheme', () => {
  const cases: readonly (readonly [NonNullable<WebhookReceiverSpec['service']>, string])[] = [
    [{ name: 'audit', namespace: 'tools' }, 'http://audit.tools.svc/'],
    [{ name: 'audit', namespace: 'tools', path: 'p' }, 'http://audit.tools.svc/p'],
    [{ name: 'audit', namespace: 'tools', path: '/p' }, 'http://audit.tools.svc/p'],
    [{ name: 'audit', namespace: 'tools', path: '//p?q=1' }, 'http://audit.tools.svc/p?q=1'],
    [{ name: 'audit', namespace: 'tools', port: 8080, path: '/p' }, 'http://audit.tools.svc:8080/p'],
    [{ name: 'audit', namespace: 'tools', port: '8080' }, 'http://audit.tools.svc:8080/'],
    [{ name: 'audit', namespace: 'tools', scheme: 'https' }, 'https://audit.tools.svc/'],
    [{ name: 'audit', namespace: 'tools', scheme: 'https', port: 8443 }, 'https://audit.tools.svc:8443/'],
    [{ name: 'audit' }, 'http://audit/'],
    [{ name: 'audit', namespace: '' }, 'http://audit/'],
    [{ name: 'audit', namespace: 'tools', path: '@evil.test/' }, 'http://audit.tools.svc/@evil.test/'],
  ]
  for (const [service, expected] of cases) assert.equal(addressOf({ service })?.href, expected)
  assert.equal(addressOf({ url: 'https://a.test/x', service: { name: 'audit' } })?.href, 'https://a.test/x')
  assert.equal(addressOf({}), undefined)
})

test('a receiver without an address, or with one that is none, is a fault with a remedy', () => {
  const check = (spec: WebhookReceiverSpec) => webhook.receiver.check?.(spec as never) ?? []
  assert.deepEqual(check({ url: 'https://a.test' }), [])
  assert.deepEqual(check({ service: { name: 'audit' } }), [])
  assert.match(check({})[0]?.message ?? '', /neither url nor service/u)
  assert.equal(check({ url: 'http://' })[0]?.path, 'spec.url')
  assert.equal(check({ url: 'ftp://a.test' })[0]?.path, 'spec.url')
})

test("the default body is the notification in Alertmanager's shape, sent as JSON with its id", async () => {
  const delivery = await post()
  assert.deepEqual(delivery, { outcome: 'sent', detail: `${peer.origin} answered 200 OK` })
  const request = peer.requests.at(-1)
  const body = JSON.parse(request?.body ?? '') as WireGroup
  assert.deepEqual([body.version, body.status, body.alerts.length], ['4', 'firing', 1])
  assert.equal(request?.method, 'POST')
  assert.equal(request.path, '/hook')
  assert.equal(request.headers['content-type'], 'application/json')
  assert.equal(request.headers['idempotency-key'], 'n-1')
  assert.equal(request.headers['x-notification-id'], 'n-1')
  assert.match(request.headers['user-agent'] ?? '', /^notification-manager/u)
})

test('text of a template is sent as it is, as JSON only when it is JSON', async () => {
  for (const [text, type] of [
    ['{"msgtype":"text"}', 'application/json'],
    ['2 alerts fire: "a"\nb', 'text/plain; charset=utf-8'],
    ['', 'text/plain; charset=utf-8'],
  ] as const) {
    const [part] = planOf({ url: peer.origin }, { render: () => ({ text }), templates: { body: 'mine' } })
    await sender.send(part ?? assert.fail(), rig.context())
    assert.equal(peer.requests.at(-1)?.body, text)
    assert.equal(peer.requests.at(-1)?.headers['content-type'], type)
  }
})

test('the template in force is rendered as json, the default when none is named', () => {
  const asked: string[] = []
  const render = (name: string, format: string) => {
    asked.push(`${name} ${format}`)
    return { text: '{}' }
  }
  planOf({ url: 'http://a.test' }, { render, templates: { body: 'mine' } })
  planOf({ url: 'http://a.test' }, { render })
  assert.deepEqual(asked, ['mine json', 'webhook.default.message json'])
})

const token = { name: 'hook', key: 'token' }
const password = { name: 'hook', key: 'password' }

test('a bearer token gets its scheme unless it brings one', async () => {
  const cases = [
    ['abc', 'Bearer abc'],
    ['abc\n', 'Bearer abc'],
    ['Bearer abc', 'Bearer abc'],
    ['Basic dTpw', 'Basic dTpw'],
    ['Token abc', 'Token abc'],
    ['GenieKey  abc\r\n', 'GenieKey  abc'],
  ] as const
  for (const [value, expected] of cases) {
    await post({ bearerToken: token }, { 'hook/token': value })
    assert.equal(authorization(), expected, value)
  }
})

test('basic authentication takes its password from the Secret, and a bearer token goes before it', async () => {
  const basicAuth = { username: 'ünion', password }
  await post({ basicAuth }, { 'hook/password': 'p:w\n' })
  assert.equal(authorization(), `Basic ${Buffer.from('ünion:p:w').toString('base64')}`)
  await post({ basicAuth: { username: 'u' } })
  assert.equal(authorization(), `Basic ${Buffer.from('u:').toString('base64')}`)
  await post({ basicAuth, bearerToken: token }, { 'hook/token': 't', 'hook/password': 'p' })
  assert.equal(authorization(), 'Bearer t')
})

test("an address's own user and password are sent as basic authentication and shown nowhere", async () => {
  const url = `${peer.origin.replace('://', '://us%40er:s3cret@')}/hook?key=s3cret`
  const [part] = planOf({ url, httpConfig: { proxyUrl: 'http://user:s3cret@proxy.test' } })
  assert.doesNotMatch(`${JSON.stringify(part)} ${inspect(part, { depth: null })}`, /s3cret/u)
  const delivery = await post({}, {}, url)
  assert.equal(authorization(), `Basic ${Buffer.from('us@er:s3cret').toString('base64')}`)
  assert.equal(peer.requests.at(-1)?.path, '/hook?key=s3cret')
  assert.doesNotMatch(JSON.stringify(delivery), /s3cret/u)
})

test('a Secret that cannot be a header waits for its mending and is not shown', async () => {
  for (const value of ['a\r\nx-injected: 1', 'a\0b', '', '\n', 'schlüssel']) {
    const before = peer.requests.length
    const delivery = await post({ bearerToken: token }, { 'hook/token': value })
    assert.equal(delivery.outcome, 'retry')
    assert.match(delivery.detail, /key token of Secret hook/u)
    assert.ok(value.trim() === '' || !delivery.detail.includes(value))
    assert.equal(peer.requests.length, before)
  }
})

test('a missing Secret is retried with its name', async () => {
  const delivery = await post({ bearerToken: token })
  assert.deepEqual(delivery, { outcome: 'retry', reason: 'secretNotFound', detail: 'Secret hook has no key token' })
})

test('a part that has been settled is not planned again', () => {
  assert.deepEqual(planOf({ url: peer.origin }, { done: new Set(['post']) }), [])
})

test('the deadline is notificationTimeout, 5 s by default', () => {
  assert.equal(webhook.timeoutMs({}), 5_000)
  assert.equal(webhook.timeoutMs({ notificationTimeout: 7 }), 7_000)
  assert.equal(webhook.timeoutMs({ notificationTimeout: '250ms' }), 250)
})

test('each kind of notification is planned as one POST that can be shown', () => {
  for (const notification of [...Object.values(notificationKinds()), aNotification([])]) {
    const [part, ...rest] = planOf({ url: peer.origin }, { notification, render: renderOf(notification) })
    assert.deepEqual(rest, [])
    assert.equal(part?.summary, `1 POST to ${peer.origin}`)
    assert.equal((JSON.parse(part.request.body) as WireGroup).receiver, 'team')
  }
})

test('what a redirect repeats of the address or the proxy is not shown', async () => {
  const key = '0123456789abcdef'
  peer.answer = ({ path }) => ({
    status: 302,
    headers: { location: `https://${path.split('/').at(-1) ?? ''}.example/` },
  })
  const delivery = await post({}, {}, `${peer.origin}/hook/${key}`)
  assert.match(delivery.detail ?? '', /a redirect to https:.*<redacted>\.example;/u)
})
