import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { after, before, test } from 'node:test'
import { ConnectError, createEgress, type EgressOptions } from '../../src/channels/egress.ts'
import { AddressRefusedError } from '../../src/model/errors.ts'

let server: Server
let port = 0
before(async () => {
  server = createServer((socket) => socket.on('error', () => undefined).end('hello')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
after(() => server.close())

const never = new AbortController().signal

function egress(options: Partial<EgressOptions> = {}): ReturnType<typeof createEgress> {
  return createEgress({ allow: [], deny: [], connectTimeoutMs: 2_000, ...options })
}

function answering(...addresses: readonly string[]): NonNullable<EgressOptions['lookup']> {
  return () => Promise.resolve(addresses.map((address) => ({ address })))
}

test('every spelling of loopback is refused', async () => {
  const hosts = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '[::1]',
    '::1',
    '::ffff:127.0.0.1',
    '１２７.0.0.1',
    'localhost',
  ]
  for (const host of hosts) await assert.rejects(egress().connect({ host, port }, never), AddressRefusedError, host)
})

test('the refusal names the host, the address, the rule and the remedy', async () => {
  const connecting = egress({ lookup: answering('169.254.169.254') }).connect({ host: 'evil.test', port }, never)
  await assert.rejects(connecting, {
    name: 'AddressRefusedError',
    message:
      'evil.test (169.254.169.254) may not be reached: link-local and cloud metadata (169.254.0.0/16); start the server with --egress-allow 169.254.169.254/32 if it may be reached',
  })
})

test('the address that was checked is the address that is used: the name is looked up once', async () => {
  const answers = ['127.0.0.1', '127.0.0.2']
  let asked = 0
  const lookup = () => Promise.resolve([{ address: answers[asked++] ?? '' }])
  const socket = await egress({ allow: ['127.0.0.1/32'], lookup }).connect({ host: 'rebinding.test', port }, never)
  assert.equal(socket.remoteAddress, '127.0.0.1')
  assert.equal(asked, 1)
  socket.destroy()
})

test('refused addresses of a name are left out and the next allowed one is used', async () => {
  const lookup = answering('169.254.169.254', '::1', '127.0.0.1')
  const socket = await egress({ allow: ['127.0.0.1'], lookup }).connect({ host: 'mixed.test', port }, never)
  assert.equal(socket.remoteAddress, '127.0.0.1')
  socket.destroy()
})

test('when an address does not answer the next one is tried', async () => {
  const lookup = answering('127.0.0.9', '127.0.0.1')
  const socket = await egress({ allow: ['127.0.0.0/8'], lookup }).connect({ host: 'two.test', port }, never)
  assert.equal(socket.remoteAddress, '127.0.0.1')
  socket.destroy()
})

test('deny closes what is otherwise allowed', async () => {
  const closed = egress({ deny: ['10.0.0.0/8'], lookup: answering('10.1.2.3') })
  await assert.rejects(closed.connect({ host: 'inside.test', port }, never), /--egress-deny 10\.0\.0\.0\/8/u)
})

test('a host that is none, a port that is none and a name without an address are errors that say so', async () => {
  for (const host of ['', 'a b', 'a/b', 'user@host', 'host:80', 'a%00b', 'a\r\nb', '[', 'a#b']) {
    await assert.rejects(egress().connect({ host, port }, never), /is not a host name/u, JSON.stringify(host))
  }
  for (const bad of [0, -1, 65_536, 1.5, Number.NaN]) {
    await assert.rejects(egress().connect({ host: 'a.test', port: bad }, never), /is not a port/u)
  }
  await assert.rejects(egress({ lookup: answering() }).connect({ host: 'a.test', port }, never), /has no address/u)
})

test('a refused connection and an unknown name are connection errors in words', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const closedPort = (free.address() as AddressInfo).port
  free.close()
  await once(free, 'close')
  const local = egress({ allow: ['127.0.0.1'] })
  await assert.rejects(local.connect({ host: '127.0.0.1', port: closedPort }, never), {
    message: `cannot connect to 127.0.0.1:${closedPort}: connection refused`,
    reason: 'connectionError',
  })
  const lookup = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }))
  await assert.rejects(egress({ lookup }).connect({ host: 'nowhere.test', port }, never), /no such host name/u)
})

test('a lookup that never answers ends at the deadline', async () => {
  const hanging = egress({ connectTimeoutMs: 50, lookup: () => Promise.withResolvers<never>().promise })
  // An unreferenced timer alone would let the process end.
  const alive = setInterval(() => undefined, 1_000)
  await assert.rejects(
    hanging.connect({ host: 'slow.test', port }, never),
    /cannot connect to slow\.test:\d+: timed out/u,
  )
  clearInterval(alive)
})

test('an abort ends the wait', async () => {
  const controller = new AbortController()
  const hanging = egress({ lookup: () => Promise.withResolvers<never>().promise })
  const connecting = hanging.connect({ host: 'slow.test', port }, controller.signal)
  controller.abort()
  await assert.rejects(
    connecting,
    (error) => error instanceof ConnectError && error.reason === 'contextDeadlineExceeded',
  )
  const aborted = egress({ allow: ['127.0.0.1'] }).connect({ host: '127.0.0.1', port }, AbortSignal.abort())
  await assert.rejects(aborted, ConnectError)
})

test('check refuses literal addresses and localhost, and leaves names alone', () => {
  for (const host of ['127.0.0.1', '0x7f.1', '::1', 'localhost', 'LOCALHOST.', 'a.localhost']) {
    assert.throws(() => egress().check({ host, port }), AddressRefusedError, host)
  }
  for (const host of ['example.com', '10.0.0.1', 'localhost.example.com']) egress().check({ host, port })
  egress({ allow: ['127.0.0.0/8'] }).check({ host: 'localhost', port })
})
