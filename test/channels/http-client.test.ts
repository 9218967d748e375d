import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { HttpError, type HttpRequest } from '../../src/channels/http-client.ts'
import { createRig, type Rig } from '../support/channel-rig.ts'
import { startHttpPeer, type HttpPeer } from '../support/http-peer.ts'

const never = new AbortController().signal

let peer: HttpPeer
let rig: Rig
before(async () => {
  peer = await startHttpPeer()
  rig = createRig()
})
afterEach(() => void (peer.answer = { status: 200 }))
after(async () => {
  await rig.close()
  await peer.stop()
})

function get(path = '/', rest: Partial<HttpRequest> = {}, on: Rig = rig) {
  return on.deps.http.request({ method: 'GET', url: `${peer.origin}${path}`, signal: never, ...rest })
}

async function failureOf(work: Promise<unknown>): Promise<HttpError> {
  const error = await work.then(
    () => assert.fail('the request succeeded'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof HttpError, String(error))
  return error
}

test('a request arrives as it was given, and the answer comes back whole', async () => {
  peer.answer = { status: 201, headers: { 'x-echo': 'a', 'set-cookie': 'b' }, body: 'grüße' }
  const answer = await get('/a/b?c=d', { method: 'POST', headers: { 'x-mine': '1' }, body: 'körper' })
  assert.deepEqual([answer.status, answer.headers.get('x-echo'), answer.body], [201, 'a', 'grüße'])
  const request = peer.requests.at(-1)
  assert.deepEqual([request?.method, request?.path, request?.body], ['POST', '/a/b?c=d', 'körper'])
  assert.equal(request?.headers['x-mine'], '1')
})

test('requests one after the other share connections', async () => {
  for (let count = 0; count < 20; count += 1) await get()
  const used = new Set(peer.requests.slice(-20).map(({ connection }) => connection))
  // undici may open a second one when a request follows before the last one has been put aside.
  assert.ok(used.size <= 2, `${used.size} connections`)
})

test('a redirect is an answer and is not followed', async () => {
  const before = peer.requests.length
  peer.answer = { status: 302, headers: { location: `${peer.origin}/elsewhere` } }
  const answer = await get()
  assert.equal(answer.status, 302)
  assert.equal(peer.requests.length, before + 1)
})

test('a huge body is cut at the limit, and its connection is not used again', async () => {
  peer.answer = { status: 200, body: 'x'.repeat(1_000_000) }
  const answer = await get()
  assert.equal(answer.body.length, 65_536)
  const cut = peer.requests.at(-1)?.connection
  peer.answer = { status: 200, body: 'fine' }
  assert.equal((await get()).body, 'fine')
  assert.notEqual(peer.requests.at(-1)?.connection, cut)
})

test('what breaks on the way is an HttpError with a reason, and names the origin only', async () => {
  const url = `${peer.origin}/secret-path?token=s3cret`
  const cases = [
    ['reset', 'connectionError'],
    ['half', 'connectionError'],
    ['garbage', 'serverError'],
  ] as const
  for (const [answer, reason] of cases) {
    peer.answer = answer
    const error = await failureOf(get('', { url }))
    assert.deepEqual([error.reason, error.permanent], [reason, false], answer)
    assert.match(error.message, new RegExp(peer.origin, 'u'))
    assert.doesNotMatch(error.message, /secret|token/u)
  }
  peer.answer = { status: 200 }
  assert.equal((await get()).status, 200)
})

test('an abort ends a request that hangs, and one whose body never ends', async () => {
  for (const answer of ['hang', 'drip'] as const) {
    peer.answer = answer
    const controller = new AbortController()
    const arrived = peer.arrival()
    const request = get('/', { signal: controller.signal })
    await arrived
    controller.abort()
    assert.equal((await failureOf(request)).reason, 'contextDeadlineExceeded', answer)
  }
  assert.equal((await failureOf(get('/', { signal: AbortSignal.abort() }))).reason, 'contextDeadlineExceeded')
})

test('a server that gives no head in time is given up without an abort', async () => {
  const impatient = createRig({ http: { answerTimeoutMs: 100 } })
  peer.answer = 'hang'
  assert.equal((await failureOf(get('/', {}, impatient))).reason, 'contextDeadlineExceeded')
  await impatient.close()
})

test('an address that the policy refuses is not reached', async () => {
  const before = peer.connections()
  const strict = createRig({ egress: { allow: [] } })
  const error = await failureOf(get('/', {}, strict))
  assert.equal(error.reason, 'addressRefused')
  assert.match(error.message, /127\.0\.0\.1 may not be reached: loopback .* --egress-allow 127\.0\.0\.1\/32/u)
  for (const url of ['http://[::1]:1/', 'http://0x7f.1/', 'http://[::ffff:7f00:1]/', 'http://localhost./']) {
    assert.equal((await failureOf(get('', { url }, strict))).reason, 'addressRefused', url)
  }
  assert.equal(peer.connections(), before)
  await strict.close()
})

test('text that is no http address, and headers that are none, are refused for good', async () => {
  for (const url of ['', 'nonsense', 'ftp://a.test/', 'file:///etc/passwd', 'http://', 'javascript:alert(1)']) {
    const error = await failureOf(get('', { url }))
    assert.deepEqual([error.reason, error.permanent], ['clientError', true], url)
  }
  const error = await failureOf(get('/', { headers: { 'x-bad': 'a\r\nx-injected: 1' } }))
  assert.equal(error.permanent, true)
  assert.equal((await failureOf(get('/', { proxyUrl: 'socks5://127.0.0.1:1' }))).permanent, true)
})

test('a refused connection names scheme, host and port', async () => {
  const gone = await startHttpPeer()
  await gone.stop()
  const error = await failureOf(get('', { url: `${gone.origin}/x` }))
  assert.equal(error.message, `cannot connect to 127.0.0.1:${gone.port}: connection refused`)
  assert.equal(error.reason, 'connectionError')
})

test('a hundred requests at once all come back', async () => {
  peer.answer = (request) => ({ status: 200, body: request.path })
  const paths = Array.from({ length: 100 }, (_, index) => `/${index}`)
  const bodies = await Promise.all(paths.map(async (path) => (await get(path)).body))
  assert.deepEqual(bodies, paths)
})

test('after close nothing is sent, and requests under way end', async () => {
  const closing = createRig()
  peer.answer = 'hang'
  const arrived = peer.arrival()
  const request = failureOf(get('/', {}, closing))
  await arrived
  await closing.close()
  assert.equal((await request).reason, 'connectionError')
})

test('pools are bounded: the least used one is let go, and its request under way still ends well', async () => {
  const narrow = createRig({ http: { maxPools: 1 } })
  const other = await startHttpPeer()
  const answers = await Promise.all([
    get('/', {}, narrow),
    get('', { url: other.origin }, narrow),
    get('/', {}, narrow),
  ])
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
  await other.stop()
  await narrow.close()
})
