import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { email } from '../../../src/channels/email/email.ts'
import { createRig } from '../../support/channel-rig.ts'
import { openMailSender, sendMail, verdictOf } from '../../support/mail-sending.ts'
import { startRawSmtpServer, startSmtpServer } from '../../support/smtp-server.ts'

const rig = createRig()
after(() => rig.close())

test('a mail arrives with text and HTML, its headers and its envelope', async () => {
  await using server = await startSmtpServer()
  const delivery = await sendMail({ rig }, server.port, {
    to: ['a@x.test', 'b@x.test'],
    config: { hello: 'nm.example.com' },
  })
  assert.deepEqual(delivery, { outcome: 'sent', detail: `127.0.0.1:${server.port} took the mail for 2 addresses` })
  const mail = server.mails[0] ?? assert.fail()
  assert.deepEqual([mail.from, mail.to, mail.hello], ['alerts@example.com', ['a@x.test', 'b@x.test'], 'nm.example.com'])
  const { parsed } = mail
  assert.equal(parsed.from?.text, '"Alerts" <alerts@example.com>')
  assert.equal(parsed.subject, 'firing KubePodCrashLooping')
  assert.equal(parsed.text?.trim(), 'firing KubePodCrashLooping')
  assert.equal(parsed.html, '<p>firing KubePodCrashLooping</p>')
  assert.equal(parsed.messageId, '<n-1.0@example.com>')
  assert.equal(parsed.inReplyTo, parsed.references)
  assert.equal(parsed.headers.get('x-alert-status'), 'firing')
  assert.equal(parsed.headers.get('auto-submitted'), 'auto-generated')
  assert.equal(parsed.date?.getTime(), rig.deps.clock.now())
})

test('mails one after the other share a connection', async () => {
  await using server = await startSmtpServer()
  const sender = openMailSender(rig)
  for (let count = 0; count < 5; count += 1) await sendMail({ rig, sender }, server.port)
  assert.deepEqual([server.mails.length, server.connections()], [5, 1])
  await sender.close()
})

test('at most five connections carry any number of mails at once', async () => {
  await using server = await startSmtpServer()
  const sender = openMailSender(rig)
  const deliveries = await Promise.all(Array.from({ length: 40 }, () => sendMail({ rig, sender }, server.port)))
  assert.ok(deliveries.every(({ outcome }) => outcome === 'sent'))
  assert.equal(server.mails.length, 40)
  assert.ok(server.connections() <= 5, String(server.connections()))
  await sender.close()
})

test('a connection that the server closed while it was idle is replaced without a failed attempt', async () => {
  await using server = await startRawSmtpServer()
  const sender = openMailSender(rig)
  assert.equal((await sendMail({ rig, sender }, server.port)).outcome, 'sent')
  server.drop()
  assert.equal((await sendMail({ rig, sender }, server.port)).outcome, 'sent')
  assert.equal(server.connections(), 2)
  await sender.close()
})

test('mails that wait for a connection end with their own deadline, and the others go on', async () => {
  await using server = await startSmtpServer()
  const { promise, resolve } = Promise.withResolvers<undefined>()
  server.behaviour.holdData = () => promise
  const sender = openMailSender(rig)
  const held = Array.from({ length: 5 }, () => sendMail({ rig, sender }, server.port))
  const late = await sendMail({ rig, sender }, server.port, { signal: AbortSignal.timeout(100) })
  assert.equal(verdictOf(late), 'retry contextDeadlineExceeded')
  const last = sendMail({ rig, sender }, server.port)
  resolve(undefined)
  const outcomes = (await Promise.all([...held, last])).map(({ outcome }) => outcome)
  assert.deepEqual(
    outcomes,
    Array.from({ length: 6 }, () => 'sent'),
  )
  await sender.close()
})

test('an address that the policy refuses is not connected to', async () => {
  await using server = await startSmtpServer()
  const strict = createRig({ egress: { allow: [] } })
  const sender = email.open?.(strict.deps) ?? assert.fail()
  const delivery = await sendMail({ rig, sender }, server.port, { host: 'localhost' })
  assert.equal(verdictOf(delivery), 'retry addressRefused')
  assert.match(delivery.detail ?? '', /localhost \(127\.0\.0\.1\) may not be reached: loopback/u)
  assert.equal(server.connections(), 0)
  await strict.close()
})

test('addresses in other scripts are sent with SMTPUTF8 when it is offered, domains in ASCII', async () => {
  await using server = await startSmtpServer()
  assert.equal((await sendMail({ rig }, server.port, { to: ['jörg@münchen.test'] })).outcome, 'sent')
  assert.equal(server.mails[0]?.to.length, 1)
  await using raw = await startRawSmtpServer()
  await sendMail({ rig }, raw.port, { to: ['a@münchen.test'] })
  assert.ok(raw.lines.includes('RCPT TO:<a@xn--mnchen-3ya.test>'))
  assert.ok(raw.lines.includes('MAIL FROM:<alerts@example.com>'))
})
