import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type CaughtMessage } from '../model/mailbox.ts'
import { type Clock } from '../model/ports.ts'
import { redactHeader, redactPath } from './redact.ts'
import { subjectOf } from './subject.ts'

/** Largest body that is taken, bytes. */
export const maxBodyBytes = 1024 * 1024
const maxConnections = 128
const requestTimeoutMs = 30_000

/** An HTTP server that takes every POST to every path and answers 200. */
export function createHttpCatcher(deps: {
  readonly clock: Clock
  add(message: Omit<CaughtMessage, 'id'>): CaughtMessage
}): Server {
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST')
      answer(response, 405, { error: 'This mailbox takes POST only' })
      return
    }
    receive(request, response).catch(() => response.destroy())
  })
  server.maxConnections = maxConnections
  return server

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await collect(request)
    if (body === undefined) answer(response, 413, { error: `More than ${maxBodyBytes} bytes` })
    else answer(response, 200, { id: deps.add(toMessage(request, body, deps.clock.now())).id })
  }
}

function toMessage(request: IncomingMessage, body: string, at: number): Omit<CaughtMessage, 'id'> {
  const path = redactPath(request.url ?? '/')
  const json = parse(body)
  return {
    at,
    channel: 'http',
    from: '',
    to: [path],
    subject: subjectOf(json) ?? `POST ${path}`,
    text: body,
    html: '',
    ...(json === undefined ? {} : { json }),
    headers: headersOf(request),
    path,
    raw: body,
  }
}

async function collect(request: IncomingMessage): Promise<string | undefined> {
  let chunks: Buffer[] = []
  let received = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    received += chunk.length
    if (received > maxBodyBytes) chunks = []
    else chunks.push(chunk)
  }
  return received > maxBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8')
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown
  } catch {
    return undefined
  }
}

function headersOf(request: IncomingMessage): ReadonlyMap<string, string> {
  const pairs = Object.entries(request.headersDistinct).map(
    ([name, values]) => [name, redactHeader(name, (values ?? []).join(', '))] as const,
  )
  return new Map(pairs)
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}
