import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createRig } from '../../support/channel-rig.ts'
import { sendMail, verdictOf } from '../../support/mail-sending.ts'
import { startRawSmtpServer, startSmtpServer } from '../../support/smtp-server.ts'

const rig = createRig()
after(() => rig.close())

const password = { name: 'mail', key: 'password' }
const credentials = { authUsername: 'user', authPassword: password }
const secrets = { 'mail/password': 'pässword 1\n' }

test('refusals of single addresses do not hold up the others', async () => {
  await using server = await startSmtpServer()
  server.behaviour.rcpt = {
    'gone@x.test': { code: 550, text: '5.1.1 no such user' },
    'busy@x.test': { code: 452, text: '4.2.2 mailbox full' },
  }
  const permanent = await sendMail({ rig }, server.port, { to: ['a@x.test', 'gone@x.test'] })
  assert.deepEqual(permanent, {
    outcome: 'sent',
    detail: `127.0.0.1:${server.port} refused 1 of 2 addresses: 550 5.1.1 no such user`,
    refusals: [{ target: 'gone@x.test', reason: 'clientError', detail: '550 5.1.1 no such user' }],
  })
  const mixed = await sendMail({ rig }, server.port, { to: ['a@x.test', 'gone@x.test', 'busy@x.test'] })
  assert.deepEqual(mixed, {
    outcome: 'retry',
    reason: 'serverError',
    detail: `127.0.0.1:${server.port} refused 1 of 3 addresses for now: 452 4.2.2 mailbox full`,
    done: ['to:a@x.test', 'to:gone@x.test'],
    refusals: [{ target: 'gone@x.test', reason: 'clientError', detail: '550 5.1.1 no such user' }],
  })
  assert.deepEqual(
    server.mails.map(({ to }) => to),
    [['a@x.test'], ['a@x.test']],
  )
  const all = await sendMail({ rig }, server.port, { to: ['gone@x.test'] })
  assert.deepEqual([all.outcome, all.outcome === 'failed' && all.refusals?.length], ['failed', 1])
  const none = await sendMail({ rig }, server.port, { to: ['busy@x.test', 'gone@x.test'] })
  assert.deepEqual([none.outcome, 'done' in none && none.done], ['retry', ['to:gone@x.test']])
})

test('every reply at every step has its outcome', async () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string, string])[] = [
    [{ greeting: '421 4.3.2 busy' }, 'retry', 'connectionError'],
    [{ greeting: '554 5.3.2 go away' }, 'retry', 'connectionError'],
    [{ greeting: 'drop' }, 'retry', 'connectionError'],
    [{ greeting: 'HTTP/1.1 400 Bad Request' }, 'retry', 'connectionError'],
    [{ EHLO: 'drop' }, 'retry', 'connectionError'],
    [{ EHLO: '421 4.3.2 busy' }, 'retry', 'connectionError'],
    [{ EHLO: '550 no', HELO: '550 no' }, 'retry', 'connectionError'],
    [{ EHLO: '502 no' }, 'sent', ''],
    [{ MAIL: '421 4.3.2 closing' }, 'retry', 'connectionError'],
    [{ MAIL: '451 4.3.0 later' }, 'retry', 'serverError'],
    [{ MAIL: '452 4.3.1 full' }, 'retry', 'serverError'],
    [{ MAIL: '530 5.7.0 authenticate first' }, 'failed', 'authError'],
    [{ MAIL: '550 5.7.1 not you' }, 'failed', 'clientError'],
    [{ MAIL: '552 5.3.4 too big' }, 'failed', 'clientError'],
    [{ MAIL: 'drop' }, 'retry', 'connectionError'],
    [{ RCPT: '450 4.2.1 later' }, 'retry', 'serverError'],
    [{ RCPT: '550 5.1.1 who' }, 'failed', 'clientError'],
    [{ RCPT: '554 5.7.1 spam' }, 'failed', 'clientError'],
    [{ RCPT: 'drop' }, 'retry', 'connectionError'],
    [{ DATA: '451 4.3.0 later' }, 'retry', 'serverError'],
    [{ DATA: '554 5.5.1 no' }, 'failed', 'clientError'],
    [{ DATA: 'drop' }, 'retry', 'connectionError'],
    [{ content: 'drop' }, 'retry', 'connectionError'],
    [{ '.': '421 4.3.2 closing' }, 'retry', 'connectionError'],
    [{ '.': '451 4.3.0 later' }, 'retry', 'serverError'],
    [{ '.': '552 5.3.4 too big' }, 'failed', 'clientError'],
    [{ '.': '554 5.6.0 spam' }, 'failed', 'clientError'],
    [{ '.': 'drop' }, 'retry', 'connectionError'],
    [{ EHLO: '250-raw\r\n250-PIPELINING\r\n250 SIZE 10' }, 'failed', 'clientError'],
    [
      { EHLO: '250-raw\r\n250 PIPELINING', MAIL: '550 5.7.1 no', RCPT: '503 5.5.1 no', DATA: '503 5.5.1 no' },
      'failed',
      'clientError',
    ],
    [{ EHLO: '250-raw\r\n250 PIPELINING', RCPT: '451 4.7.1 later', DATA: '503 5.5.1 no' }, 'retry', 'serverError'],
  ]
  for (const [replies, outcome, reason] of cases) {
    await using server = await startRawSmtpServer(replies)
    const delivery = await sendMail({ rig }, server.port)
    const name = `${JSON.stringify(replies)}: ${JSON.stringify(delivery)}`
    assert.equal(verdictOf(delivery), `${outcome} ${reason}`.trim(), name)
    assert.match(delivery.detail ?? '', new RegExp(`^127\\.0\\.0\\.1:${server.port}`, 'u'), name)
  }
})

test('a server that says nothing is left at the deadline of the greeting, and at an abort afterwards', async () => {
  await using silent = await startRawSmtpServer({ greeting: 'hang' })
  const delivery = await sendMail({ rig }, silent.port, { options: { notificationTimeout: '100ms' } })
  assert.equal(verdictOf(delivery), 'retry connectionError')
  assert.match(delivery.detail ?? '', /did not answer in time/u)
  for (const step of ['greeting', 'EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA', '.']) {
    await using server = await startRawSmtpServer({ EHLO: '250-raw\r\n250 AUTH PLAIN', AUTH: '235 ok', [step]: 'hang' })
    const sending = { config: credentials, secrets, signal: AbortSignal.timeout(100) }
    const aborted = await sendMail({ rig }, server.port, sending)
    assert.equal(verdictOf(aborted), 'retry contextDeadlineExceeded', step)
  }
})
