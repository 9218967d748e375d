import assert from 'node:assert/strict'
import { test } from 'node:test'
import { destinationsOf, type Route } from '../../../src/channels/webhook/destinations.ts'

const plain: Route = {
  url: 'https://hooks.example/a?token=hunter2',
  proxyUrl: undefined,
  tls: {},
  authorization: 'Bearer hunter2',
}

function keysOf(route: Partial<Route>): readonly string[] {
  return destinationsOf({ ...plain, ...route }).map(({ key }) => key)
}

test('addresses of one server share the server, and nothing else', () => {
  const [server, address] = keysOf({})
  assert.deepEqual(keysOf({}), [server, address])
  for (const other of [{ url: 'https://hooks.example/b' }, { authorization: 'Bearer other' }]) {
    const [sameServer, otherAddress] = keysOf(other)
    assert.equal(sameServer, server)
    assert.notEqual(otherAddress, address)
  }
})

test('another port, proxy or certificate is another way, and its trouble is nobody else’s', () => {
  const ways: readonly Partial<Route>[] = [
    {},
    { url: 'https://hooks.example:8443/a' },
    { url: 'http://hooks.example/a' },
    { proxyUrl: 'http://forward.example:3128' },
    { tls: { ca: 'wrong' } },
    { tls: { insecureSkipVerify: true } },
  ]
  const keys = ways.flatMap(keysOf)
  assert.equal(new Set(keys).size, keys.length)
})

test('what people are shown of a destination names no address and no credential', () => {
  assert.deepEqual(
    destinationsOf(plain).map(({ label }) => label),
    ['webhook server', 'webhook'],
  )
})
