import { type Dispatcher } from 'undici'
import { redact } from '../model/redact.ts'
import { ApiError } from './cluster.ts'
import { type Access, type Credentials } from './client-credentials.ts'
import { createSocketPools, type Sockets } from './client-sockets.ts'
import { refusalError, silent, unansweredError } from './requests-error.ts'

/** One request; the path may have a query. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: object
  readonly contentType?: string
}

/** How long a request may take and which connections it uses. */
export interface RequestLimits {
  readonly pool: keyof Sockets
  /** From the first byte sent to the last one read. */
  readonly deadlineMs: number
  /** How long the server may say nothing once it has answered. */
  readonly silenceMs: number
  readonly signal: AbortSignal
}

/** Sends requests to one API server. */
export interface Transport {
  readonly server: string
  /**
   * Resolves when the server has answered with a 2xx, to the chunks of the body, which must be read. Both throw ApiError, or the
   * signal's reason; the chunks never what their consumer throws.
   */
  send(request: ApiRequest, limits: RequestLimits): Promise<AsyncGenerator<Buffer, void>>
  /** Takes our credentials out of what the server said: it, or a proxy before it, may quote what it was sent. */
  redact(text: string): string
  /** Ends what is under way; further requests fail. */
  close(): void
}

const connectAndAnswerMs = 30_000
const maxRefusalBytes = 65_536

/** A transport that takes credentials anew for each request, and once more after a 401. */
export function createTransport(credentials: Credentials): Transport {
  const pools = createSocketPools()
  const closing = new AbortController()
  const known = createKnown()

  async function send(request: ApiRequest, limits: RequestLimits): Promise<AsyncGenerator<Buffer, void>> {
    const late = AbortSignal.timeout(limits.deadlineMs)
    const stop = AbortSignal.any([limits.signal, closing.signal, late])
    const where = `${request.method} ${request.path.split('?')[0] ?? ''}`
    const failed = (error: unknown): ApiError => {
      limits.signal.throwIfAborted()
      const lateMs = late.aborted ? limits.deadlineMs : undefined
      return withoutCredentials(explain(error, { where, closed: closing.signal.aborted, lateMs }), known)
    }
    try {
      const answer = await exchange(request, { ...limits, signal: stop })
      if (answer.statusCode >= 300) throw refusalError(where, await refusalOf(answer, known))
      return chunksOf(answer.body as AsyncIterable<Buffer>, failed)
    } catch (error) {
      throw failed(error)
    }
  }

  async function exchange(request: ApiRequest, limits: RequestLimits): Promise<Dispatcher.ResponseData> {
    const dispatch = (access: Access): Promise<Dispatcher.ResponseData> => {
      known.take(access)
      // undici hands an abort on only once it has a connection.
      return orAbort(pools.for(access)[limits.pool].request(toDispatch(request, access, limits)), limits.signal)
    }
    const access = await orAbort(credentials.current(), limits.signal)
    const answer = await dispatch(access)
    if (answer.statusCode !== 401) return answer
    const renewed = await orAbort(credentials.renew(access), limits.signal)
    if (renewed === undefined) return answer
    await answer.body.dump()
    return dispatch(renewed)
  }

  return {
    server: `${credentials.server.origin}${basePathOf(credentials.server)}`,
    send,
    redact: known.redact,
    close() {
      closing.abort()
      pools.close()
    },
  }
}

/** Why a request has failed. */
function explain(
  error: unknown,
  facts: { readonly where: string; readonly closed: boolean; readonly lateMs: number | undefined },
): ApiError {
  const { where, closed, lateMs } = facts
  if (error instanceof ApiError) return error
  if (closed) return new ApiError(`${where}: the connection was closed by us`, { status: 0 })
  if (lateMs !== undefined) return new ApiError(`${where}: no whole answer within ${lateMs / 1_000} s`, { status: 0 })
  if ((error as NodeJS.ErrnoException).code === 'UND_ERR_BODY_TIMEOUT') {
    return new ApiError(`${where}: nothing was heard for too long`, { status: 0, reason: silent })
  }
  return unansweredError(where, error)
}

/** What the consumer of the chunks throws passes by: it ends the generator without being thrown into it. */
async function* chunksOf(
  body: AsyncIterable<Buffer>,
  failed: (error: unknown) => ApiError,
): AsyncGenerator<Buffer, void> {
  try {
    yield* body
  } catch (error) {
    throw failed(error)
  }
}

function toDispatch(request: ApiRequest, access: Access, limits: RequestLimits): Dispatcher.RequestOptions {
  const { method, path, body, contentType = 'application/json' } = request
  return {
    origin: access.server.origin,
    path: `${basePathOf(access.server)}${path}`,
    method,
    headers: {
      ...access.headers,
      accept: 'application/json',
      'user-agent': 'notification-manager',
      ...(body === undefined ? {} : { 'content-type': contentType }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: limits.signal,
    headersTimeout: Math.min(connectAndAnswerMs, limits.deadlineMs),
    bodyTimeout: limits.silenceMs,
  }
}

/** Some gateways serve a cluster below a path. */
function basePathOf(server: URL): string {
  return server.pathname.replace(/\/$/u, '')
}

async function refusalOf({ statusCode, headers, body }: Dispatcher.ResponseData, known: Known) {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > maxRefusalBytes) break
  }
  const retryAfter = headers['retry-after']
  return {
    status: statusCode,
    // Before it is cut: half a credential might be left of one.
    body: known.redact(Buffer.concat(chunks).toString('utf8')),
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
  }
}

/** The credentials that were used lately. */
interface Known {
  take(access: Access): void
  redact(text: string): string
}

/** Tokens that are rotated overlap; more than a few at once there are not. */
const maxKnown = 4

function createKnown(): Known {
  let known: readonly string[] = []
  return {
    take({ headers: { authorization } }) {
      if (authorization === undefined || known.at(-1) === authorization) return
      known = [...known.filter((other) => other !== authorization), authorization].slice(-maxKnown)
    },
    redact: (text) => redact(text, known.flatMap(secretsOf)),
  }
}

/** What is secret in an Authorization header. */
function secretsOf(authorization: string): readonly string[] {
  const [, scheme = '', value = ''] = /^(\S+) +(.*)$/u.exec(authorization) ?? []
  if (scheme !== 'Basic') return [value]
  const pair = Buffer.from(value, 'base64').toString('utf8')
  return [value, pair.slice(pair.indexOf(':') + 1)]
}

function withoutCredentials(error: ApiError, known: Known): ApiError {
  const message = known.redact(error.message)
  if (message === error.message) return error
  const { status, reason, retryAfterMs } = error
  return new ApiError(message, { status, reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}

/** What hangs, be it a credential plugin or a connection in the making, must not hold its caller. */
async function orAbort<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason as Error)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
