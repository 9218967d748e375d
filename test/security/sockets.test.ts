import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { it, type TestContext } from 'node:test'
import { createRig } from '../support/channel-rig.ts'
import { waitFor } from '../support/programs/process.ts'

const unreadable = '-----BEGIN PRIVATE KEY-----\nno key at all\n-----END PRIVATE KEY-----\n'

/** Takes connections and says nothing. */
async function listen(
  context: TestContext,
): Promise<{ readonly sockets: readonly Socket[]; readonly authority: string }> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined).resume())
  }).listen(0, '127.0.0.1')
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  return { sockets, authority: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

it('leaves no connection behind when TLS material cannot be used', async (context) => {
  const { sockets, authority } = await listen(context)
  const rig = createRig()
  context.after(() => rig.close())
  const url = `https://${authority}/`
  const never = new AbortController().signal

  for (const tls of [{ ca: unreadable }, { cert: unreadable, key: unreadable }, { cert: unreadable }]) {
    await assert.rejects(rig.deps.http.request({ method: 'GET', url, tls, signal: never }), /PEM|give both/u)
  }
  await waitFor('the connections coming and going', () => {
    return (sockets.length === 3 && sockets.every(({ closed }) => closed)) || undefined
  })
})

it('leaves no connection to a proxy behind whose credentials are not percent-encoded', async (context) => {
  const { sockets, authority } = await listen(context)
  const rig = createRig({ http: { connectTimeoutMs: 300 } })
  context.after(() => rig.close())

  for (const user of ['100%', '%zz:%', 'a:%c3']) {
    const request = { method: 'GET', url: 'http://example.com/', proxyUrl: `http://${user}@${authority}` } as const
    await assert.rejects(rig.deps.http.request({ ...request, signal: new AbortController().signal }), {
      name: 'HttpError',
      message: /^the proxy http:\/\/127\.0\.0\.1:\d+ gave no answer: timed out$/u,
    })
  }
  await waitFor('the connections coming and going', () => {
    return (sockets.length === 3 && sockets.every(({ closed }) => closed)) || undefined
  })
})
