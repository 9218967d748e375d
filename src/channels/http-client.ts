import { createHash } from 'node:crypto'
import { errors, Pool, type Dispatcher } from 'undici'
import { describe, type Egress } from './egress.ts'
import { openRoute, type Route } from './http-connector.ts'
import { HttpError } from './http-error.ts'
import { type TlsOptions } from './tls.ts'

export { HttpError } from './http-error.ts'
export { type TlsOptions } from './tls.ts'

/** One request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly tls?: TlsOptions
  readonly proxyUrl?: string
  readonly signal: AbortSignal
}

/** A whole answer, its body cut at the client's limit. */
export interface HttpResponse {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/**
 * The only way out over HTTP: address policy on the resolved address, no redirects, bounded bodies, pooled connections.
 * Throws HttpError, whose message holds no URL beyond its origin.
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>
  close(): Promise<void>
}

export interface HttpClientOptions {
  readonly egress: Egress
  /** Bounds connecting with proxy and TLS together. */
  readonly connectTimeoutMs?: number
  /** Bounds the wait for the answer's head, and for each further piece of its body. */
  readonly answerTimeoutMs?: number
  readonly maxBodyBytes?: number
  /** How long an unused connection is kept; a server's `Keep-Alive: timeout` goes before it. */
  readonly idleTimeoutMs?: number
  /** How many pools are kept: one for each origin, TLS material and proxy. */
  readonly maxPools?: number
  readonly maxConnectionsPerPool?: number
}

const defaults = {
  connectTimeoutMs: 10_000,
  answerTimeoutMs: 30_000,
  maxBodyBytes: 65_536,
  idleTimeoutMs: 4_000,
  maxPools: 256,
  maxConnectionsPerPool: 128,
}

/** The client; it opens nothing before the first request. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const limits = { ...defaults, ...options }
  const closing = new AbortController()
  const pools = createPools(limits, closing.signal)
  return {
    async request(request) {
      const route = routeOf(request)
      const url = new URL(request.url)
      try {
        const answer = await pools.get(route).request({
          method: request.method,
          path: `${url.pathname}${url.search}`,
          headers: request.headers ?? {},
          body: request.body ?? null,
          signal: request.signal,
        })
        const body = await readBody(answer.body, limits.maxBodyBytes)
        return { status: answer.statusCode, headers: flatten(answer.headers), body }
      } catch (error) {
        throw toHttpError(error, route, request.signal)
      }
    },
    async close() {
      closing.abort()
      await pools.destroy()
    },
  }
}

interface Pools {
  get(route: Route): Pool
  destroy(): Promise<void>
}

/** Pools by route, the least used closed first; a pool without a connection is forgotten, and its key material with it. */
function createPools(limits: typeof defaults & HttpClientOptions, closing: AbortSignal): Pools {
  const pools = new Map<string, Pool>()

  function forget(key: string, pool: Pool): void {
    if (pools.get(key) === pool) pools.delete(key)
    void pool.close().catch(() => undefined)
  }

  function open(key: string, route: Route): Pool {
    const pool = new Pool(route.origin, {
      allowH2: false,
      pipelining: 1,
      connections: limits.maxConnectionsPerPool,
      headersTimeout: limits.answerTimeoutMs,
      bodyTimeout: limits.answerTimeoutMs,
      keepAliveTimeout: limits.idleTimeoutMs,
      connect: (_target, done) => {
        openRoute(route, limits, closing).then(
          (socket) => done(null, socket),
          (error: unknown) => done(error instanceof Error ? error : new Error('connecting failed'), null),
        )
      },
    })
    const closeWhenUnused = (): void => {
      const { connected, pending, queued, running } = pool.stats
      if (connected + pending + queued + running === 0) forget(key, pool)
    }
    return pool.on('disconnect', closeWhenUnused).on('connectionError', closeWhenUnused)
  }

  return {
    get(route) {
      const key = keyOf(route)
      const pool = pools.get(key) ?? open(key, route)
      pools.delete(key)
      pools.set(key, pool)
      const [oldest] = pools
      if (pools.size > limits.maxPools && oldest !== undefined) forget(...oldest)
      return pool
    },
    async destroy() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
      pools.clear()
    },
  }
}

function routeOf(request: HttpRequest): Route {
  const origin = new URL(readUrl(request.url, 'the address').origin)
  const tls = request.tls ?? {}
  if (request.proxyUrl === undefined || request.proxyUrl === '') return { origin, tls }
  return { origin, tls, proxy: readUrl(request.proxyUrl, 'the proxy') }
}

function readUrl(text: string, name: string): URL {
  const url = URL.parse(text)
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new HttpError(`${name} is not an http or https URL`, {
    reason: 'clientError',
    permanent: true,
    unreached: true,
  })
}

/** A hash, so that no key material stays in a map's keys. */
function keyOf({ origin, tls, proxy }: Route): string {
  const parts = [origin.origin, proxy?.href, tls.ca, tls.cert, tls.key, tls.serverName, tls.insecureSkipVerify]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}

/** Text up to `maxBytes`; leaving the loop early destroys the rest, and with it the connection. */
async function readBody(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= maxBytes) break
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8')
}

function flatten(headers: Dispatcher.ResponseData['headers']): ReadonlyMap<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ])
  return new Map(pairs as [string, string][])
}

function toHttpError(error: unknown, { origin }: Route, signal: AbortSignal): HttpError {
  if (error instanceof HttpError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (signal.aborted || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new HttpError(`${origin.origin} did not answer in time`, { reason: 'contextDeadlineExceeded' })
  }
  if (code === 'UND_ERR_INVALID_ARG') {
    return new HttpError(`the request to ${origin.origin} cannot be written as HTTP`, {
      reason: 'clientError',
      permanent: true,
      unreached: true,
    })
  }
  if (error instanceof errors.HTTPParserError || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new HttpError(`${origin.origin} did not answer in HTTP`, { reason: 'serverError' })
  }
  const what = code === 'UND_ERR_SOCKET' ? 'it closed the connection before its answer was whole' : describe(error)
  return new HttpError(`the request to ${origin.origin} failed: ${what}`, { reason: 'connectionError' })
}
