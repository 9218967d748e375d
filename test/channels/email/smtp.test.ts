import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type MailServer } from '../../../src/channels/email/session.ts'
import { createMailServers } from '../../../src/channels/email/smtp.ts'
import { createRig } from '../../support/channel-rig.ts'
import { startRawSmtpServer, startSmtpServer } from '../../support/smtp-server.ts'

const rig = createRig()
after(() => rig.close())

const limits = { maxServers: 64, maxConnectionsPerServer: 5, maxMailsPerConnection: 100 }
const mail = { envelope: { from: 'a@x.test', to: ['b@x.test'] }, content: Buffer.from('Subject: hi\r\n\r\nhi\r\n') }
const never = new AbortController().signal

function serverAt(port: number, rest: Partial<MailServer> = {}): MailServer {
  return { host: '127.0.0.1', port, hello: 'localhost', requireTls: undefined, tls: {}, dialTimeoutMs: 3_000, ...rest }
}

test('a connection is closed after its share of mails', async () => {
  await using server = await startSmtpServer()
  const servers = createMailServers(rig.deps.egress, { ...limits, maxMailsPerConnection: 2 })
  for (let count = 0; count < 5; count += 1) await servers.send(serverAt(server.port), mail, never)
  assert.deepEqual(
    server.mails.map(({ connection }) => connection),
    [1, 1, 2, 2, 3],
  )
  servers.close()
})

test('one connection carries mails in turn, in the order in which they came', async () => {
  await using server = await startSmtpServer()
  const servers = createMailServers(rig.deps.egress, { ...limits, maxConnectionsPerServer: 1 })
  const addresses = Array.from({ length: 20 }, (_, index) => `${index}@x.test`)
  await Promise.all(
    addresses.map((to) =>
      servers.send(serverAt(server.port), { ...mail, envelope: { from: 'a@x.test', to: [to] } }, never),
    ),
  )
  assert.deepEqual(
    server.mails.map(({ to }) => to[0]),
    addresses,
  )
  assert.equal(server.connections(), 1)
  servers.close()
})

test('other settings and other credentials mean other connections', async () => {
  await using server = await startSmtpServer()
  const servers = createMailServers(rig.deps.egress)
  const credentials = { username: 'u', identity: '', password: 'p' }
  const variants = [{}, { hello: 'other' }, { credentials }, { credentials: { ...credentials, password: 'q' } }, {}]
  for (const variant of variants) await servers.send(serverAt(server.port, variant), mail, never)
  assert.deepEqual(
    server.mails.map(({ connection }) => connection),
    [1, 2, 3, 4, 1],
  )
  servers.close()
})

test('the least used server is let go of when there are too many', async () => {
  await using one = await startRawSmtpServer()
  await using two = await startRawSmtpServer()
  const servers = createMailServers(rig.deps.egress, { ...limits, maxServers: 1 })
  for (const port of [one.port, two.port, one.port, one.port]) await servers.send(serverAt(port), mail, never)
  assert.deepEqual([one.connections(), two.connections()], [2, 1])
  servers.close()
})

test('after a failed mail the connection is not used again, and the next mail goes out', async () => {
  await using server = await startSmtpServer()
  const servers = createMailServers(rig.deps.egress, { ...limits, maxConnectionsPerServer: 1 })
  server.behaviour.data = { code: 554, text: '5.6.0 no' }
  await assert.rejects(servers.send(serverAt(server.port), mail, never), { responseCode: 554 })
  server.behaviour.data = undefined
  await servers.send(serverAt(server.port), mail, never)
  assert.deepEqual([server.mails.length, server.connections()], [1, 2])
  servers.close()
})

test('a closed pool leaves no connection behind, also one that was busy', async () => {
  await using server = await startSmtpServer()
  const servers = createMailServers(rig.deps.egress)
  const { promise, resolve } = Promise.withResolvers<undefined>()
  server.behaviour.holdData = () => promise
  const sending = servers.send(serverAt(server.port), mail, never)
  servers.close()
  resolve(undefined)
  await sending
  await servers.send(serverAt(server.port), mail, never)
  assert.equal(server.connections(), 2)
  servers.close()
})
