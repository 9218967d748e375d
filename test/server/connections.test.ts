import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { waitFor } from '../support/programs/process.ts'
import { aRuleset, openDoor } from './harness.ts'

const host = '127.0.0.1'

/** A connection from an address of the loopback network, which all reach each other. */
async function dial(t: TestContext, port: number, localAddress = host): Promise<Socket> {
  const socket = connect({ host, port, localAddress }).on('error', () => undefined)
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** What comes back for a probe: the head of the answer, or nothing when the connection is closed instead. */
async function probe(t: TestContext, port: number, localAddress: string): Promise<string> {
  const socket = await dial(t, port, localAddress)
  socket.write('GET /-/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(socket, 'close')
  return text.slice(0, 'HTTP/1.1 200'.length)
}

describe('a client that holds on to connections', () => {
  it('leaves places to others, and gets its own back', async (t) => {
    const { server } = await openDoor(t, { limits: { maxConnections: 8, maxConnectionsPerSource: 4 } })
    const { port } = await server.listen({ host, port: 0 })
    const greedy: Socket[] = []
    for (let count = 0; count < 10; count += 1) greedy.push(await dial(t, port, '127.0.0.2'))

    await waitFor(
      'those too many to be closed',
      () => greedy.filter(({ destroyed }) => destroyed).length === 6 || undefined,
    )
    assert.equal(await probe(t, port, '127.0.0.2'), '')
    assert.equal(await probe(t, port, '127.0.0.3'), 'HTTP/1.1 200')
    for (const socket of greedy) socket.destroy()

    await waitFor('a place', async () => (await probe(t, port, '127.0.0.2')) === 'HTTP/1.1 200' || undefined)
  })

  it('is cut off when it does not read its answer', async (t) => {
    const inForce = { ruleset: aRuleset({ dump: () => ({ long: 'x'.repeat(30_000_000) }) }), problems: [] }
    const door = await openDoor(t, { current: () => inForce, limits: { answerTimeoutMs: 120_000 } })
    const { port } = await door.server.listen({ host, port: 0 })

    const socket = (await dial(t, port)).pause()
    socket.write('GET /api/v1/ruleset HTTP/1.1\r\nHost: x\r\n\r\n')
    await waitFor('the request', () => door.clock.wakeTimes.length > 0 || undefined)
    await once(socket, 'readable')
    await door.clock.advance(120_000)
    let bytes = 0
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length)).resume()
    await once(socket, 'close')

    assert.ok(bytes < 30_000_000, `${bytes} bytes`)
  })

  it('may take its time between requests that are answered', async (t) => {
    const door = await openDoor(t, { limits: { answerTimeoutMs: 120_000 } })
    const { port } = await door.server.listen({ host, port: 0 })
    const socket = await dial(t, port)

    for (let count = 0; count < 2; count += 1) {
      socket.write('GET /-/live HTTP/1.1\r\nHost: x\r\n\r\n')
      await once(socket, 'data')
      await door.clock.advance(130_000)
    }

    assert.equal(socket.destroyed, false)
  })
})
