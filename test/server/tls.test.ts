import assert from 'node:assert/strict'
import { request, type RequestOptions } from 'node:https'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import { describe, it } from 'node:test'
import { tlsFixture } from '../support/tls.ts'
import { fixture, openDoor, type Door } from './harness.ts'

const { ca, server, client, foreign } = tlsFixture()
const asking = { credentials: () => undefined, clientCertificates: true, postsPerSecond: 0 }

describe('a door with a certificate', () => {
  it('takes alerts over HTTPS', async (t) => {
    const door = await openDoor(t, { tls: server })
    const url = await listen(door)

    assert.equal(await send(url, {}), 200)
    assert.equal(door.groups.length, 1)
  })

  it('refuses posts without a client certificate of its authorities, and lets probes in', async (t) => {
    const door = await openDoor(t, { tls: { ...server, clientCa: ca }, access: asking })
    const url = await listen(door)

    assert.equal(await send(url, {}), 403)
    assert.equal(await send(url, foreign), 403)
    assert.equal(await send(url, client), 200)
    assert.equal(await send(`${url}/-/ready`, { method: 'GET' }), 200)
  })

  it('serves a renewed certificate to new connections, and keeps the old one when the new does not fit', async (t) => {
    const door = await openDoor(t, { tls: server })
    const url = await listen(door)
    const before = await fingerprintOf(url)

    assert.throws(() => door.server.renewTls({ cert: foreign.cert, key: server.key }))
    assert.equal(await fingerprintOf(url), before)
    door.server.renewTls(foreign)

    assert.notEqual(await fingerprintOf(url), before)
  })

  it('speaks no TLS older than 1.2', async (t) => {
    const door = await openDoor(t, { tls: server })
    const url = await listen(door)

    await assert.rejects(send(url, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' }))
  })
})

async function listen({ server: door }: Door): Promise<string> {
  const { url } = await door.listen({ host: '127.0.0.1', port: 0 })
  assert.match(url, /^https:/u)
  return url
}

function send(url: string, options: RequestOptions): Promise<number | undefined> {
  const target = new URL(url)
  if (target.pathname === '/') target.pathname = '/api/v2/alerts'
  return new Promise((resolve, reject) => {
    const asked = request(
      target,
      { method: 'POST', headers: { 'content-type': 'application/json' }, ca, agent: false, ...options },
      (answer) => answer.resume().once('end', () => resolve(answer.statusCode)),
    )
    asked.once('error', reject)
    asked.end(options.method === 'GET' ? '' : fixture('firing'))
  })
}

function fingerprintOf(url: string): Promise<string> {
  const { port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false }, () => {
      const certificate: Partial<DetailedPeerCertificate> = socket.getPeerCertificate(true)
      socket.destroy()
      resolve(certificate.fingerprint256 ?? '')
    })
    socket.once('error', reject)
  })
}
