import { Type, type Static } from 'typebox'
import { closed, duration, httpUrl, secretKeyRef } from '../../model/fragments.ts'

/** The WeChat Work app that sends. */
export const WechatConfigSpec = Type.Object(
  {
    wechatApiUrl: Type.Optional(
      httpUrl({ description: 'Base address of the API. Defaults to `https://qyapi.weixin.qq.com/cgi-bin/`.' }),
    ),
    wechatApiCorpId: Type.String({ minLength: 1, maxLength: 256, description: 'Id of the corporation.' }),
    wechatApiAgentId: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'Id of the app in WeChat Work that sends the messages.',
    }),
    wechatApiSecret: secretKeyRef('The secret of the app.'),
  },
  { ...closed, description: 'The WeChat Work app that sends.' },
)
export type WechatConfigSpec = Static<typeof WechatConfigSpec>

/** Whom to tell in WeChat Work. */
export const WechatReceiverSpec = Type.Object(
  {
    toUser: Type.Optional(
      Type.String({ maxLength: 65_536, description: 'User ids, separated by `|`; `@all` means everyone.' }),
    ),
    toParty: Type.Optional(Type.String({ maxLength: 65_536, description: 'Department ids, separated by `|`.' })),
    toTag: Type.Optional(Type.String({ maxLength: 65_536, description: 'Tag ids, separated by `|`.' })),
  },
  { ...closed, description: 'Whom to tell in WeChat Work; at least one of toUser, toParty and toTag.' },
)
export type WechatReceiverSpec = Static<typeof WechatReceiverSpec>

/** The block `spec.receivers.options.wechat`. */
export const WechatOptions = Type.Object(
  {
    notificationTimeout: Type.Optional(
      duration({ description: 'How long one attempt may take. A bare integer counts seconds. Defaults to 3s.' }),
    ),
    template: Type.Optional(
      Type.String({ maxLength: 512, description: 'Template of the message. Defaults to `nm.default.text`.' }),
    ),
    messageMaxSize: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_147_483_647,
        description:
          'How many bytes of UTF-8 one message may have; more of them make more messages. Kept between 256 and 2048, the limit of WeChat Work. Defaults to 2048.',
      }),
    ),
    tokenExpires: Type.Optional(
      duration({
        description: 'How long an access token is used at most. A bare integer counts nanoseconds. Defaults to 2h.',
      }),
    ),
  },
  { ...closed, description: 'Options of all WeChat Work receivers.' },
)
export type WechatOptions = Static<typeof WechatOptions>
