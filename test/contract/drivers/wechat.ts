import { type WechatConfigSpec, type WechatReceiverSpec } from '../../../src/channels/wechat/schema.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { json, type Trouble } from '../../support/vendors/trouble.ts'
import { startWechat } from '../../support/vendors/wechat.ts'
import { type ChannelDriver, type PeerMood } from './driver.ts'

const secret = 'c0ntract+/=s3cret'

const troubles: Readonly<Partial<Record<PeerMood, Trouble>>> = {
  rateLimit: { errcode: 45009, errmsg: 'api freq out of limit' },
  serverError: { errcode: -1, errmsg: 'system error' },
  clientError: { errcode: 81013, errmsg: 'user & party & tag all invalid' },
  reset: 'reset',
  hang: 'hang',
}

/** An application of WeChat Work. */
export async function start(): Promise<ChannelDriver> {
  const vendor = await startWechat({ clock: createFakeClock(), secret })
  let asked = Promise.withResolvers<undefined>()
  const config: WechatConfigSpec = {
    wechatApiUrl: vendor.apiUrl,
    wechatApiCorpId: 'corp',
    wechatApiAgentId: '1000002',
    wechatApiSecret: { name: 'wechat', key: 'secret' },
  }
  const receiver: WechatReceiverSpec = { toUser: 'ann|bob' }
  return {
    receiver,
    config,
    secrets: { 'wechat/secret': secret },
    rateLimitAfterMs: 60_000,
    mood(mood) {
      asked = Promise.withResolvers()
      vendor.trouble = troubles[mood]
      vendor.tokenTrouble = mood === 'refuseCredential' ? { errcode: 40001, errmsg: `not ${secret}` } : undefined
      if (mood === 'refuseCredential') vendor.tokens.revoke()
      if (mood === 'echo') {
        vendor.trouble = (request) => json({ errcode: 40058, errmsg: `${request.path} ${request.body} ${secret}` })
      }
      if (mood === 'hang') {
        vendor.trouble = () => {
          asked.resolve(undefined)
          return 'hang'
        }
      }
    },
    taken: () => vendor.messages.map(({ content }) => content),
    hanging: () => asked.promise,
    stop: () => vendor.stop(),
  }
}
