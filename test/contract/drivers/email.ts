import { type EmailConfigSpec, type EmailReceiverSpec } from '../../../src/channels/email/schema.ts'
import { startSmtpServer, type Reply } from '../../support/smtp-server.ts'
import { type ChannelDriver, type PeerMood } from './driver.ts'

const secret = 'c0ntract-s3cret'

const rcpt: Readonly<Partial<Record<PeerMood, Reply>>> = {
  rateLimit: { code: 450, text: '4.7.1 too many mails' },
  serverError: { code: 451, text: '4.3.0 queue is down' },
  clientError: { code: 550, text: '5.1.1 no such user' },
  echo: { code: 550, text: `5.1.1 you said ${secret} and ${Buffer.from(secret).toString('base64')}` },
}

/** A mail server behind AUTH. */
export async function start(): Promise<ChannelDriver> {
  const server = await startSmtpServer({ auth: { user: 'user', password: secret } })
  let asked = Promise.withResolvers<undefined>()
  const config: EmailConfigSpec = {
    from: 'alerts@example.com',
    smartHost: { host: '127.0.0.1', port: server.port },
    authUsername: 'user',
    authPassword: { name: 'mail', key: 'password' },
  }
  const receiver: EmailReceiverSpec = { to: ['a@x.test'] }
  return {
    receiver,
    config,
    secrets: { 'mail/password': secret },
    rateLimitAfterMs: undefined,
    mood(mood) {
      asked = Promise.withResolvers()
      const { behaviour } = server
      const reply = rcpt[mood]
      behaviour.rcpt = reply === undefined ? {} : { 'a@x.test': reply }
      behaviour.mail = mood === 'refuseCredential' ? { code: 535, text: `5.7.8 not with ${secret}` } : undefined
      behaviour.holdData = undefined
      if (mood === 'hang') {
        behaviour.holdData = () => {
          asked.resolve(undefined)
          return Promise.withResolvers<never>().promise
        }
      }
      if (mood === 'reset') {
        behaviour.holdData = () => {
          server.drop()
          return Promise.withResolvers<never>().promise
        }
      }
    },
    taken: () => server.mails.map(({ parsed }) => `${parsed.subject ?? ''}\n${parsed.text ?? ''}`),
    hanging: () => asked.promise,
    stop: () => server[Symbol.asyncDispose](),
  }
}
