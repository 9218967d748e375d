import { type SecretKeyRef } from '../../model/fragments.ts'
import { type AlertGroup } from '../../model/alert.ts'
import { type Part, type PlanInput } from '../channel.ts'
import { chatTextOf } from '../chat-text.ts'
import { jsonBytes } from '../measure.ts'
import { createUntoldMessages } from '../untold-messages.ts'
import { createKeywords } from './keywords.ts'
import {
  maxChatbotBytes,
  maxConversationBytes,
  maxTokenAgeMs,
  throttleOfChatbot,
  throttleOfConversation,
  type Throttle,
} from './limits.ts'
import { type DingTalkConfigSpec, type DingTalkOptions, type DingTalkReceiverSpec } from './schema.ts'

export const defaultTemplate = 'nm.default.text'

/** One message through the robot of a group chat. */
export interface ChatbotRequest {
  readonly target: 'chatbot'
  readonly webhook: SecretKeyRef
  readonly secret?: SecretKeyRef
  readonly text: string
  readonly throttle: Throttle
}

/** One message of an application to a conversation. */
export interface ConversationRequest {
  readonly target: 'conversation'
  readonly chatid: string
  /** Absent while the config in force declares none. */
  readonly app?: { readonly appkey: SecretKeyRef; readonly appsecret: SecretKeyRef }
  readonly text: string
  readonly maxTokenAgeMs: number
  readonly throttle: Throttle
}

export type DingTalkRequest = ChatbotRequest | ConversationRequest

type Input = PlanInput<DingTalkConfigSpec, DingTalkReceiverSpec, DingTalkOptions>
type Chatbot = NonNullable<DingTalkReceiverSpec['chatbot']>
type Conversation = NonNullable<DingTalkReceiverSpec['conversation']>

/** The messages through the chatbot, then those to the conversation, as far as they have not been told yet. */
export function planMessages(input: Input): readonly Part<DingTalkRequest>[] {
  const { chatbot, conversation } = input.receiver
  return [
    ...(chatbot === undefined ? [] : planChatbot(input, chatbot)),
    ...(conversation === undefined ? [] : planConversation(input, conversation)),
  ]
}

/** How much of a message keywords may take, at most. */
const keywordShare = 0.5

function planChatbot(input: Input, chatbot: Chatbot): readonly Part<ChatbotRequest>[] {
  const { webhook, secret, keywords: declared = [] } = chatbot
  const limit = maxChatbotBytes(input.options)
  const keywords = createKeywords(declared, limit * keywordShare, jsonBytes)
  const throttle = throttleOfChatbot(input.options)
  const messages = untold(input, limit - keywords.reserve, `bot:${describeSecret(webhook)}`)
  return messages.map(({ text, mark }) => ({
    marks: [mark],
    target: 'chatbot',
    summary: '1 message through a DingTalk chatbot',
    request: {
      target: 'chatbot',
      webhook,
      ...(secret === undefined ? {} : { secret }),
      text: keywords.complete(text),
      throttle,
    },
  }))
}

function planConversation(input: Input, { chatid }: Conversation): readonly Part<ConversationRequest>[] {
  const { appkey, appsecret } = input.config?.conversation ?? {}
  const app = appkey === undefined || appsecret === undefined ? {} : { app: { appkey, appsecret } }
  const common = { maxTokenAgeMs: maxTokenAgeMs(input.options), throttle: throttleOfConversation(input.options) }
  return untold(input, maxConversationBytes(input.options), `chat:${chatid}`).map(({ text, mark }) => ({
    marks: [mark],
    target: 'conversation',
    summary: '1 message to a DingTalk conversation',
    request: { target: 'conversation', chatid, ...app, text, ...common },
  }))
}

/** What one of the two is still to be told. Sizes are those inside the request's JSON, which is what the vendor counts. */
function untold(
  { notification, templates, render, done }: Input,
  limit: number,
  target: string,
): readonly { readonly text: string; readonly mark: string }[] {
  const template = templates['body'] ?? defaultTemplate
  return createUntoldMessages({
    group: notification.group,
    limit,
    measure: jsonBytes,
    render: (group: AlertGroup) => chatTextOf(render(template, 'text', group).text, template),
    done,
  })(target)
}

function describeSecret({ namespace = '', name, key }: SecretKeyRef): string {
  return [namespace, name, key].join('/')
}
