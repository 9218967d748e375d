import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type IncomingMessage } from 'node:http'
import { waitFor } from '../support/programs/process.ts'
import { type Seen } from './planted.ts'

/** A door that a test asks with its credentials. */
export interface Door {
  readonly url: string
  readonly ca?: string
  readonly authorization?: string
}

export interface Answer {
  readonly status: number
  readonly text: string
}

/** GET, or POST with a body. */
export async function ask(door: Door, path: string, body?: object): Promise<Answer> {
  const { url, ca, authorization } = door
  const call = (url.startsWith('https:') ? requestTls : request)(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(authorization === undefined ? {} : { authorization }),
    },
    agent: false,
    ...(ca === undefined ? {} : { ca }),
  })
  call.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, text: await text(response) }
}

const paths = [
  ...['/metrics', '/status', '/receivers', '/-/ready', '/nothing', '/api/v1/ruleset', '/api/v1/refused-posts'],
  ...['/api/v1/history?limit=1000', '/api/v1/outbox?limit=1000', '/api/v1/dead-letters?limit=1000'],
  ...['/api/v1/history?limit=none', '/api/v1/dead-letters/none', '/%zz'],
]

/** Everything that the door tells those who may read, and whom it refuses. */
export async function seenAtDoor(door: Door): Promise<readonly Seen[]> {
  const seen: Seen[] = []
  const look = async (path: string, body?: object): Promise<string> => {
    const { text: told } = await ask(door, path, body)
    seen.push({ where: path, text: told })
    return told
  }
  for (const path of paths) await look(path)
  await look('/api/v1/explain', { labels: { alertname: 'Planted' } })
  await look('/api/v2/alerts', { alerts: 'none' })
  await look('/api/v1/refused-posts')
  const { deadLetters } = JSON.parse(await look('/api/v1/dead-letters?limit=1000')) as {
    readonly deadLetters: readonly { readonly notification: string }[]
  }
  for (const { notification } of deadLetters) await look(`/api/v1/dead-letters/${notification}`)
  const stranger = { ...door, authorization: 'Bearer nobody' }
  seen.push({ where: 'a refusal', text: (await ask(stranger, '/status')).text })
  return seen
}

/** Waits until each of the receivers was tried at least once; gives back the last thing told of each. */
export async function outcomes(
  door: Door,
  receivers: readonly string[],
  output: () => string,
): Promise<ReadonlyMap<string, string>> {
  interface Line {
    readonly receiver: string
    readonly attempts?: number
    readonly reason?: string
    readonly detail?: string
  }
  return waitFor(
    'an attempt for each receiver',
    async () => {
      const { pending } = JSON.parse((await ask(door, '/api/v1/outbox?limit=1000')).text) as {
        pending: readonly Line[]
      }
      const { history } = JSON.parse((await ask(door, '/api/v1/history?limit=1000')).text) as {
        history: readonly Line[]
      }
      const tried = [...history, ...pending.filter(({ attempts = 0 }) => attempts > 0)]
      const told = new Map(tried.map(({ receiver, reason = '', detail = '' }) => [receiver, `${reason} ${detail}`]))
      return receivers.every((receiver) => told.has(receiver)) ? told : undefined
    },
    { timeoutMs: 90_000, describe: output },
  )
}

/** Every file below a folder, byte by byte. */
export async function seenInFolder(folder: string): Promise<readonly Seen[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return Promise.all(files.map(async (file) => ({ where: file, text: (await readFile(file)).toString('latin1') })))
}
