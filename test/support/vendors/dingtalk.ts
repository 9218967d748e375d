import { createHmac } from 'node:crypto'
import { type Clock } from '../../../src/model/ports.ts'
import { startHttpPeer, type HttpPeer, type PeerAnswer, type PeerRequest } from '../http-peer.ts'
import {
  answerOf,
  asObject,
  createTokenDesk,
  hasEscapedCharacter,
  json,
  objectIn,
  refuse,
  type TokenDesk,
  type Trouble,
} from './trouble.ts'

/** The robot of one group chat. */
export interface Robot {
  readonly accessToken: string
  readonly secret?: string
  readonly keywords?: readonly string[]
}

export interface DingTalkVendorOptions {
  readonly clock: Clock
  readonly robots?: readonly Robot[]
  readonly appkey?: string
  readonly appsecret?: string
  /** Conversations that the application created. */
  readonly chats?: readonly string[]
  readonly tokenLifetimeMs?: number
  /** Messages that one robot may get in a minute. */
  readonly perMinute?: number
}

/** A message that was taken. */
export interface DingTalkMessage {
  /** The access token of the robot, or the id of the conversation. */
  readonly to: string
  readonly content: string
}

/** DingTalk's robots and its API of applications, as strict as the vendor's pages say. */
export interface DingTalkVendor {
  /** With a trailing slash. */
  readonly apiUrl: string
  readonly peer: HttpPeer
  readonly messages: readonly DingTalkMessage[]
  readonly tokens: TokenDesk
  webhookOf(robot: Robot): string
  /** Takes the place of the answers to messages. */
  trouble: Trouble | undefined
  /** Takes the place of the answers to requests for a token. */
  tokenTrouble: Trouble | undefined
  stop(): Promise<void>
}

const hourMs = 3_600_000
const minuteMs = 60_000

export async function startDingTalk(options: DingTalkVendorOptions): Promise<DingTalkVendor> {
  const {
    clock,
    robots = [],
    appkey = 'd1ng-appkey',
    appsecret = 'd1ng+/=s3cret',
    chats = [],
    perMinute = 20,
  } = options
  const peer = await startHttpPeer()
  const messages: DingTalkMessage[] = []
  const tokens = createTokenDesk('dt', options.tokenLifetimeMs ?? 7_200_000)
  const vendor = { trouble: undefined as Trouble | undefined, tokenTrouble: undefined as Trouble | undefined }
  const allows = createRobotGate(perMinute)
  const no = (errcode: number, errmsg: string): PeerAnswer => refuse(errcode, errmsg, clock.now())
  const ok = (): PeerAnswer => json({ errcode: 0, errmsg: 'ok' }, clock.now())

  function takeRobot(request: PeerRequest, query: URLSearchParams): PeerAnswer {
    const accessToken = query.get('access_token')
    if (accessToken === null) return no(40035, '缺少参数 access_token')
    const robot = robots.find((one) => one.accessToken === accessToken)
    if (robot === undefined) return no(300005, 'token is not exist')
    const content = textIn(objectIn(request.body))
    if (!/^application\/json\b/u.test(request.headers['content-type'] ?? '')) return no(43004, 'content type')
    if (content === undefined) return no(400105, 'unsupported message')
    if (hasEscapedCharacter(request.body)) return no(40033, 'invalid charset')
    if (Buffer.byteLength(request.body) > 20_000) return no(460101, 'message too long, exceed 20000 bytes')
    const fault = securityFault(robot, { content, query, now: clock.now() })
    if (fault !== undefined) return no(310000, fault)
    if (!allows(accessToken, clock.now())) return no(130101, 'send too fast, exceed 20 times per minute')
    messages.push({ to: accessToken, content })
    return ok()
  }

  function giveToken(query: URLSearchParams): PeerAnswer {
    if (query.get('appkey') !== appkey || query.get('appsecret') !== appsecret) return no(40096, '不合法的appKey')
    const { token, expiresIn } = tokens.give(clock.now())
    return json({ errcode: 0, errmsg: 'ok', access_token: token, expires_in: expiresIn }, clock.now())
  }

  function takeChat(request: PeerRequest, query: URLSearchParams): PeerAnswer {
    const token = tokens.check(query.get('access_token'), clock.now())
    if (token === 'missing') return no(41001, 'access_token missing')
    if (token === 'unknown') return no(40014, '不合法的access_token')
    if (token === 'expired') return no(42001, 'access_token超时')
    const body = objectIn(request.body)
    const content = textIn(asObject(body?.['msg']))
    if (content === undefined || hasEscapedCharacter(request.body)) return no(34014, '会话消息的json结构无效或不完整')
    const chatid = String(body?.['chatid'])
    if (!chats.includes(chatid)) return no(34001, '无效的会话id')
    messages.push({ to: chatid, content })
    return json({ errcode: 0, errmsg: 'ok', messageId: `m${messages.length}` }, clock.now())
  }

  peer.answer = (request) => {
    const url = new URL(request.path, peer.origin)
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /gettoken':
        return vendor.tokenTrouble === undefined ? giveToken(url.searchParams) : answerOf(vendor.tokenTrouble, request)
      case 'POST /robot/send':
        return vendor.trouble === undefined ? takeRobot(request, url.searchParams) : answerOf(vendor.trouble, request)
      case 'POST /chat/send':
        return vendor.trouble === undefined ? takeChat(request, url.searchParams) : answerOf(vendor.trouble, request)
      default:
        return { status: 404 }
    }
  }
  return Object.assign(vendor, {
    apiUrl: `${peer.origin}/`,
    peer,
    messages,
    tokens,
    webhookOf: ({ accessToken }: Robot) => `${peer.origin}/robot/send?access_token=${accessToken}`,
    stop: () => peer.stop(),
  })
}

