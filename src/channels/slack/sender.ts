import { type Delivery } from '../../model/delivery.ts'
import { type Part, type SendContext, type Sender, type SenderDeps } from '../channel.ts'
import { readHeaderValue } from '../credentials.ts'
import { deliveryOfError } from '../failure.ts'
import { type HttpResponse } from '../http-client.ts'
import { classify, errorOf } from './classify.ts'
import { destinationsOf } from './destinations.ts'
import { type SlackMessage } from './message.ts'
import { type SlackRequest } from './plan.ts'

/** https://docs.slack.dev/apis/web-api; GovSlack and relays have other addresses. */
const publicApi = 'https://slack.com/api/'

/** Only a Slack app may send metadata; a message is told without them rather than not at all. */
const metadataErrors: ReadonlySet<string> = new Set([
  'metadata_must_be_sent_from_app',
  'metadata_too_large',
  'invalid_metadata_format',
  'invalid_metadata_schema',
])

/** The half of the Slack channel that talks. */
export function createSender(deps: SenderDeps): Sender<SlackRequest> {
  const base = deps.apis?.slack ?? publicApi
  const url = new URL('chat.postMessage', base.endsWith('/') ? base : `${base}/`)

  async function post(
    message: Omit<SlackMessage, 'metadata'> & Partial<SlackMessage>,
    token: string,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    return await deps.http.request({
      method: 'POST',
      url: url.href,
      headers: {
        'user-agent': 'notification-manager',
        'content-type': 'application/json; charset=utf-8',
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify(message),
      signal,
    })
  }

  async function send({ message, token: ref }: SlackRequest, context: SendContext): Promise<Delivery> {
    const token = await readHeaderValue(ref, context)
    const deferred = await context.admit(...destinationsOf({ url, token, channel: message.channel }))
    if (deferred !== undefined) return deferred
    const { metadata, ...bare } = message
    const answer = await post({ ...bare, metadata }, token, context.signal)
    const last = metadataErrors.has(errorOf(answer)) ? await post(bare, token, context.signal) : answer
    const delivery = classify(last, { now: deps.clock.now(), token })
    return { ...delivery, detail: `${url.origin} ${delivery.detail ?? ''}` }
  }

  return {
    async send(part: Part<SlackRequest>, context: SendContext): Promise<Delivery> {
      try {
        return await send(part.request, context)
      } catch (error) {
        return deliveryOfError(error)
      }
    },
    close: () => Promise.resolve(),
  }
}
