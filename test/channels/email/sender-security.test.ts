import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { email } from '../../../src/channels/email/email.ts'
import { type EmailConfigSpec } from '../../../src/channels/email/schema.ts'
import { type Egress } from '../../../src/channels/egress.ts'
import { createRig } from '../../support/channel-rig.ts'
import { openMailSender, sendMail, verdictOf } from '../../support/mail-sending.ts'
import { startRawSmtpServer, startSmtpServer } from '../../support/smtp-server.ts'
import { tlsFixture } from '../../support/tls.ts'

const rig = createRig()
after(() => rig.close())
const { ca, server: keyPair, client } = tlsFixture()

const password = { name: 'mail', key: 'password' }
const credentials = { authUsername: 'user', authPassword: password }
const secrets = { 'mail/password': 'pässword 1\n' }
const auth = { user: 'user', password: 'pässword 1' }

test('each of PLAIN, LOGIN and CRAM-MD5 proves the password', async () => {
  for (const method of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
    await using server = await startSmtpServer({ auth: { ...auth, methods: [method] } })
    const config = method === 'CRAM-MD5' ? { authUsername: 'user', authSecret: password } : credentials
    assert.equal((await sendMail({ rig }, server.port, { config, secrets })).outcome, 'sent', method)
    assert.deepEqual([server.logins, server.mails[0]?.user], [[method], 'user'])
  }
})

test('PLAIN carries the identity', async () => {
  await using server = await startRawSmtpServer({ EHLO: '250-raw\r\n250 AUTH PLAIN', AUTH: '235 2.7.0 welcome' })
  assert.equal(
    (await sendMail({ rig }, server.port, { config: { ...credentials, authIdentify: 'boss' }, secrets })).outcome,
    'sent',
  )
  const line = server.lines.find((said) => said.startsWith('AUTH PLAIN ')) ?? ''
  assert.equal(Buffer.from(line.slice(11), 'base64').toString(), 'boss\0user\0pässword 1')
})

test('a wrong password is final, and neither it nor what the server echoes is shown', async () => {
  await using server = await startSmtpServer({ auth, tls: 'none' })
  const delivery = await sendMail({ rig }, server.port, { config: credentials, secrets: { 'mail/password': 'wr0ng' } })
  assert.equal(verdictOf(delivery), 'failed authError')
  assert.match(delivery.detail ?? '', /AUTH PLAIN was refused: 535 5\.7\.8$/u)
})

test('a refusal of several lines, as some great providers write it, is as final', async () => {
  const AUTH = '535-5.7.8 Username and Password not accepted. For more information, go to\r\n535 5.7.8  mail.test/why'
  await using server = await startRawSmtpServer({ EHLO: '250-raw\r\n250 AUTH PLAIN', AUTH })
  const delivery = await sendMail({ rig }, server.port, { config: credentials, secrets })
  assert.equal(verdictOf(delivery), 'failed authError')
  assert.match(delivery.detail ?? '', /AUTH PLAIN was refused: 535 5\.7\.8$/u)
})

test('a temporary refusal of AUTH is retried', async () => {
  await using server = await startSmtpServer({ auth })
  server.behaviour.auth = { code: 454, text: '4.7.0 later' }
  const delivery = await sendMail({ rig }, server.port, { config: credentials, secrets })
  assert.equal(verdictOf(delivery), 'retry authError')
})

test('a rotated Secret is used by the next mail', async () => {
  await using server = await startSmtpServer({ auth })
  const sender = openMailSender(rig)
  const old = await sendMail({ rig, sender }, server.port, { config: credentials, secrets: { 'mail/password': 'old' } })
  assert.equal(old.outcome, 'failed')
  assert.equal((await sendMail({ rig, sender }, server.port, { config: credentials, secrets })).outcome, 'sent')
  await sender.close()
})

test('a server that offers no AUTH is mailed without', async () => {
  await using server = await startSmtpServer()
  assert.equal((await sendMail({ rig }, server.port, { config: credentials, secrets })).outcome, 'sent')
})

test('a missing Secret is retried before anything is connected', async () => {
  await using server = await startSmtpServer({ auth })
  const delivery = await sendMail({ rig }, server.port, { config: credentials })
  assert.deepEqual(delivery, { outcome: 'retry', reason: 'secretNotFound', detail: 'Secret mail has no key password' })
  assert.equal(server.connections(), 0)
})

