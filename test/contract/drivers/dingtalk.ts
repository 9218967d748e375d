import { type DingTalkReceiverSpec } from '../../../src/channels/dingtalk/schema.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { startDingTalk, type Robot } from '../../support/vendors/dingtalk.ts'
import { json, type Trouble } from '../../support/vendors/trouble.ts'
import { type ChannelDriver, type PeerMood } from './driver.ts'

const robot: Robot = { accessToken: 'c0ntract-t0ken', secret: 'SECc0ntract-s3cret', keywords: ['kubesphere'] }

const troubles: Readonly<Partial<Record<PeerMood, Trouble>>> = {
  refuseCredential: { errcode: 300005, errmsg: `token ${robot.accessToken} is not exist` },
  rateLimit: { errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' },
  serverError: { errcode: -1, errmsg: '系统繁忙' },
  clientError: { errcode: 430102, errmsg: 'improper' },
  reset: 'reset',
}

/** A robot that wants a signature and a keyword. */
export async function start(): Promise<ChannelDriver> {
  const vendor = await startDingTalk({ clock: createFakeClock(), robots: [robot], perMinute: 1_000 })
  let asked = Promise.withResolvers<undefined>()
  const receiver: DingTalkReceiverSpec = {
    chatbot: {
      webhook: { name: 'robot', key: 'webhook' },
      secret: { name: 'robot', key: 'secret' },
      keywords: ['kubesphere'],
    },
  }
  return {
    receiver,
    config: undefined,
    secrets: { 'robot/webhook': vendor.webhookOf(robot), 'robot/secret': robot.secret ?? '' },
    rateLimitAfterMs: 60_000,
    mood(mood) {
      asked = Promise.withResolvers()
      vendor.trouble = troubles[mood]
      if (mood === 'echo') {
        vendor.trouble = (request) =>
          json({ errcode: 310000, errmsg: `sign: ${vendor.peer.origin}${request.path} ${robot.secret ?? ''}` })
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
