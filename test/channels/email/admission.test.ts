import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Destination } from '../../../src/channels/channel.ts'
import { type Deferred } from '../../../src/model/delivery.ts'
import { createRig, type Rig } from '../../support/channel-rig.ts'
import { sendMail } from '../../support/mail-sending.ts'
import { startSmtpServer } from '../../support/smtp-server.ts'

const later: Deferred = {
  outcome: 'deferred',
  cause: 'breaker',
  reason: 'connectionError',
  detail: 'the mail server is down',
  afterMs: 5_000,
}

const rig = createRig()
after(() => rig.close())

/** The rig with an answer to those who ask for admission, and what they asked with. */
function guarded(answer: Deferred | undefined): { readonly rig: Rig; readonly asked: readonly Destination[] } {
  const asked: Destination[] = []
  const context: Rig['context'] = (...rest) => ({
    ...rig.context(...rest),
    admit: (...destinations) => {
      asked.push(...destinations)
      return Promise.resolve(answer)
    },
  })
  return { rig: { ...rig, context }, asked }
}

test('a mail whose server is down is put off without a connection', async () => {
  await using server = await startSmtpServer()
  const { rig: closed } = guarded(later)
  assert.deepEqual(await sendMail({ rig: closed }, server.port), later)
  assert.deepEqual([server.connections(), server.mails.length], [0, 0])
})

test('the account at a server is what goes down as one: another one, or another server, is not concerned', async () => {
  await using server = await startSmtpServer()
  const { rig: open, asked } = guarded(undefined)
  const account = (name: string) => ({ config: { authUsername: name, authPassword: { name: 'mail', key: name } } })
  const secrets = { 'mail/ann': 'one', 'mail/bob': 'two' }
  await sendMail({ rig: open }, server.port, { to: ['a@x.test'] })
  await sendMail({ rig: open }, server.port, { to: ['b@x.test'] })
  await sendMail({ rig: open }, server.port, { ...account('ann'), secrets })
  await sendMail({ rig: open }, server.port, { ...account('bob'), secrets })
  await sendMail({ rig: open }, 1)
  const [first, second, ...others] = asked.map(({ key }) => key)
  assert.equal(first, second)
  assert.equal(new Set([first, ...others]).size, 4)
  assert.deepEqual(new Set(asked.map(({ label }) => label)), new Set(['mail server']))
  assert.ok(!asked.some(({ blamedFor }) => blamedFor?.includes('serverError') ?? true), 'greylisting is no outage')
})
