import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { fixture, openDoor, post, type Answer } from './harness.ts'

const changes = [
  ['POST', '/-/reload'],
  ['POST', '/api/v1/dead-letters/some-id/replay'],
  ['DELETE', '/api/v1/dead-letters/some-id'],
  ['POST', '/api/v2/alerts'],
] as const

describe('a page of another site', () => {
  const marks: readonly (readonly [string, Record<string, string>])[] = [
    ['the browser says so', { 'sec-fetch-site': 'cross-site' }],
    ['its site is a sibling', { 'sec-fetch-site': 'same-site' }],
    ['the browser tells its origin', { origin: 'https://evil.example' }],
    ['its origin has another port', { origin: 'http://door.example:8080' }],
    ['its origin is hidden', { origin: 'null' }],
  ]
  for (const [how, headers] of marks) {
    it(`changes nothing, whatever its reader may: ${how}`, async (t) => {
      const door = await openDoor(t)
      for (const [method, url] of changes) {
        const answer = await door.server.inject({ method, url, headers: { host: 'door.example', ...headers } })

        assert.equal(answer.statusCode, 403, url)
        assert.match(answer.json<Answer>().Message, /another site/u)
      }
    })
  }

  it('is told from our own pages, from programs and from what people type', async (t) => {
    const own: readonly Record<string, string>[] = [
      {},
      { 'sec-fetch-site': 'same-origin', origin: 'https://door.example' },
      { 'sec-fetch-site': 'none' },
      { origin: 'http://door.example' },
      { origin: 'http://DOOR.example:80' },
    ]
    const door = await openDoor(t)
    for (const headers of own) {
      const answer = await post(door.server, fixture('firing'), { headers: { host: 'door.example', ...headers } })

      assert.equal(answer.statusCode, 200, JSON.stringify(headers))
    }
  })

  it('may link to what is only read', async (t) => {
    const door = await openDoor(t)

    const answer = await door.server.inject({ url: '/status', headers: { 'sec-fetch-site': 'cross-site' } })

    assert.equal(answer.statusCode, 200)
  })
})

describe('a webhook of ours', () => {
  it('changes nothing when a tenant points it at the door, but may hand alerts on', async (t) => {
    const door = await openDoor(t)
    const headers = { 'x-notification-id': 'n-1', 'content-type': 'application/json' }
    const changes = ['/-/reload', '/api/v1/dead-letters/discard', '/api/v1/dead-letters/some-id/replay'] as const
    for (const url of changes) {
      const answer = await door.server.inject({ method: 'POST', url, headers, payload: '{"all":true}' })

      assert.equal(answer.statusCode, 403, url)
    }

    assert.equal((await post(door.server, fixture('firing'), { headers })).statusCode, 200)
  })
})

describe('every answer, also to what is no request', () => {
  const requests: readonly (readonly [string, string, RegExp])[] = [
    ['a path that cannot be decoded', `GET /%zz${'x'.repeat(5_000)} HTTP/1.1\r\nHost: x\r\n`, / 400 /u],
    [
      'a parameter that is too long',
      `GET /api/v1/dead-letters/${'x'.repeat(300)} HTTP/1.1\r\nHost: x\r\n`,
      / 40[04] /u,
    ],
    ['headers that are too large', `GET /-/live HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n`, / 431 /u],
    ['bytes that are no HTTP', '\u0016\u0003\u0001', / 400 /u],
  ]
  for (const [what, text, status] of requests) {
    it(`is an envelope that no browser takes for a page: ${what}`, async (t) => {
      const { server } = await openDoor(t)
      const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
      const socket = connect({ host: '127.0.0.1', port })
      t.after(() => socket.destroy())
      let answer = ''
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
      socket.end(`${text}Connection: close\r\n\r\n`)
      await once(socket, 'close')

      const [head = '', body = ''] = answer.split('\r\n\r\n')
      assert.match(head, status)
      assert.match(head, /x-content-type-options: nosniff/iu)
      assert.match(head, /cache-control: no-store/iu)
      assert.match(body, /"Status":4\d\d,"Message":"[^"]{5,600}"/u)
      assert.doesNotMatch(body, /\.ts:|node_modules/u)
    })
  }
})