test('STARTTLS is used when offered, its certificate checked when a password is to be protected', async () => {
  await using server = await startSmtpServer({ tls: 'starttls', keyPair, auth })
  const tls = { rootCA: { name: 'mail', key: 'ca' } }
  const all = { ...secrets, 'mail/ca': ca }
  assert.equal(
    (await sendMail({ rig }, server.port, { config: { ...credentials, tls }, secrets: all })).outcome,
    'sent',
  )
  assert.equal(server.mails[0]?.secure, true)
  const untrusted = await sendMail({ rig }, server.port, { config: credentials, secrets })
  assert.equal(verdictOf(untrusted), 'retry connectionError')
  const waved = { ...credentials, requireTLS: false }
  assert.equal((await sendMail({ rig }, server.port, { config: waved, secrets })).outcome, 'sent')
  const skipped = { ...credentials, requireTLS: true, tls: { insecureSkipVerify: true } }
  assert.equal((await sendMail({ rig }, server.port, { config: skipped, secrets })).outcome, 'sent')
})

test('serverName, a client certificate and a wrong name behave as said', async () => {
  await using server = await startSmtpServer({ tls: 'starttls', keyPair, clientCa: ca })
  const all = { 'mail/ca': ca, 'mail/cert': client.cert, 'mail/key': client.key }
  const rootCA = { name: 'mail', key: 'ca' }
  const clientCertificate = { cert: { name: 'mail', key: 'cert' }, key: { name: 'mail', key: 'key' } }
  const send = (host: string, tls: EmailConfigSpec['tls']) =>
    sendMail({ rig }, server.port, {
      host,
      config: { requireTLS: true, ...(tls === undefined ? {} : { tls }) },
      secrets: all,
    })
  assert.equal((await send('mail.test', { rootCA, clientCertificate })).outcome, 'sent')
  assert.equal((await send('other.test', { rootCA, clientCertificate, serverName: 'mail.test' })).outcome, 'sent')
  assert.equal((await send('other.test', { rootCA, clientCertificate })).outcome, 'retry')
  assert.equal((await send('mail.test', { rootCA })).outcome, 'retry')
})

test('requireTLS fails closed when STARTTLS is not offered, is refused or turns to rubbish', async () => {
  const replies = [
    {},
    { EHLO: '250-raw\r\n250 STARTTLS', STARTTLS: '454 4.7.0 not now' },
    { EHLO: '250-raw\r\n250 STARTTLS', STARTTLS: '220 go on\r\n250 injected' },
    { EHLO: '502 no' },
  ]
  for (const reply of replies) {
    await using server = await startRawSmtpServer(reply)
    const sending = { config: { ...credentials, requireTLS: true }, secrets, options: { notificationTimeout: '500ms' } }
    const delivery = await sendMail({ rig }, server.port, sending)
    assert.equal(verdictOf(delivery), 'retry connectionError')
    assert.ok(!server.lines.some((line) => /^(AUTH|MAIL|DATA)/u.test(line)), server.lines.join('|'))
  }
})

test('a password is not shown to another machine without TLS, unless requireTLS: false says so', async () => {
  await using server = await startRawSmtpServer({ EHLO: '250-raw\r\n250 AUTH PLAIN', AUTH: '235 2.7.0 welcome' })
  const egress: Egress = {
    ...rig.deps.egress,
    async connect(destination, signal) {
      const socket = await rig.deps.egress.connect(destination, signal)
      return Object.defineProperty(socket, 'remoteAddress', { value: '203.0.113.1' })
    },
  }
  const sender = email.open?.({ ...rig.deps, egress }) ?? assert.fail()
  const refused = await sendMail({ rig, sender }, server.port, { config: credentials, secrets })
  assert.equal(verdictOf(refused), 'retry authError')
  assert.match(refused.detail ?? '', /offers no STARTTLS, and AUTH PLAIN would show the password/u)
  assert.ok(!server.lines.some((line) => line.startsWith('AUTH')))
  const allowed = { config: { ...credentials, requireTLS: false }, secrets }
  assert.equal(verdictOf(await sendMail({ rig, sender }, server.port, allowed)), 'sent')
  await sender.close()
})

test('a server that echoes the password later on finds it redacted', async () => {
  const secret = 'secret 1'
  const blob = Buffer.from(`\0user\0${secret}`).toString('base64')
  const MAIL = `550 you are ${secret} ${Buffer.from(secret).toString('base64')} ${blob}`
  await using server = await startRawSmtpServer({ EHLO: '250-raw\r\n250 AUTH PLAIN', AUTH: '235 ok', MAIL })
  const echoed = { config: credentials, secrets: { 'mail/password': secret } }
  const delivery = await sendMail({ rig }, server.port, echoed)
  assert.match(delivery.detail ?? '', /550 you are <redacted> <redacted> AHVzZXIA<redacted>$/u)
})
