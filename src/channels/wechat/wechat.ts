import { attemptTimeoutMs } from '../../model/duration.ts'
import { type Channel, type SpecFault } from '../channel.ts'
import { defaultTemplate, planMessages, type WechatRequest } from './plan.ts'
import { WechatConfigSpec, WechatOptions, WechatReceiverSpec } from './schema.ts'
import { createSender } from './sender.ts'
import { targetsOf } from './targets.ts'

function checkReceiver(spec: WechatReceiverSpec): readonly SpecFault[] {
  if (targetsOf(spec).length > 0) return []
  return [
    {
      path: 'spec',
      message: 'names nobody to tell',
      remedy: 'give at least one of `toUser`, `toParty` and `toTag`, each a list separated by |',
    },
  ]
}

function checkConfig({ wechatApiUrl }: WechatConfigSpec): readonly SpecFault[] {
  if (wechatApiUrl === undefined || URL.canParse(wechatApiUrl)) return []
  const remedy = 'give an http or https address, as in `https://qyapi.weixin.qq.com/cgi-bin/`, or leave it out'
  return [{ path: 'spec.wechatApiUrl', message: 'not an address', remedy }]
}

/** In CEL what `targetsOf` asks of a list: anything but separators and the white space that `trim` removes. */
function namesSomebody(field: string): string {
  return String.raw`(has(self.${field}) && self.${field}.matches('[^|\\s\\v\\pZ\\x{FEFF}]'))`
}

/** WeChat Work, by way of an app's `message/send`. */
export const wechat: Channel<WechatConfigSpec, WechatReceiverSpec, WechatOptions, WechatRequest> = {
  name: 'wechat',
  config: {
    kind: 'WechatConfig',
    plural: 'wechatconfigs',
    shortNames: ['wcc'],
    description: 'A WeChat Work app: how WechatReceivers are told.',
    spec: WechatConfigSpec,
    check: checkConfig,
  },
  receiver: {
    kind: 'WechatReceiver',
    plural: 'wechatreceivers',
    shortNames: ['wcr'],
    description: 'Users, departments and tags of WeChat Work to tell about alerts.',
    spec: WechatReceiverSpec,
    rules: [
      {
        rule: ['toUser', 'toParty', 'toTag'].map(namesSomebody).join(' || '),
        message: 'at least one of toUser, toParty and toTag must be given',
      },
    ],
    check: checkReceiver,
  },
  configSelectorField: 'wechatConfigSelector',
  options: WechatOptions,
  templates: { body: { name: defaultTemplate, format: 'text', option: 'template' } },
  needsConfig: () => true,
  plan: planMessages,
  preview: ({ toUser, toParty, toTag, text }) => ({
    to: [`users ${toUser}`, `parties ${toParty}`, `tags ${toTag}`].filter((target) => !target.endsWith(' ')),
    text,
  }),
  timeoutMs: (options) => attemptTimeoutMs(options.notificationTimeout, 3_000),
  open: createSender,
}
