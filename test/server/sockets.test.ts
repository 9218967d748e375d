import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { systemClock } from '../../src/system.ts'
import { fixture, openDoor } from './harness.ts'

const host = '127.0.0.1'

/** A client that speaks as little HTTP as it likes. */
async function dial(
  t: TestContext,
  port: number,
): Promise<{ readonly socket: Socket; readonly answer: Promise<string> }> {
  const socket = connect({ host, port })
  t.after(() => socket.destroy())
  const closed = Promise.withResolvers<string>()
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.on('error', () => undefined)
  socket.once('close', () => closed.resolve(text))
  await once(socket, 'connect')
  return { socket, answer: closed.promise }
}

function head(length: number, extra = ''): string {
  return `POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${extra}\r\n`
}

describe('a sender on a real connection', () => {
  it('is served on a free port, and again on the same connection', async (t) => {
    const { server } = await openDoor(t)
    const { url, port } = await server.listen({ host, port: 0 })

    const statuses: number[] = []
    for (let count = 0; count < 3; count += 1) {
      const answer = await fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: fixture('firing'),
      })
      statuses.push(answer.status)
      await answer.body?.cancel()
    }

    assert.deepEqual(statuses, [200, 200, 200])
    assert.equal(url, `http://${host}:${port}`)
  })

  it('gets to see the 413 although it sends its whole body first', async (t) => {
    const { server } = await openDoor(t, { limits: { maxBodyBytes: 100_000 } })
    const { url } = await server.listen({ host, port: 0 })

    const answer = await fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'x'.repeat(390_000),
    })

    assert.equal(answer.status, 413)
    await answer.body?.cancel()
  })

  it('is cut off when it never finishes its headers', async (t) => {
    const { server } = await openDoor(t, { limits: { headersTimeoutMs: 50, checkIntervalMs: 20 } })
    const { port } = await server.listen({ host, port: 0 })

    const { socket, answer } = await dial(t, port)
    socket.write('POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\nX-Slow: ')

    // Alertmanager would not send the same again after a 408.
    assert.match(await answer, /^HTTP\/1\.1 503 /u)
  })

  it('is cut off when it never finishes its body, and what it sent is forgotten', async (t) => {
    const limits = { headersTimeoutMs: 40, requestTimeoutMs: 60, checkIntervalMs: 20, maxBufferedBytes: 5_000 }
    const door = await openDoor(t, { limits })
    const { url, port } = await door.server.listen({ host, port: 0 })

    const { socket, answer } = await dial(t, port)
    socket.write(`${head(4_990)}${'x'.repeat(4_000)}`)
    assert.match(await answer, /^HTTP\/1\.1 503 /u)
    const next = await fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: fixture('firing'),
    })

    assert.equal(next.status, 200)
    assert.equal(door.groups.length, 1)
    await next.body?.cancel()
  })

  it('is asked to try again while others fill the buffer', async (t) => {
    const { server } = await openDoor(t, { limits: { maxBufferedBytes: 5_000 } })
    const { url, port } = await server.listen({ host, port: 0 })
    const send = (): Promise<Response> =>
      fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: fixture('firing'),
      })

    const slow = await dial(t, port)
    slow.socket.write(`${head(4_990)}${'x'.repeat(4_000)}`)
    const busy = await untilStatus(send, 503)
    slow.socket.destroy()
    await slow.answer
    const later = await untilStatus(send, 200)

    assert.deepEqual([busy, later], [503, 200])
  })

  it('is not waited for longer than the limit when the server closes', async (t) => {
    const begun = Promise.withResolvers<undefined>()
    const { server } = await openDoor(t, {
      clock: systemClock,
      limits: { closeTimeoutMs: 50, handlerTimeoutMs: 500 },
      accept() {
        begun.resolve(undefined)
        return new Promise(() => undefined)
      },
    })
    const { port } = await server.listen({ host, port: 0 })

    const { socket, answer } = await dial(t, port)
    const body = fixture('firing')
    socket.write(`${head(Buffer.byteLength(body))}${body}`)
    await begun.promise
    await server.close()

    assert.equal(await answer, '')
  })
})

/** Sends until the status is the wanted one: the other end of a socket sees things when it sees them. */
async function untilStatus(send: () => Promise<Response>, wanted: number): Promise<number> {
  let status = 0
  for (let count = 0; count < 200 && status !== wanted; count += 1) {
    const answer = await send()
    await answer.body?.cancel()
    status = answer.status
  }
  return status
}
