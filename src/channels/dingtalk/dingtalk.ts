import { attemptTimeoutMs } from '../../model/duration.ts'
import { type SecretKeyRef } from '../../model/fragments.ts'
import { type Channel, type Part, type PlanInput, type SpecFault } from '../channel.ts'
import { DingTalkConfigSpec, DingTalkOptions, DingTalkReceiverSpec } from './schema.ts'

/** One message through a chatbot, or to a conversation. */
export type DingTalkRequest =
  | {
      readonly target: 'chatbot'
      readonly webhook: SecretKeyRef
      readonly secret?: SecretKeyRef
      readonly keywords: readonly string[]
      readonly text: string
    }
  | { readonly target: 'conversation'; readonly chatid: string; readonly text: string }

function checkConfig(spec: DingTalkConfigSpec): readonly SpecFault[] {
  const { conversation } = spec
  if (conversation === undefined) return []
  return (['appkey', 'appsecret'] as const)
    .filter((field) => conversation[field] === undefined)
    .map((field) => ({
      path: `spec.conversation.${field}`,
      message: 'is required',
      remedy: `add an object with \`name\` and \`key\`: the Secret that holds the application's ${field}`,
    }))
}

function checkReceiver(spec: DingTalkReceiverSpec): readonly SpecFault[] {
  if (spec.chatbot !== undefined || spec.conversation !== undefined) return []
  return [{ path: 'spec', message: 'names nowhere to post', remedy: 'give `chatbot`, `conversation` or both' }]
}

function requests(receiver: DingTalkReceiverSpec, text: string): readonly DingTalkRequest[] {
  const { chatbot, conversation } = receiver
  const parts: DingTalkRequest[] = []
  if (chatbot !== undefined) {
    const { webhook, secret, keywords = [] } = chatbot
    parts.push({ target: 'chatbot', webhook, ...(secret === undefined ? {} : { secret }), keywords, text })
  }
  if (conversation !== undefined) parts.push({ target: 'conversation', chatid: conversation.chatid, text })
  return parts
}

function plan(
  input: PlanInput<DingTalkConfigSpec, DingTalkReceiverSpec, DingTalkOptions>,
): readonly Part<DingTalkRequest>[] {
  const { receiver, templates, render, done } = input
  const { text } = render(templates['body'] ?? '', 'text')
  return requests(receiver, text)
    .filter((request) => !done.has(request.target))
    .map((request) => ({ marks: [request.target], summary: `1 message to a DingTalk ${request.target}`, request }))
}

/** DingTalk, by way of chatbots and of an application's conversations. Its sender is not built yet. */
export const dingtalk: Channel<DingTalkConfigSpec, DingTalkReceiverSpec, DingTalkOptions, DingTalkRequest> = {
  name: 'dingtalk',
  config: {
    kind: 'DingTalkConfig',
    plural: 'dingtalkconfigs',
    shortNames: ['dc'],
    description: 'A DingTalk application: how conversations of DingTalkReceivers are posted to.',
    spec: DingTalkConfigSpec,
    rules: [
      {
        rule: '!has(self.conversation) || (has(self.conversation.appkey) && has(self.conversation.appsecret))',
        message: 'conversation needs both appkey and appsecret',
      },
    ],
    check: checkConfig,
  },
  receiver: {
    kind: 'DingTalkReceiver',
    plural: 'dingtalkreceivers',
    shortNames: ['dr'],
    description: 'A DingTalk chatbot, conversation or both to tell about alerts.',
    spec: DingTalkReceiverSpec,
    rules: [
      {
        rule: 'has(self.chatbot) || has(self.conversation)',
        message: 'chatbot, conversation or both must be given',
      },
    ],
    check: checkReceiver,
  },
  configSelectorField: 'dingtalkConfigSelector',
  options: DingTalkOptions,
  templates: { body: { name: 'nm.default.text', format: 'text', option: 'template' } },
  needsConfig: (receiver) => receiver.conversation !== undefined,
  plan,
  timeoutMs: (options) => attemptTimeoutMs(options.notificationTimeout, 3_000),
}
