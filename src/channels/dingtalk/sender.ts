import { type Delivery } from '../../model/delivery.ts'
import { type Part, type SendContext, type Sender, type SenderDeps } from '../channel.ts'
import { readLine } from '../credentials.ts'
import { judge } from '../errcode.ts'
import { deliveryOfError } from '../failure.ts'
import { callUrl, createTokenApi, jsonHeaders, type TokenApi } from '../token-api.ts'
import { dingtalkApi, dingtalkRobot } from './classify.ts'
import { applicationDestinations, robotDestinations } from './destinations.ts'
import { type ChatbotRequest, type ConversationRequest, type DingTalkRequest } from './plan.ts'
import { clockRemark, readWebhook, signed } from './robot.ts'

const defaultApiUrl = 'https://oapi.dingtalk.com/'

/** The half of the DingTalk channel that talks; access tokens live here. */
export function createSender(deps: SenderDeps): Sender<DingTalkRequest> {
  const api = createTokenApi(deps, dingtalkApi)
  const apiUrl = deps.apis?.dingtalk ?? defaultApiUrl
  return {
    async send({ request }: Part<DingTalkRequest>, context: SendContext): Promise<Delivery> {
      try {
        return request.target === 'chatbot'
          ? await sendThroughRobot(deps, request, context)
          : await sendToConversation({ api, apiUrl }, request, context)
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

/** https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages */
async function sendThroughRobot(
  { http, clock }: Pick<SenderDeps, 'http' | 'clock'>,
  request: ChatbotRequest,
  context: SendContext,
): Promise<Delivery> {
  const webhook = await readWebhook(request.webhook, context)
  const secret = request.secret === undefined ? '' : (await readLine(request.secret, context)).trim()
  const deferred = await context.admit(...robotDestinations(webhook, request.throttle))
  if (deferred !== undefined) return deferred
  const url = secret === '' ? webhook : signed(webhook, secret, clock.now())
  const answer = await http.request({
    method: 'POST',
    url: url.href,
    headers: jsonHeaders,
    body: JSON.stringify(textMessage(request.text)),
    signal: context.signal,
  })
  const { origin } = url
  const { delivery } = judge(answer, dingtalkRobot, {
    origin,
    now: clock.now(),
    secrets: [secret, webhook.href, url.href],
    remark: (said) => clockRemark(said, answer.headers.get('date'), clock.now()),
  })
  return delivery.outcome === 'sent' ? { outcome: 'sent', detail: `${origin} took the message` } : delivery
}

/**
 * Gets a token (https://open.dingtalk.com/document/orgapp/obtain-orgapp-token) and sends to a conversation
 * (https://open.dingtalk.com/document/orgapp/send-group-messages).
 */
async function sendToConversation(
  { api, apiUrl }: { readonly api: TokenApi; readonly apiUrl: string },
  { app, chatid, text, maxTokenAgeMs, throttle }: ConversationRequest,
  context: SendContext,
): Promise<Delivery> {
  if (app === undefined) {
    const detail = 'the DingTalkConfig in force has no `conversation`; give it one, with `appkey` and `appsecret`'
    return { outcome: 'retry', reason: 'configNotFound', detail }
  }
  const appkey = await readLine(app.appkey, context)
  const appsecret = await readLine(app.appsecret, context)
  const deferred = await context.admit(...applicationDestinations(new URL(apiUrl), appkey, throttle))
  if (deferred !== undefined) return deferred
  const tokenUrl = callUrl(apiUrl, 'gettoken', { appkey, appsecret })
  const { delivery } = await api.post({
    tokenUrl,
    credentials: [apiUrl, appkey, appsecret],
    maxTokenAgeMs,
    postUrl: (token) => callUrl(apiUrl, 'chat/send', { access_token: token }),
    body: JSON.stringify({ chatid, msg: textMessage(text) }),
    secrets: [appkey, appsecret],
    signal: context.signal,
  })
  if (delivery.outcome !== 'sent') return delivery
  return { outcome: 'sent', detail: `${tokenUrl.origin} took the message` }
}

function textMessage(content: string): { readonly msgtype: 'text'; readonly text: { readonly content: string } } {
  return { msgtype: 'text', text: { content } }
}
