import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { it } from 'node:test'
import { createRig } from '../support/channel-rig.ts'
import { waitFor } from '../support/programs/process.ts'

const unreadable = '-----BEGIN PRIVATE KEY-----\nno key at all\n-----END PRIVATE KEY-----\n'

it('leaves no connection behind when TLS material cannot be used', async (context) => {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined).resume())
  }).listen(0, '127.0.0.1')
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  const rig = createRig()
  context.after(() => rig.close())
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const never = new AbortController().signal

  for (const tls of [{ ca: unreadable }, { cert: unreadable, key: unreadable }, { cert: unreadable }]) {
    await assert.rejects(rig.deps.http.request({ method: 'GET', url, tls, signal: never }), /PEM|give both/u)
  }
  await waitFor('the connections coming and going', () => {
    return (sockets.length === 3 && sockets.every(({ closed }) => closed)) || undefined
  })
})
