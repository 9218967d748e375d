import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { HttpError, type HttpRequest } from '../../src/channels/http-client.ts'
import { createRig, type Rig } from '../support/channel-rig.ts'
import { startHttpPeer, startHttpProxy, type HttpPeer, type HttpProxy } from '../support/http-peer.ts'
import { tlsFixture } from '../support/tls.ts'

const never = new AbortController().signal
const { ca, server, client, foreign } = tlsFixture()

let plain: HttpPeer
let secure: HttpPeer
let mutual: HttpPeer
let proxy: HttpProxy
let rig: Rig
before(async () => {
  plain = await startHttpPeer()
  secure = await startHttpPeer({ tls: { keyPair: server } })
  mutual = await startHttpPeer({ tls: { keyPair: server, clientCa: ca } })
  proxy = await startHttpProxy()
  rig = createRig()
})
after(async () => {
  await rig.close()
  await Promise.all([plain.stop(), secure.stop(), mutual.stop(), proxy.stop()])
})

function get(url: string, rest: Partial<HttpRequest> = {}, on: Rig = rig) {
  return on.deps.http.request({ method: 'GET', url, signal: never, ...rest })
}

async function failureOf(work: Promise<unknown>): Promise<HttpError> {
  const error = await work.then(
    () => assert.fail('the request succeeded'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof HttpError, String(error))
  return error
}

test('a server whose authority is given is trusted, by name and by address', async () => {
  assert.equal((await get(secure.origin, { tls: { ca } })).status, 200)
  assert.equal((await get(`https://mail.test:${secure.port}`, { tls: { ca } })).status, 200)
})

test('a server of an unknown authority or another name is refused, and the remedy is said', async () => {
  const untrusted = await failureOf(get(secure.origin))
  assert.match(untrusted.message, /TLS with 127\.0\.0\.1:\d+ failed: .*give its CA as rootCA/u)
  const wrongName = await failureOf(get(`https://other.test:${secure.port}`, { tls: { ca } }))
  assert.match(wrongName.message, /another name; give the right one as serverName/u)
  assert.equal(wrongName.reason, 'connectionError')
})

test('serverName replaces the name to verify', async () => {
  const answer = await get(`https://other.test:${secure.port}`, { tls: { ca, serverName: 'mail.test' } })
  assert.equal(answer.status, 200)
})

test('insecureSkipVerify accepts any certificate', async () => {
  assert.equal((await get(secure.origin, { tls: { insecureSkipVerify: true } })).status, 200)
})

test('a client certificate is shown, and connections with and without it are not shared', async () => {
  const tls = { ca, cert: client.cert, key: client.key }
  assert.equal((await get(mutual.origin, { tls })).status, 200)
  assert.equal((await failureOf(get(mutual.origin, { tls: { ca } }))).reason, 'connectionError')
  const other = await failureOf(get(mutual.origin, { tls: { ca, cert: foreign.cert, key: foreign.key } }))
  assert.equal(other.reason, 'connectionError')
  assert.equal((await get(mutual.origin, { tls })).status, 200)
})

test('unreadable PEM is an error that says which, and nothing is trusted instead', async () => {
  const cases = [
    [{ ca: 'garbage' }, /rootCA \(ca\) is not a readable/u],
    [{ ca: '' }, /rootCA \(ca\) is not a readable/u],
    [{ ca: ca.replace(/[A-Z]{4}/gu, 'AAAA') }, /rootCA \(ca\) is not a readable/u],
    [{ ca, cert: 'garbage', key: client.key }, /\(cert\) is not a readable/u],
    [{ ca, cert: client.cert, key: 's3cret' }, /\(key\) is not a readable/u],
    [{ ca, cert: client.cert, key: foreign.key }, /does not belong to/u],
    [{ ca, cert: client.cert }, /has a cert without a key/u],
    [{ ca, key: client.key }, /has a key without a cert/u],
  ] as const
  for (const [tls, expected] of cases) {
    const error = await failureOf(get(secure.origin, { tls }))
    assert.match(error.message, expected)
    assert.doesNotMatch(error.message, /s3cret|BEGIN/u)
    assert.deepEqual([error.reason, error.permanent], ['authError', false])
  }
})

test('TLS against a server that speaks plainly fails in words', async () => {
  const error = await failureOf(get(`https://127.0.0.1:${plain.port}`, { tls: { insecureSkipVerify: true } }))
  assert.equal(error.reason, 'connectionError')
})

test('a proxy is asked to CONNECT for http and https targets alike, with its own credentials', async () => {
  const proxyUrl = `http://us%40er:s3cret@127.0.0.1:${proxy.port}`
  assert.equal((await get(`http://a.test:${plain.port}/x`, { proxyUrl })).status, 200)
  assert.equal((await get(`https://mail.test:${secure.port}/x`, { proxyUrl, tls: { ca } })).status, 200)
  const authorization = `Basic ${Buffer.from('us@er:s3cret').toString('base64')}`
  assert.deepEqual(proxy.tunnels.slice(-2), [
    { target: `a.test:${plain.port}`, authorization },
    { target: `mail.test:${secure.port}`, authorization },
  ])
  assert.equal(plain.requests.at(-1)?.headers['proxy-authorization'], undefined)
})

test('requests through a proxy share tunnels', async () => {
  const proxyUrl = `http://127.0.0.1:${proxy.port}`
  const before = proxy.tunnels.length
  for (let count = 0; count < 20; count += 1) await get(`http://b.test:${plain.port}`, { proxyUrl })
  assert.ok(proxy.tunnels.length <= before + 2, `${proxy.tunnels.length - before} tunnels`)
})

test('a proxy behind TLS is verified with the CA that was given', async () => {
  const secureProxy = await startHttpProxy({ keyPair: server })
  const proxyUrl = `https://127.0.0.1:${secureProxy.port}`
  assert.equal((await get(`https://mail.test:${secure.port}`, { proxyUrl, tls: { ca } })).status, 200)
  assert.match((await failureOf(get(`http://a.test:${plain.port}`, { proxyUrl }))).message, /give its CA as rootCA/u)
  await secureProxy.stop()
})

test('a proxy that refuses or keeps silent is named without its credentials', async () => {
  const proxyUrl = `http://user:s3cret@127.0.0.1:${proxy.port}`
  const cases = [
    [407, 'authError', true],
    [403, 'authError', true],
    [502, 'connectionError', false],
  ] as const
  for (const [status, reason, permanent] of cases) {
    proxy.answer = status
    const error = await failureOf(get(`http://c.test:${plain.port}`, { proxyUrl }))
    assert.deepEqual([error.reason, error.permanent], [reason, permanent])
    assert.match(error.message, new RegExp(`the proxy http://127\\.0\\.0\\.1:\\d+ refused .* ${status}$`, 'u'))
  }
  proxy.answer = 'hang'
  const impatient = createRig({ http: { connectTimeoutMs: 100 } })
  const error = await failureOf(get(`http://c.test:${plain.port}`, { proxyUrl }, impatient))
  assert.match(error.message, /gave no answer: timed out/u)
  assert.doesNotMatch(error.message, /s3cret|user/u)
  await impatient.close()
  proxy.answer = 200
})

test('the proxy itself and a literal target behind it must pass the address policy', async () => {
  const before = proxy.tunnels.length
  const strict = createRig({ egress: { allow: [] } })
  const toProxy = await failureOf(get('http://a.test', { proxyUrl: `http://127.0.0.1:${proxy.port}` }, strict))
  assert.equal(toProxy.reason, 'addressRefused')
  await strict.close()
  const proxyUrl = `http://127.0.0.1:${proxy.port}`
  for (const url of ['http://169.254.169.254/latest', 'http://[::1]/', 'http://0xa9fea9fe/']) {
    assert.equal((await failureOf(get(url, { proxyUrl }))).reason, 'addressRefused', url)
  }
  assert.equal(proxy.tunnels.length, before)
})
