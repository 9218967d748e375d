import { channels } from '../../src/channels/index.ts'
import { type AnyChannel } from '../../src/channels/channel.ts'
import { httpFarSide, smtpFarSide, type FarSide, type FarSideOptions, type TakenMessage } from './faults-far-side.ts'
import { httpFaults, page, refusing, smtpFaults, type Fault } from './faults.ts'
import { startHttpPeer } from './http-peer.ts'
import { startDingTalk } from './vendors/dingtalk.ts'
import { startSlack } from './vendors/slack.ts'
import { startWechat } from './vendors/wechat.ts'

/** A channel, what its far sides can do wrong, and how one is started. */
export interface FaultyChannel {
  readonly channel: AnyChannel
  readonly faults: readonly Fault[]
  start(options: FarSideOptions): Promise<FarSide>
}

function channelOf(name: string): AnyChannel {
  const channel = channels.find((each) => each.name === name)
  if (channel === undefined) throw new Error(`there is no channel ${name}`)
  return channel
}

const minuteMs = 60_000

async function startWebhook(options: FarSideOptions): Promise<FarSide> {
  const taken: TakenMessage[] = []
  const peer = await startHttpPeer()
  peer.answer = ({ headers, body }) => {
    taken.push({ text: body, id: String(headers['idempotency-key']) })
    return { status: 200 }
  }
  return httpFarSide(options, {
    peer,
    taken: () => taken,
    resources: (origin) => ({ receiver: { url: `${origin}/hook` }, secrets: {} }),
  })
}

async function startSlackApi(options: FarSideOptions): Promise<FarSide> {
  const vendor = await startSlack({ token: 'xoxb-f4ult', clock: options.clock })
  return httpFarSide(options, {
    peer: vendor.peer,
    taken: () => vendor.messages.map(({ shown, body }) => ({ text: shown, id: JSON.stringify(body['metadata']) })),
    resources: (origin) => ({
      receiver: { channel: '#ops' },
      config: { slackTokenSecret: { name: 'slack', key: 'token' } },
      apis: { slack: `${origin}/api/` },
      secrets: { 'slack/token': 'xoxb-f4ult' },
    }),
  })
}

async function startWechatApi(options: FarSideOptions): Promise<FarSide> {
  const secret = 'f4ult+/=s3cret'
  const vendor = await startWechat({ clock: options.clock, secret })
  return httpFarSide(options, {
    peer: vendor.peer,
    taken: () => vendor.messages.map(({ content }) => ({ text: content })),
    resources: (origin) => ({
      receiver: { toUser: 'ann' },
      config: {
        wechatApiUrl: `${origin}/cgi-bin/`,
        wechatApiCorpId: 'corp',
        wechatApiAgentId: '1000002',
        wechatApiSecret: { name: 'wechat', key: 'secret' },
      },
      secrets: { 'wechat/secret': secret },
    }),
  })
}

async function startDingTalkRobot(options: FarSideOptions): Promise<FarSide> {
  const robot = { accessToken: 'f4ult-t0ken', secret: 'SECf4ult' }
  const vendor = await startDingTalk({ clock: options.clock, robots: [robot] })
  return httpFarSide(options, {
    peer: vendor.peer,
    taken: () => vendor.messages.map(({ content }) => ({ text: content })),
    resources: (origin) => ({
      receiver: { chatbot: { webhook: { name: 'robot', key: 'webhook' }, secret: { name: 'robot', key: 'secret' } } },
      secrets: {
        'robot/webhook': `${origin}/robot/send?access_token=${robot.accessToken}`,
        'robot/secret': robot.secret,
      },
    }),
  })
}

/** All channels with all of their faults. */
export const faultyChannels: readonly FaultyChannel[] = [
  { channel: channelOf('email'), faults: smtpFaults, start: smtpFarSide },
  {
    channel: channelOf('slack'),
    faults: [
      ...httpFaults,
      page,
      refusing('ok:false ratelimited', 'rateLimited', {
        body: { ok: false, error: 'ratelimited' },
        headers: { 'retry-after': '90' },
        pauseMs: 90_000,
      }),
      refusing('ok:false internal_error', 'serverError', { body: { ok: false, error: 'internal_error' } }),
    ],
    start: startSlackApi,
  },
  {
    channel: channelOf('wechat'),
    faults: [
      ...httpFaults,
      page,
      refusing('errcode 45009', 'rateLimited', { body: { errcode: 45009, errmsg: 'too fast' }, pauseMs: minuteMs }),
      refusing('errcode -1', 'serverError', { body: { errcode: -1, errmsg: 'busy' } }),
    ],
    start: startWechatApi,
  },
  { channel: channelOf('webhook'), faults: httpFaults, start: startWebhook },
  {
    channel: channelOf('dingtalk'),
    faults: [
      ...httpFaults,
      page,
      refusing('errcode 130101', 'rateLimited', { body: { errcode: 130101, errmsg: 'too fast' }, pauseMs: minuteMs }),
      refusing('errcode -1', 'serverError', { body: { errcode: -1, errmsg: 'busy' } }),
    ],
    start: startDingTalkRobot,
  },
]
