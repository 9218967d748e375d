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

/** A message that was taken. */
export interface WechatMessage {
  readonly users: readonly string[]
  readonly parties: readonly string[]
  readonly tags: readonly string[]
  readonly content: string
  /** Members who had 30 messages of the app in this minute already: nothing is sent to them, and nobody is told. */
  readonly dropped: readonly string[]
}

export interface WechatVendorOptions {
  readonly clock: Clock
  readonly corpId?: string
  readonly secret?: string
  readonly agentId?: number
  readonly tokenLifetimeMs?: number
  /** Who exists; everyone when absent. Ids in lower case. */
  readonly members?: readonly string[]
  /** Those of the members who have no licence. */
  readonly unlicensed?: readonly string[]
}

/** WeChat Work's API of applications, as strict as the vendor's pages say. */
export interface WechatVendor {
  /** With a trailing slash. */
  readonly apiUrl: string
  readonly peer: HttpPeer
  readonly messages: readonly WechatMessage[]
  readonly tokens: TokenDesk
  /** Takes the place of the answers to messages. */
  trouble: Trouble | undefined
  /** Takes the place of the answers to requests for a token. */
  tokenTrouble: Trouble | undefined
  stop(): Promise<void>
}

const perMinute = 30
const counts = [
  ['touser', 1_000, 40032],
  ['toparty', 100, 82002],
  ['totag', 100, 82003],
] as const

export async function startWechat(options: WechatVendorOptions): Promise<WechatVendor> {
  const { clock, corpId = 'corp', secret = 'c0rp+/=s3cret', agentId = 1_000_002 } = options
  const peer = await startHttpPeer()
  const messages: WechatMessage[] = []
  const sentAt = new Map<string, number[]>()
  const tokens = createTokenDesk('wx', options.tokenLifetimeMs ?? 7_200_000)
  const vendor = { trouble: undefined as Trouble | undefined, tokenTrouble: undefined as Trouble | undefined }

  function giveToken(query: URLSearchParams): PeerAnswer {
    if (query.get('corpid') !== corpId) return refuse(40013, 'invalid corpid')
    if (query.get('corpsecret') !== secret) return refuse(40001, 'invalid credential')
    const { token, expiresIn } = tokens.give(clock.now())
    return json({ errcode: 0, errmsg: 'ok', access_token: token, expires_in: expiresIn })
  }

  function take(request: PeerRequest, query: URLSearchParams): PeerAnswer {
    const token = tokens.check(query.get('access_token'), clock.now())
    if (token === 'missing') return refuse(41001, 'access_token missing')
    if (token === 'unknown') return refuse(40014, 'invalid access_token')
    if (token === 'expired') return refuse(42001, 'access_token expired')
    const fault = faultOf(request, agentId)
    if (fault !== undefined) return fault
    return deliver(objectIn(request.body) ?? {})
  }

  function deliver(body: Readonly<Record<string, unknown>>): PeerAnswer {
    const [users, parties, tags] = counts.map(([field]) => listOf(body[field]))
    const known = (user: string): boolean =>
      user === '@all' || options.members === undefined || options.members.includes(user.toLowerCase())
    const licensed = (user: string): boolean => options.unlicensed?.includes(user.toLowerCase()) !== true
    const invalid = (users ?? []).filter((user) => !known(user))
    const unlicensed = (users ?? []).filter((user) => known(user) && !licensed(user))
    const told = (users ?? []).filter((user) => known(user) && licensed(user))
    if (told.length + (parties?.length ?? 0) + (tags?.length ?? 0) === 0) return refuse(81013, 'all invalid')
    const content = String(asObject(body['text'])?.['content'])
    const dropped = told.filter((user) => !countOne(user))
    messages.push({ users: users ?? [], parties: parties ?? [], tags: tags ?? [], content, dropped })
    return json({
      errcode: 0,
      errmsg: 'ok',
      invaliduser: invalid.join('|').toLowerCase(),
      invalidparty: '',
      invalidtag: '',
      unlicenseduser: unlicensed.join('|').toLowerCase(),
      msgid: `m${messages.length}`,
    })
  }

  function countOne(user: string): boolean {
    const recent = (sentAt.get(user) ?? []).filter((at) => at > clock.now() - 60_000)
    if (recent.length >= perMinute) return false
    sentAt.set(user, [...recent, clock.now()])
    return true
  }

  peer.answer = (request) => {
    const url = new URL(request.path, peer.origin)
    if (url.pathname === '/cgi-bin/gettoken' && request.method === 'GET') {
      return vendor.tokenTrouble === undefined ? giveToken(url.searchParams) : answerOf(vendor.tokenTrouble, request)
    }
    if (url.pathname === '/cgi-bin/message/send' && request.method === 'POST') {
      return vendor.trouble === undefined ? take(request, url.searchParams) : answerOf(vendor.trouble, request)
    }
    return { status: 404 }
  }
  return Object.assign(vendor, {
    apiUrl: `${peer.origin}/cgi-bin/`,
    peer,
    messages,
    tokens,
    stop: () => peer.stop(),
  })
}

/** What is wrong with a message, as the vendor says it; undefined when nothing is. */
function faultOf(request: PeerRequest, agentId: number): PeerAnswer | undefined {
  const body = objectIn(request.body)
  if (body === undefined || !/^application\/json\b/u.test(request.headers['content-type'] ?? '')) {
    return refuse(40035, 'invalid parameter, wrong json format')
  }
  if (hasEscapedCharacter(request.body)) return refuse(40033, 'invalid charset')
  if (body['agentid'] === undefined) return refuse(41011, 'missing agentid')
  if (body['agentid'] !== agentId) return refuse(40056, 'invalid agentid')
  if (body['msgtype'] !== 'text') return refuse(40008, 'invalid message type')
  if (body['safe'] !== 0 && body['safe'] !== 1) return refuse(40058, 'invalid safe')
  return faultOfTargets(body) ?? faultOfText(asObject(body['text'])?.['content'])
}

function faultOfTargets(body: Readonly<Record<string, unknown>>): PeerAnswer | undefined {
  const lists = counts.map(([field, max, errcode]) => ({ list: listOf(body[field]), max, errcode, field }))
  for (const { list, max, errcode, field } of lists) {
    if (list.some((id) => id.trim() === '' || id !== id.trim())) return refuse(40058, `a hole in ${field}`)
    if (list.length > max) return refuse(errcode, `too many in ${field}`)
  }
  return lists.every(({ list }) => list.length === 0) ? refuse(82001, 'all targets are empty') : undefined
}

function faultOfText(content: unknown): PeerAnswer | undefined {
  if (typeof content !== 'string' || content.trim() === '') return refuse(44004, 'empty content')
  // The vendor would cut it, and say nothing.
  return Buffer.byteLength(content) > 2_048 ? refuse(45002, 'content size out of limit') : undefined
}

function listOf(value: unknown): readonly string[] {
  return typeof value !== 'string' || value === '' ? [] : value.split('|')
}
