import { type Clock } from '../../../src/model/ports.ts'
import { createFakeClock } from '../fake-clock.ts'
import { startHttpPeer, type HttpPeer, type PeerAnswer, type PeerRequest } from '../http-peer.ts'
import { faultInAttachments, faultInBlocks, parseMrkdwn, textsOf } from './slack-blocks.ts'
import { answerOf, asObject, json, objectIn, type Trouble } from './trouble.ts'

/** A channel of the workspace, and why a message to it would be refused. */
export type SlackChannels = Readonly<Record<string, 'open' | 'not_in_channel' | 'is_archived' | 'restricted_action'>>

export interface SlackVendorOptions {
  readonly token?: string
  readonly channels?: SlackChannels
  readonly clock?: Clock
  /** Takes no more than one message a second to a channel. */
  readonly rateLimited?: boolean
}

/** A message that was taken. */
export interface TakenMessage {
  readonly channel: string
  readonly text: string
  /** The body as it came. */
  readonly body: Readonly<Record<string, unknown>>
  /** Everything that people see, in order. */
  readonly shown: string
  /** Whom it would ping. */
  readonly mentions: readonly string[]
  readonly links: readonly string[]
  /** Whether it has half a link or a bare control character: such messages are not taken. */
  readonly broken: boolean
}

/** Slack's `chat.postMessage`, as strict as its pages say, and stricter where it would silently cut or drop something. */
export interface SlackVendor {
  /** Base address, with a trailing slash. */
  readonly apiUrl: string
  readonly peer: HttpPeer
  readonly messages: readonly TakenMessage[]
  /** Takes the place of the answers. */
  trouble: Trouble | undefined
  stop(): Promise<void>
}

const knownFields = new Set([
  ...['channel', 'text', 'blocks', 'attachments', 'mrkdwn', 'link_names', 'unfurl_links', 'unfurl_media', 'metadata'],
])

/** `{"ok":false}` with an error, as Slack answers 200 to what it refuses. */
export function refusal(error: string, ...messages: readonly string[]): PeerAnswer {
  return json({ ok: false, error, ...(messages.length === 0 ? {} : { response_metadata: { messages } }) })
}

export async function startSlack(options: SlackVendorOptions = {}): Promise<SlackVendor> {
  const { token = 'xoxb-c0ntract-t0ken', channels = { '#ops': 'open' }, clock = createFakeClock() } = options
  const peer = await startHttpPeer()
  const messages: TakenMessage[] = []
  const takenAt = new Map<string, number>()
  const vendor = { trouble: undefined as Trouble | undefined }

  function take(request: PeerRequest): PeerAnswer {
    const fault = faultOfRequest(request, token)
    if (fault !== undefined) return refusal(fault)
    const body = objectIn(request.body)
    if (body === undefined) return refusal('invalid_json')
    const refused = faultOfMessage(body)
    if (refused !== undefined) return refused
    const channel = String(body['channel'])
    const state = Object.hasOwn(channels, channel) ? channels[channel] : 'channel_not_found'
    if (state !== 'open') return refusal(state ?? 'channel_not_found')
    if (options.rateLimited === true && clock.now() - (takenAt.get(channel) ?? 0) < 1_000) {
      return { status: 429, headers: { 'retry-after': '1' }, body: '{"ok":false,"error":"ratelimited"}' }
    }
    takenAt.set(channel, clock.now())
    const taken = toTaken(channel, body)
    if (taken.broken) return refusal('broken_mrkdwn', taken.shown)
    messages.push(taken)
    const charset = /charset=utf-8/iu.test(request.headers['content-type'] ?? '')
    return json({
      ok: true,
      channel: 'C0123456789',
      ts: `${Math.floor(clock.now() / 1_000)}.${String(messages.length).padStart(6, '0')}`,
      message: { type: 'message', ...body },
      ...(charset ? {} : { warning: 'missing_charset', response_metadata: { warnings: ['missing_charset'] } }),
    })
  }

  peer.answer = (request) => (vendor.trouble === undefined ? take(request) : answerOf(vendor.trouble, request))
  return Object.assign(vendor, {
    apiUrl: `${peer.origin}/api/`,
    peer,
    messages,
    stop: () => peer.stop(),
  })
}

function faultOfRequest({ method, path, headers }: PeerRequest, token: string): string | undefined {
  if (method !== 'POST' || path !== '/api/chat.postMessage') return 'unknown_method'
  const { authorization } = headers
  if (authorization === undefined || authorization === '') return 'not_authed'
  if (authorization !== `Bearer ${token}`) return 'invalid_auth'
  const type = headers['content-type']
  if (type === undefined) return 'missing_post_type'
  return /^application\/json\b/u.test(type) ? undefined : 'invalid_post_type'
}

function faultOfMessage(body: Readonly<Record<string, unknown>>): PeerAnswer | undefined {
  const { channel, text = '', blocks, attachments, metadata } = body
  const unknown = Object.keys(body).find((name) => !knownFields.has(name))
  if (unknown !== undefined) return refusal('invalid_arg_name', unknown)
  if (typeof channel !== 'string' || channel === '')
    return refusal('invalid_arguments', 'missing required field: channel')
  if (typeof text !== 'string') return refusal('invalid_arguments', 'text must be a string')
  if (text === '' && blocks === undefined && attachments === undefined) return refusal('no_text')
  // Slack would cut it into several messages from here on.
  if (Array.from(text).length > 4_000) return refusal('msg_too_long')
  const inBlocks = blocks === undefined ? undefined : faultInBlocks(blocks)
  if (inBlocks !== undefined) return refusal('invalid_blocks', `[ERROR] ${inBlocks}`)
  if (Array.isArray(attachments) && attachments.length > 100) return refusal('too_many_attachments')
  const inAttachments = attachments === undefined ? undefined : faultInAttachments(attachments)
  if (inAttachments !== undefined) return refusal('invalid_attachments', `[ERROR] ${inAttachments}`)
  if (costOf([blocks, attachments]) > 13_200) return refusal('msg_blocks_too_long')
  return faultOfMetadata(metadata)
}

/** Characters, and 100 more for each block: where `msg_blocks_too_long` begins. */
function costOf(blocks: unknown): number {
  const count = JSON.stringify(blocks).match(/"type":"(?:section|context|header|divider)"/gu)?.length ?? 0
  return Array.from(textsOf(blocks).join('')).length + 100 * count
}

function faultOfMetadata(value: unknown): PeerAnswer | undefined {
  if (value === undefined) return undefined
  const metadata = asObject(value)
  const payload = asObject(metadata?.['event_payload'])
  if (typeof metadata?.['event_type'] !== 'string' || payload === undefined) return refusal('invalid_metadata_format')
  if (JSON.stringify(payload).length > 2_000) return refusal('metadata_too_large')
  return undefined
}

function toTaken(channel: string, body: Readonly<Record<string, unknown>>): TakenMessage {
  const { text, blocks, attachments } = body
  const shown = textsOf([{ text }, blocks, attachments])
  const parsed = shown.map(parseMrkdwn)
  return {
    channel,
    text: typeof text === 'string' ? text : '',
    body,
    shown: shown.join('\n'),
    mentions: parsed.flatMap(({ mentions }) => mentions),
    links: parsed.flatMap(({ links }) => links),
    broken: parsed.some(({ broken }) => broken),
  }
}
