import { type TestContext } from 'node:test'
import {
  startHttpPeer,
  startHttpProxy,
  type HttpPeer,
  type PeerAnswer,
  type PeerRequest,
} from '../support/http-peer.ts'
import { freePort } from '../support/programs/process.ts'
import { startRawSmtpServer, type RawSmtpServer } from '../support/smtp-server.ts'
import { tlsFixture } from '../support/tls.ts'
import { plant, spellings, type Planted } from './planted.ts'

/** Credentials that far sides are sent. Signs where encodings would differ, as far as each place takes them. */
export const sent = {
  mailPassword: plant('mail password', '+"/%&='),
  slackToken: plant('slack token', '-+/'),
  wechatSecret: plant('wechat secret', '+/='),
  wechatRelayKey: plant('wechat relay key'),
  wechatAccessToken: plant('wechat access token', '+/='),
  dingtalkAppkey: plant('dingtalk appkey'),
  dingtalkAppsecret: plant('dingtalk appsecret', '&/='),
  dingtalkAccessToken: plant('dingtalk access token', '+/='),
  robotToken: plant('robot token', '-'),
  bearer: plant('bearer', '~+/'),
  schemeToken: plant('token with a scheme', '"+/'),
  basicPassword: plant('basic password', ':"+/%'),
  urlPath: plant('path of a URL'),
  urlQuery: plant('query of a URL'),
  urlPassword: plant('password in a URL'),
  proxyPassword: plant('proxy password'),
} satisfies Planted

/** Of which far sides see proofs only. */
export const proven = {
  mailSecret: plant('mail secret', '/"+'),
  robotSign: plant('robot secret', '/+'),
  tlsKey: tlsFixture().client.key,
} satisfies Planted

/** Who is sent credentials, and how each of them answers. */
export interface FarSides {
  readonly http: HttpPeer
  readonly tls: HttpPeer
  readonly proxyPort: number
  readonly refusedPort: number
  /** By spelling, and by the step at which they repeat it. */
  readonly mail: ReadonlyMap<string, RawSmtpServer>
  /** Everything that arrived, as text. */
  received(): string
}

/** Starts them; they are stopped with the test. */
export async function startFarSides(context: TestContext): Promise<FarSides> {
  const http = await startHttpPeer()
  const { ca, server } = tlsFixture()
  const tls = await startHttpPeer({ tls: { keyPair: server, clientCa: ca } })
  const proxy = await startHttpProxy()
  proxy.answer = 407
  http.answer = answer
  const mail = await startMailServers(context)
  for (const each of [http, tls, proxy]) context.after(() => each.stop())
  return {
    http,
    tls,
    proxyPort: proxy.port,
    refusedPort: await freePort(),
    mail,
    received: () => JSON.stringify([http.requests, proxy.tunnels, [...mail.values()].map(({ lines }) => lines)]),
  }
}

async function startMailServers(context: TestContext): Promise<ReadonlyMap<string, RawSmtpServer>> {
  const servers = new Map<string, RawSmtpServer>()
  const add = async (name: string, replies: Readonly<Record<string, string>>): Promise<void> => {
    const server = await startRawSmtpServer(replies)
    context.after(() => server[Symbol.asyncDispose]())
    servers.set(name, server)
  }
  const plain = { EHLO: '250-far.test\r\n250 AUTH PLAIN', AUTH: '235 2.7.0 welcome' }
  for (const [name, spell] of Object.entries(spellings)) {
    await add(name, { ...plain, MAIL: `550 5.7.1 you are ${spell(sent.mailPassword)}` })
  }
  const all = Object.values(spellings).map((spell) => spell(sent.mailPassword))
  await add('auth', { ...plain, AUTH: all.map((text) => `535-5.7.8 ${text}`).join('\r\n') + '\r\n535 5.7.8 no' })
  await add('rcpt', { ...plain, RCPT: `450 4.7.1 ${spellings['raw']?.(sent.mailPassword)}` })
  await add('data', { ...plain, '.': `554 5.7.1 \u0000${sent.mailPassword}` })
  await add('greeting', { greeting: `554 ${sent.mailPassword}` })
  await add('cram', {
    EHLO: '250-far.test\r\n250 AUTH CRAM-MD5',
    AUTH: `535 5.7.8 ${proven.mailSecret} ${Buffer.from(proven.mailSecret).toString('base64')}`,
  })
  return servers
}

/** The answer to a request that names a spelling, as in `echo-hex`: all credentials that it came with, spelled so, in an error. */
function answer(request: PeerRequest): PeerAnswer {
  const said = credentialsIn(request)
  const spelling = /echo-(\w+)/u.exec(`${request.path} ${request.body}`)?.[1] ?? ''
  const spell = spellings[spelling] ?? ((value: string) => value)
  const words = said.map(spell).join(' ')
  if (request.path.includes('/hook')) return answerHook(spelling, words)
  if (request.path.includes('gettoken') && spelling === '') return answerToken(request.path)
  const warnings = { warning: words, response_metadata: { messages: [words] } }
  const refused = { invaliduser: words, invalidparty: words }
  const errors = { errcode: spelling === 'taken' ? 0 : 40058, errmsg: `${words} ${request.path}`, ...refused }
  return json({ ok: spelling === 'taken', error: words, ...warnings, ...errors })
}

function answerHook(spelling: string, words: string): PeerAnswer {
  const headers = { location: `https://${words.replaceAll(/[^\w.-]/gu, '')}.example/${encodeURIComponent(words)}` }
  switch (spelling) {
    case 'reset':
    case 'garbage':
      return spelling
    case 'late':
      return { status: 500, body: words }
    default:
      return { status: spelling.startsWith('base') ? 302 : 401, headers, body: words }
  }
}

function answerToken(path: string): PeerAnswer {
  const token = path.includes('corpid') ? sent.wechatAccessToken : sent.dingtalkAccessToken
  return json({ errcode: 0, errmsg: 'ok', access_token: token, expires_in: 7_200 })
}

/** What a careless far side may take for worth repeating. */
function credentialsIn({ path, headers }: PeerRequest): readonly string[] {
  const url = new URL(path, 'http://far.test')
  const [, value = ''] = /^\S+ +(.*)$/u.exec(headers.authorization ?? '') ?? []
  const pair = Buffer.from(value, 'base64').toString('utf8')
  const query = [...url.searchParams].flatMap(([name, text]) => (name === 'corpid' ? [] : [text]))
  const segments = url.pathname.split('/').filter((segment) => segment.startsWith('Pl4'))
  return [
    value,
    ...(/^[\x20-\x7E]+$/u.test(pair) ? [pair.split(':').slice(1).join(':')] : []),
    ...query,
    ...segments,
  ].filter((text) => text !== '')
}

function json(fields: object): PeerAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) }
}
