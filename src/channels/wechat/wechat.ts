import { attemptTimeoutMs } from '../../model/duration.ts'
import { type Channel, type Part, type PlanInput, type SpecFault } from '../channel.ts'
import { WechatConfigSpec, WechatOptions, WechatReceiverSpec } from './schema.ts'

/** One message to users, departments and tags. */
export interface WechatRequest {
  readonly toUser: string
  readonly toParty: string
  readonly toTag: string
  readonly text: string
}

/** What a list separated by `|` names. */
function ids(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split('|')
    .map((id) => id.trim())
    .filter((id) => id !== '')
}

function checkReceiver(spec: WechatReceiverSpec): readonly SpecFault[] {
  if ([spec.toUser, spec.toParty, spec.toTag].some((list) => ids(list).length > 0)) return []
  return [
    {
      path: 'spec',
      message: 'names nobody to tell',
      remedy: 'give at least one of `toUser`, `toParty` and `toTag`, each a list separated by |',
    },
  ]
}

function plan(input: PlanInput<WechatConfigSpec, WechatReceiverSpec, WechatOptions>): readonly Part<WechatRequest>[] {
  const { receiver, templates, render, done } = input
  if (done.has('message')) return []
  const { text } = render(templates['body'] ?? '', 'text')
  const [toUser, toParty, toTag] = [receiver.toUser, receiver.toParty, receiver.toTag].map((list) =>
    ids(list).join('|'),
  )
  const request = { toUser: toUser ?? '', toParty: toParty ?? '', toTag: toTag ?? '', text }
  return [{ marks: ['message'], summary: '1 WeChat Work message', request }]
}

/** WeChat Work, by way of an app's `message/send`. Its sender is not built yet. */
export const wechat: Channel<WechatConfigSpec, WechatReceiverSpec, WechatOptions, WechatRequest> = {
  name: 'wechat',
  config: {
    kind: 'WechatConfig',
    plural: 'wechatconfigs',
    shortNames: ['wcc'],
    description: 'A WeChat Work app: how WechatReceivers are told.',
    spec: WechatConfigSpec,
  },
  receiver: {
    kind: 'WechatReceiver',
    plural: 'wechatreceivers',
    shortNames: ['wcr'],
    description: 'Users, departments and tags of WeChat Work to tell about alerts.',
    spec: WechatReceiverSpec,
    rules: [
      {
        rule: "[has(self.toUser) && self.toUser.matches('[^| ]'), has(self.toParty) && self.toParty.matches('[^| ]'), has(self.toTag) && self.toTag.matches('[^| ]')].exists(given, given)",
        message: 'at least one of toUser, toParty and toTag must be given',
      },
    ],
    check: checkReceiver,
  },
  configSelectorField: 'wechatConfigSelector',
  options: WechatOptions,
  templates: { body: { name: 'nm.default.text', format: 'text', option: 'template' } },
  needsConfig: () => true,
  plan,
  timeoutMs: (options) => attemptTimeoutMs(options.notificationTimeout, 3_000),
}
