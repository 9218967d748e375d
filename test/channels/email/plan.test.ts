import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simpleParser } from 'mailparser'
import fc from 'fast-check'
import { email } from '../../../src/channels/email/email.ts'
import { composeMail, oneLine, parseMailbox, wireAddress } from '../../../src/channels/email/message.ts'
import { type EmailConfigSpec, type EmailOptions } from '../../../src/channels/email/schema.ts'
import { aNotification, anAlert, notificationKinds, planInput, renderOf } from '../../support/channel-rig.ts'

const config: EmailConfigSpec = {
  from: 'Alerts <alerts@example.com>',
  smartHost: { host: 'smtp.example.com', port: '587' },
}
const now = Date.UTC(2026, 0, 2)

function planOf(
  to: readonly string[],
  options: EmailOptions = {},
  rest: Partial<Parameters<typeof email.plan>[0]> = {},
) {
  return email.plan(planInput({ receiver: { to: [...to] }, config, options, ...rest }))
}

const five = ['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test', 'e@x.test']

test('bulk is one mail to all addresses, dealt out by maxEmailReceivers', () => {
  assert.deepEqual(
    planOf(five).map(({ request, summary }) => [request.to, summary]),
    [[five, '1 mail to 5 addresses']],
  )
  const chunks = planOf(five, { deliveryType: 'Bulk', maxEmailReceivers: 2 }).map(({ request }) => request.to)
  assert.deepEqual(chunks, [five.slice(0, 2), five.slice(2, 4), five.slice(4)])
})

test('single is one mail an address, whatever the case of the word', () => {
  for (const deliveryType of ['single', 'Single', 'SINGLE']) {
    assert.equal(planOf(five, { deliveryType, maxEmailReceivers: 3 }).length, 5)
  }
})

test('an address named twice is mailed once', () => {
  assert.deepEqual(planOf(['a@x.test', 'a@x.test'])[0]?.request.to, ['a@x.test'])
})

test('settled addresses are left out, and a mail keeps its Message-ID however many are left', () => {
  const ids = (done: readonly string[]) =>
    planOf(five, { maxEmailReceivers: 2 }, { done: new Set(done) }).map(({ request }) => [
      request.messageId,
      request.to,
    ])
  assert.deepEqual(ids([]), [
    ['<n-1.0@example.com>', ['a@x.test', 'b@x.test']],
    ['<n-1.1@example.com>', ['c@x.test', 'd@x.test']],
    ['<n-1.2@example.com>', ['e@x.test']],
  ])
  assert.deepEqual(ids(['to:a@x.test', 'to:b@x.test', 'to:d@x.test']), [
    ['<n-1.1@example.com>', ['c@x.test']],
    ['<n-1.2@example.com>', ['e@x.test']],
  ])
  assert.deepEqual(ids(five.map((address) => `to:${address}`)), [])
})

test('every address is settled by one mark', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.emailAddress(), { minLength: 1 }),
      fc.integer({ min: 1, max: 9 }),
      (to, maxEmailReceivers) => {
        const marks = planOf(to, { maxEmailReceivers }).flatMap((part) => part.marks)
        assert.deepEqual(
          marks,
          to.map((address) => `to:${address}`),
        )
      },
    ),
    { numRuns: 100 },
  )
})

test('mails of one group to one receiver on one day share a thread, others do not', () => {
  const thread = (notification = aNotification()) => planOf(['a@x.test'], {}, { notification })[0]?.request.threadId
  assert.match(thread() ?? '', /^<alert-[0-9a-f]{16}-2026-01-01@notification-manager>$/u)
  const resolved = aNotification([anAlert({}, { status: 'resolved' })])
  assert.equal(thread({ ...resolved, id: 'n-2' }), thread())
  assert.notEqual(thread(aNotification([anAlert()], { groupKey: 'other' })), thread())
  assert.notEqual(thread({ ...aNotification(), receiver: 'EmailReceiver/other' }), thread())
  assert.notEqual(thread({ ...aNotification(), acceptedAt: Date.UTC(2026, 0, 2) }), thread())
})

test('a firing critical alert makes a mail important, a resolved one does not', () => {
  const important = (status: 'firing' | 'resolved', severity: string) =>
    planOf(['a@x.test'], {}, { notification: aNotification([anAlert({ severity }, { status })]) })[0]?.request.important
  assert.deepEqual(
    [important('firing', 'Critical'), important('resolved', 'critical'), important('firing', 'warning')],
    [true, false, false],
  )
})

test('the subject is one line of bounded length', () => {
  const render = () => ({ text: `[FIRING]\r\nBcc: x@evil.test\t\u0000${'🔥'.repeat(10_000)}` })
  const subject = planOf(['a@x.test'], {}, { render })[0]?.request.subject ?? ''
  assert.match(subject, /^\[FIRING\] Bcc: x@evil\.test 🔥/u)
  assert.equal(Array.from(subject).length, 250)
})

test('the request holds references to Secrets only and can be shown', () => {
  const withSecret = { ...config, authUsername: 'u', authPassword: { name: 'mail', key: 'password' } }
  const [part] = planOf(['a@x.test'], {}, { config: withSecret })
  assert.deepEqual(part?.request.config.authPassword, { name: 'mail', key: 'password' })
})

test('no label, subject or body ever adds a header or an address', async () => {
  for (const notification of Object.values(notificationKinds())) {
    const [part] = planOf(['a@x.test'], {}, { notification, render: renderOf(notification) })
    const raw = await composeMail(part?.request ?? assert.fail(), now)
    const mail = await simpleParser(raw)
    assert.equal(mail.headers.has('bcc'), false)
    assert.equal(mail.headers.get('x-notification-id'), 'n-1')
    assert.equal(mail.from?.text, '"Alerts" <alerts@example.com>')
    assert.ok(typeof mail.text === 'string' && typeof mail.html === 'string')
  }
})

test('whatever a template renders, the mail has exactly the headers that were meant', async () => {
  const names = (raw: Buffer) =>
    raw
      .toString()
      .split('\r\n\r\n', 1)[0]
      ?.split('\r\n')
      .filter((line) => !/^\s/u.test(line))
      .map((line) => line.split(':')[0]?.toLowerCase())
      .sort()
  const [usual] = planOf(['a@x.test'])
  const expected = names(await composeMail(usual?.request ?? assert.fail(), now))
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      const [part] = planOf(['a@x.test'], {}, { render: () => ({ text: `x${text}` }) })
      assert.deepEqual(names(await composeMail(part?.request ?? assert.fail(), now)), expected)
    }),
    { numRuns: 100 },
  )
})

test('mailboxes, domains and lines are read as mail programs read them', () => {
  assert.deepEqual(parseMailbox('Alerts <a@b.test>'), { name: 'Alerts', address: 'a@b.test' })
  assert.deepEqual(parseMailbox('"Team, A" <a@b.test>'), { name: 'Team, A', address: 'a@b.test' })
  assert.deepEqual(parseMailbox('a@b.test'), { name: '', address: 'a@b.test' })
  for (const text of ['', 'nobody', '<>', 'a@', '@b']) assert.equal(parseMailbox(text), undefined, text)
  assert.equal(wireAddress('jörg@münchen.test'), 'jörg@xn--mnchen-3ya.test')
  assert.equal(oneLine(' a\r\n\tb\u2028c\u0085d '), 'a b c d')
})

test('the attempt may take the dial timeout and 30 s for the dialogue', () => {
  assert.equal(email.timeoutMs({}), 33_000)
  assert.equal(email.timeoutMs({ notificationTimeout: 10 }), 40_000)
})
