import { readFile } from 'node:fs/promises'
import { isRecord, own } from './api/json-schema.ts'
import { createEgress } from './channels/egress.ts'
import {
  createHttpClient,
  HttpError,
  type HttpClient,
  type HttpResponse,
  type TlsOptions,
} from './channels/http-client.ts'
import { printable } from './cli/printable.ts'
import { type Question, type RemoteServer } from './cli/toolbox.ts'
import { SettingsError, UnansweredError } from './model/errors.ts'
import { readRemoteSettings, type RemoteSettings } from './remote-settings.ts'
import { readAuthorization } from './server/credentials.ts'
import { type Environment, type Flags } from './flags.ts'

/** Opening the connection, TLS included, may take this long. */
const connectTimeoutMs = 10_000
/** One question with its whole answer may take this long. */
const questionTimeoutMs = 60_000
/** A file may be a pipe to which nobody writes. */
const fileTimeoutMs = 10_000
/** A dead letter may hold the whole of a post, and a listing a thousand lines. */
const maxAnswerBytes = 64 * 1_024 * 1_024
/** Longest sentence of a server that is passed on. */
const maxMessageLength = 500

/** A running server, as flags and environment name it. Nothing is opened before the first question. Throws SettingsError. */
export async function connect(flags: Flags, environment: Environment): Promise<RemoteServer> {
  const settings = readRemoteSettings(flags, environment)
  const headers = await readHeaders(settings)
  const tls = await readTls(settings)
  const http = createHttpClient({
    // Whoever types an address at a terminal may go there: it is no tenant's choice.
    egress: createEgress({ allow: ['0.0.0.0/0', '::/0'], deny: [], connectTimeoutMs }),
    connectTimeoutMs,
    answerTimeoutMs: questionTimeoutMs,
    maxBodyBytes: maxAnswerBytes,
  })
  return {
    async ask(question) {
      const response = await request(http, settings, { question, headers, tls })
      if (response.status >= 300 && response.status !== 404) throw refusal(response, question, settings)
      return { status: response.status, body: parse(response.body, response.status, settings) }
    },
    close: () => http.close(),
  }
}

async function request(
  http: HttpClient,
  settings: RemoteSettings,
  how: { readonly question: Question; readonly headers: Readonly<Record<string, string>>; readonly tls: TlsOptions },
): Promise<HttpResponse> {
  const { method, path, query = {}, body } = how.question
  const url = new URL(path, settings.url)
  url.search = new URLSearchParams(query).toString()
  try {
    return await http.request({
      method,
      url: url.href,
      headers: { ...how.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      tls: how.tls,
      signal: AbortSignal.timeout(questionTimeoutMs),
    })
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    const remedy = error.unreached ? '; is the server running there? --server says where it is' : ''
    throw new UnansweredError(`${inFlags(error.message)}${remedy}`)
  }
}

/** Fields of resources, as the channels' errors name them, and the flags that stand in their place here. */
const flagOfField: readonly (readonly [string, string])[] = [
  ['rootCA (ca)', '--ca'],
  ['rootCA', '--ca'],
  ['serverName', '--tls-server-name'],
  ['clientCertificate.cert (cert)', '--cert'],
  ['clientCertificate.cert', '--cert'],
  ['clientCertificate.key (key)', '--key'],
]

function inFlags(message: string): string {
  return flagOfField.reduce((text, [field, flag]) => text.replaceAll(field, flag), message)
}

async function readHeaders({ credentials }: RemoteSettings): Promise<Readonly<Record<string, string>>> {
  if (credentials === undefined) return {}
  const read = readAuthorization(await readText('--credentials', credentials))
  if (typeof read === 'string') throw new SettingsError(`--credentials: ${credentials}: ${read}`)
  return read
}

async function readTls({ ca, cert, key, tlsServerName }: RemoteSettings): Promise<TlsOptions> {
  return {
    ...(ca === undefined ? {} : { ca: await readText('--ca', ca) }),
    ...(cert === undefined ? {} : { cert: await readText('--cert', cert) }),
    ...(key === undefined ? {} : { key: await readText('--key', key) }),
    ...(tlsServerName === undefined ? {} : { serverName: tlsServerName }),
  }
}

async function readText(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, { encoding: 'utf8', signal: AbortSignal.timeout(fileTimeoutMs) })
  } catch (error) {
    throw new SettingsError(`${flag}: cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function parse(text: string, status: number, { url }: RemoteSettings): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UnansweredError(
      `${url.href} answered ${status} and no JSON; is it the address of a notification-manager?`,
    )
  }
}

function refusal({ status, body }: HttpResponse, question: Question, settings: RemoteSettings): UnansweredError {
  const said = messageOf(body)
  return new UnansweredError(
    `${settings.url.href} answered ${status}${said === '' ? '' : `: ${said}`}${remedyFor(status, question, settings)}`,
  )
}

function remedyFor(status: number, { method }: Question, { credentials, cert, url }: RemoteSettings): string {
  if (status === 401 && credentials === undefined) {
    return '; give a file with --credentials, its first line a bearer token or user:password'
  }
  if (status === 401) return `; it does not know the first credential of ${credentials}`
  if (status === 403) {
    const files = method === 'GET' ? '--read-credentials or --admin-credentials' : '--admin-credentials'
    const certificate = url.protocol === 'https:' && cert === undefined ? ', or wants --cert and --key' : ''
    return `; it wants one of the credentials of its ${files}${certificate}`
  }
  if (status < 400) return '; redirects are not followed: give the address that is meant as --server'
  return ''
}

function messageOf(body: string): string {
  try {
    const value: unknown = JSON.parse(body)
    const message = isRecord(value) ? own(value, 'Message') : undefined
    return typeof message === 'string' ? printable(message.slice(0, maxMessageLength)) : ''
  } catch {
    return ''
  }
}
