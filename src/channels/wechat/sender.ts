import { type Delivery } from '../../model/delivery.ts'
import { type Part, type SendContext, type Sender, type SenderDeps } from '../channel.ts'
import { readLine } from '../credentials.ts'
import { deliveryOfError } from '../failure.ts'
import { callUrl, createTokenApi, type TokenApi } from '../token-api.ts'
import { refusalsOf, wechatWork } from './classify.ts'
import { destinationsOf } from './destinations.ts'
import { type WechatRequest } from './plan.ts'

/** The half of the WeChat Work channel that talks; access tokens live here. */
export function createSender(deps: SenderDeps): Sender<WechatRequest> {
  const api = createTokenApi(deps, wechatWork)
  return {
    async send(part: Part<WechatRequest>, context: SendContext): Promise<Delivery> {
      try {
        return await sendMessage(api, part.request, context)
      } catch (error) {
        return deliveryOfError(error)
      }
    },
    close() {
      api.close()
      return Promise.resolve()
    },
  }
}

/**
 * Gets a token (https://developer.work.weixin.qq.com/document/path/91039) and sends a text
 * (https://developer.work.weixin.qq.com/document/path/90236).
 */
async function sendMessage(api: TokenApi, request: WechatRequest, context: SendContext): Promise<Delivery> {
  const { corpId, maxTokenAgeMs } = request
  const secret = await readLine(request.secret, context)
  const deferred = await context.admit(...destinationsOf(request))
  if (deferred !== undefined) return deferred
  const apiUrl = request.apiUrl.reveal()
  const { delivery, fields } = await api.post({
    tokenUrl: callUrl(apiUrl, 'gettoken', { corpid: corpId, corpsecret: secret }),
    credentials: [apiUrl, corpId, secret],
    maxTokenAgeMs,
    postUrl: (token) => callUrl(apiUrl, 'message/send', { access_token: token }),
    body: bodyOf(request),
    secrets: [secret, apiUrl],
    signal: context.signal,
  })
  if (delivery.outcome !== 'sent') return delivery
  const detail = `${request.origin} took the message`
  const refusals = request.last ? refusalsOf(fields) : []
  return refusals.length === 0 ? { outcome: 'sent', detail } : { outcome: 'sent', detail, refusals }
}

function bodyOf({ toUser, toParty, toTag, agentId, text }: WechatRequest): string {
  return JSON.stringify({
    touser: toUser,
    toparty: toParty,
    totag: toTag,
    agentid: /^\d{1,15}$/u.test(agentId) ? Number(agentId) : agentId,
    msgtype: 'text',
    text: { content: text },
    safe: 0,
  })
}
