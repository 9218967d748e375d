import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { createTransport } from 'nodemailer'
import { createMailbox, type Mailbox, type MailboxPorts } from '../../src/mailbox/mailbox.ts'
import { maxBodyBytes } from '../../src/mailbox/http-catcher.ts'
import { maxMailBytes } from '../../src/mailbox/smtp-catcher.ts'
import { SettingsError } from '../../src/model/errors.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createLogCapture } from '../support/log-capture.ts'

const quiet = { clock: createFakeClock(Date.UTC(2026, 10, 22)), logger: createLogCapture() }

async function start(t: TestContext, maxMessages = 10): Promise<Mailbox & MailboxPorts> {
  const mailbox = createMailbox({ ...quiet, smtpPort: 0, httpPort: 0, maxMessages })
  const ports = await mailbox.start()
  t.after(() => mailbox.stop())
  return { ...mailbox, ...ports }
}

function transport({ smtpPort }: MailboxPorts, auth?: { readonly method: string }) {
  return createTransport({
    host: '127.0.0.1',
    port: smtpPort,
    secure: false,
    ...(auth === undefined ? {} : { auth: { user: 'alerts', pass: 'hunter2' }, authMethod: auth.method }),
  })
}

async function post({ httpPort }: MailboxPorts, path: string, body: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`http://127.0.0.1:${httpPort}${path}`, { method: 'POST', body, headers })
  await answer.arrayBuffer()
  return answer.status
}

describe('a mail', () => {
  it('is kept with its envelope, both parts and its headers', async (t) => {
    const mailbox = await start(t)

    await transport(mailbox).sendMail({
      from: 'Alerts <alerts@example.com>',
      to: 'dev@example.com',
      bcc: 'sre@example.com',
      subject: '[FIRING:1] Température élevée 🔥',
      text: 'Plain, ünïcode.',
      html: '<p>HTML, ünïcode.</p>',
      headers: { 'X-Notification-Id': 'n-1' },
    })

    const [mail] = mailbox.list()
    assert.equal(mail?.subject, '[FIRING:1] Température élevée 🔥')
    assert.deepEqual(mail.to, ['dev@example.com', 'sre@example.com'])
    assert.deepEqual(
      [mail.from, mail.text.trim(), mail.html.trim(), mail.headers.get('x-notification-id'), mail.at],
      ['alerts@example.com', 'Plain, ünïcode.', '<p>HTML, ünïcode.</p>', 'n-1', Date.UTC(2026, 10, 22)],
    )
    assert.match(mail.raw, /^From: Alerts/mu)
  })

  for (const method of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
    it(`is taken with any credentials, which are kept nowhere: ${method}`, async (t) => {
      const mailbox = await start(t)

      await transport(mailbox, { method }).sendMail({ from: 'a@x.io', to: 'b@x.io', subject: 'hi', text: 'hi' })

      assert.equal(mailbox.list().length, 1)
      assert.doesNotMatch(JSON.stringify([mailbox.list(), quiet.logger.text()]), /hunter2|aHVudGVyMg/u)
    })
  }

  it('is refused for good when it is too large, and the next is taken', async (t) => {
    const mailbox = await start(t)
    const sender = transport(mailbox)

    await assert.rejects(
      sender.sendMail({ from: 'a@x.io', to: 'b@x.io', subject: 'big', text: 'x\n'.repeat(maxMailBytes / 2) }),
      /552|too large|size/iu,
    )
    await sender.sendMail({ from: 'a@x.io', to: 'b@x.io', subject: 'small', text: 'x' })

    assert.deepEqual(
      mailbox.list().map(({ subject }) => subject),
      ['small'],
    )
  })
})

describe('a POST', () => {
  it('is kept with its path, headers and JSON', async (t) => {
    const mailbox = await start(t)
    const body =
      '{"status":"firing","commonLabels":{"alertname":"Down"},"alerts":[{"status":"firing"},{"status":"resolved"}]}'

    const status = await post(mailbox, '/hooks/team-a', body, { 'x-notification-id': 'n-2' })

    const [message] = mailbox.list({ channel: 'http' })
    assert.equal(status, 200)
    assert.deepEqual(
      [
        message?.subject,
        message?.to,
        message?.path,
        message?.json,
        message?.raw,
        message?.headers.get('x-notification-id'),
      ],
      ['[FIRING:1] Down', ['/hooks/team-a'], '/hooks/team-a', JSON.parse(body), body, 'n-2'],
    )
  })

  it('loses its credentials', async (t) => {
    const mailbox = await start(t)

    await post(mailbox, '/robot/send?access_token=hunter2&sign=hunter2&room=5', 'hello', {
      authorization: 'Bearer hunter2',
      cookie: 'session=hunter2',
    })

    const [message] = mailbox.list()
    assert.equal(message?.path, '/robot/send?access_token=<redacted>&sign=<redacted>&room=5')
    assert.equal(message.headers.get('authorization'), '<redacted>')
    assert.doesNotMatch(JSON.stringify([message, [...message.headers]]), /hunter2/u)
  })

  for (const [body, subject] of [
    ['{"msgtype":"text","text":{"content":"Line one\\nLine two"}}', 'Line one'],
    ['{"text":"Hello"}', 'Hello'],
    ['{"alerts":[],"commonLabels":null}', '[RESOLVED] 0 alerts'],
    ['null', 'POST /x'],
    ['not json', 'POST /x'],
    ['', 'POST /x'],
  ] as const) {
    it(`gets a subject from its body: ${body}`, async (t) => {
      const mailbox = await start(t)

      await post(mailbox, '/x', body)

      assert.equal(mailbox.list()[0]?.subject, subject)
    })
  }

  it('is refused when it is too large, as is any other method', async (t) => {
    const mailbox = await start(t)

    const status = await post(mailbox, '/', 'x'.repeat(maxBodyBytes + 1))
    const get = await fetch(`http://127.0.0.1:${mailbox.httpPort}/`)
    await get.arrayBuffer()

    assert.deepEqual([status, get.status, mailbox.list().length], [413, 405, 0])
  })
})

describe('starting', () => {
  for (const [name, flag] of [
    ['smtpPort', '--mailbox-smtp-port'],
    ['httpPort', '--mailbox-http-port'],
  ] as const) {
    it(`says which flag to use when the port is taken: ${flag}`, async (t) => {
      const other = createServer().listen(0, '127.0.0.1')
      t.after(() => other.close())
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo

      const mailbox = createMailbox({ ...quiet, smtpPort: 0, httpPort: 0, [name]: port })

      await assert.rejects(
        mailbox.start(),
        (error) =>
          error instanceof SettingsError && error.message.includes(flag) && error.message.includes(String(port)),
      )
    })
  }

  it('may follow a stop: the ports are let go', async () => {
    const first = createMailbox({ ...quiet, smtpPort: 0, httpPort: 0 })
    const ports = await first.start()
    await first.stop()

    const second = createMailbox({ ...quiet, ...ports })

    assert.deepEqual(await second.start(), ports)
    await second.stop()
  })
})
