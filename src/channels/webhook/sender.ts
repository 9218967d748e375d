import { type Delivery } from '../../model/delivery.ts'
import { redact } from '../../model/redact.ts'
import { type SecretText } from '../../model/secret.ts'
import { basicCredentials } from '../basic-auth.ts'
import { type Part, type SendContext, type Sender, type SenderDeps } from '../channel.ts'
import { readHeaderValue, readLine, readTls } from '../credentials.ts'
import { deliveryOfError } from '../failure.ts'
import { classifyStatus } from '../http-status.ts'
import { splitUserInfo } from './address.ts'
import { destinationsOf } from './destinations.ts'
import { type WebhookHttpConfig } from './schema.ts'

/** One POST. */
export interface WebhookRequest {
  /** `scheme://host:port`, for people. */
  readonly origin: string
  /** The whole address; kept from sight because paths, queries and user names of webhooks are often keys. */
  readonly url: SecretText
  readonly proxyUrl?: SecretText
  readonly contentType: string
  readonly body: string
  /** References to the Secrets in force. */
  readonly auth: Pick<WebhookHttpConfig, 'basicAuth' | 'bearerToken' | 'tlsConfig'>
}

/** The half of the webhook channel that talks. */
export function createSender(deps: SenderDeps): Sender<WebhookRequest> {
  async function post(request: WebhookRequest, context: SendContext): Promise<Delivery> {
    const { url, basic } = splitUserInfo(new URL(request.url.reveal()))
    const authorization = (await readAuthorization(request.auth, context)) ?? basic
    const tls = await readTls(request.auth.tlsConfig, context)
    const proxyUrl = request.proxyUrl?.reveal()
    const deferred = await context.admit(...destinationsOf({ url, proxyUrl, tls, authorization }))
    if (deferred !== undefined) return deferred
    const answer = await deps.http.request({
      method: 'POST',
      url,
      headers: {
        'user-agent': 'notification-manager',
        'content-type': request.contentType,
        'idempotency-key': context.notificationId,
        'x-notification-id': context.notificationId,
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: request.body,
      tls,
      ...(proxyUrl === undefined ? {} : { proxyUrl }),
      signal: context.signal,
    })
    const delivery = classifyStatus(answer.status, answer.headers, deps.clock.now())
    // A redirect may lead to what the address itself holds.
    const said = redact(delivery.detail ?? '', [request.url.reveal(), proxyUrl ?? ''])
    return { ...delivery, detail: `${request.origin} ${said}`.trim() }
  }

  return {
    async send(part: Part<WebhookRequest>, context: SendContext): Promise<Delivery> {
      try {
        return await post(part.request, context)
      } catch (error) {
        return deliveryOfError(error)
      }
    },
    close: () => Promise.resolve(),
  }
}

/** A scheme of RFC 9110, 11.4, and what follows it. */
const withScheme = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ +\S/u

async function readAuthorization(auth: WebhookRequest['auth'], context: SendContext): Promise<string | undefined> {
  if (auth.bearerToken !== undefined) {
    const value = await readHeaderValue(auth.bearerToken, context)
    return withScheme.test(value) ? value : `Bearer ${value}`
  }
  if (auth.basicAuth === undefined) return undefined
  const { username, password } = auth.basicAuth
  return basicCredentials(username, password === undefined ? '' : await readLine(password, context))
}
