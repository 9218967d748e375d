import { type Delivery } from '../../model/delivery.ts'
import { type Destination, type Part, type SendContext, type Sender, type SenderDeps } from '../channel.ts'
import { readLine, readTls } from '../credentials.ts'
import { deliveryOfError, knownDelivery } from '../failure.ts'
import { type MailCredentials } from './auth.ts'
import { classifyAccepted, classifyFailure, type Attempt } from './classify.ts'
import { composeMail, envelopeOf, wireAddress } from './message.ts'
import { markOf } from './plan.ts'
import { type EmailRequest } from './request.ts'
import { type EmailConfigSpec } from './schema.ts'
import { type MailServer } from './session.ts'
import { createMailServers } from './smtp.ts'

/** The half of the email channel that talks. */
export function createSender(deps: SenderDeps): Sender<EmailRequest> {
  const servers = createMailServers(deps.egress)

  async function mail(request: EmailRequest, context: SendContext): Promise<Delivery> {
    const server = await readServer(request, context)
    const content = await composeMail(request, deps.clock.now())
    const attempt = attemptOf(request, server)
    const deferred = await context.admit(accountOf(server))
    if (deferred !== undefined) return deferred
    try {
      const taken = await servers.send(server, { envelope: envelopeOf(request), content }, context.signal)
      return classifyAccepted(taken.rejectedErrors ?? [], attempt)
    } catch (error) {
      if (context.signal.aborted) {
        const detail = `${attempt.server} did not finish in time`
        return { outcome: 'retry', reason: 'contextDeadlineExceeded', detail }
      }
      return knownDelivery(error) ?? classifyFailure(error, attempt)
    }
  }

  return {
    async send(part: Part<EmailRequest>, context: SendContext): Promise<Delivery> {
      try {
        return await mail(part.request, context)
      } catch (error) {
        return deliveryOfError(error)
      }
    },
    close() {
      servers.close()
      return Promise.resolve()
    },
  }
}

/**
 * The server and the account at it. Replies to single mails and addresses (greylisting, a full mailbox) say nothing of the server,
 * so that only connections that fail, break or hang are laid at its door.
 */
function accountOf(server: MailServer): Destination {
  return {
    key: JSON.stringify(server),
    label: 'mail server',
    blamedFor: ['unreached', 'connectionError', 'contextDeadlineExceeded'],
  }
}

async function readServer({ config, dialTimeoutMs }: EmailRequest, context: SendContext): Promise<MailServer> {
  const credentials = await readCredentials(config, context)
  return {
    host: config.smartHost.host,
    port: Number(config.smartHost.port),
    hello: config.hello === undefined || config.hello === '' ? 'localhost' : config.hello,
    requireTls: config.requireTLS,
    tls: await readTls(config.tls, context),
    ...(credentials === undefined ? {} : { credentials }),
    dialTimeoutMs,
  }
}

async function readCredentials(config: EmailConfigSpec, context: SendContext): Promise<MailCredentials | undefined> {
  const { authUsername: username, authIdentify: identity = '', authPassword, authSecret } = config
  if (username === undefined || username === '') return undefined
  return {
    username,
    identity,
    ...(authPassword === undefined ? {} : { password: await readLine(authPassword, context) }),
    ...(authSecret === undefined ? {} : { secret: await readLine(authSecret, context) }),
  }
}

function attemptOf(request: EmailRequest, { host, port, credentials }: MailServer): Attempt {
  const { password = '', secret = '' } = credentials ?? {}
  return {
    server: `${host}:${port}`,
    recipients: request.to.map((address) => ({ mark: markOf(address), address, wire: wireAddress(address) })),
    secrets: [password, secret],
  }
}