/** Lets so many messages a minute through to each robot; one more, and the robot is shut for ten minutes. */
function createRobotGate(perMinute: number): (robot: string, now: number) => boolean {
  const takenAt = new Map<string, number[]>()
  const shutUntil = new Map<string, number>()
  return (robot, now) => {
    if (now < (shutUntil.get(robot) ?? 0)) return false
    const recent = (takenAt.get(robot) ?? []).filter((at) => at > now - minuteMs)
    if (recent.length >= perMinute) {
      shutUntil.set(robot, now + 10 * minuteMs)
      return false
    }
    takenAt.set(robot, [...recent, now])
    return true
  }
}

function securityFault(
  { secret, keywords = [] }: Robot,
  { content, query, now }: { readonly content: string; readonly query: URLSearchParams; readonly now: number },
): string | undefined {
  if (keywords.length > 0 && !keywords.some((keyword) => content.includes(keyword))) {
    return 'description:关键词不匹配;solution:请联系群管理员查看此机器人的关键词，并在发送的信息中包含此关键词;'
  }
  if (secret === undefined) return undefined
  const [timestamp = '', ...moreTimestamps] = query.getAll('timestamp')
  const [sign = '', ...moreSigns] = query.getAll('sign')
  const expected = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
  if (sign !== expected || moreTimestamps.length + moreSigns.length > 0) {
    return 'description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳必须都放在调用的网址中;'
  }
  return /^\d{13}$/u.test(timestamp) && Math.abs(now - Number(timestamp)) <= hourMs
    ? undefined
    : 'description:机器人发送签名过期;solution:请确认时间戳;'
}

/** The text of a message in the vendor's shape; undefined for any other. */
function textIn(message: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const content = asObject(message?.['text'])?.['content']
  const fields = Object.keys(message ?? {}).toSorted()
  if (message?.['msgtype'] !== 'text' || fields.join() !== 'msgtype,text') return undefined
  return typeof content === 'string' && content.trim() !== '' ? content : undefined
}
