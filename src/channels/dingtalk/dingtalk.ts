import { attemptTimeoutMs } from '../../model/duration.ts'
import { type Channel, type SpecFault } from '../channel.ts'
import { defaultTemplate, planMessages, type DingTalkRequest } from './plan.ts'
import { DingTalkConfigSpec, DingTalkOptions, DingTalkReceiverSpec } from './schema.ts'
import { createSender } from './sender.ts'

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

/** DingTalk, by way of chatbots and of an application's conversations. */
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
  templates: { body: { name: defaultTemplate, format: 'text', option: 'template' } },
  needsConfig: (receiver) => receiver.conversation !== undefined,
  plan: planMessages,
  preview: (request) => ({
    to: [request.target === 'conversation' ? `conversation ${request.chatid}` : 'chatbot'],
    text: request.text,
  }),
  timeoutMs: (options) => attemptTimeoutMs(options.notificationTimeout, 3_000),
  open: createSender,
}
