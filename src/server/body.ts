import { type IncomingMessage } from 'node:http'
import { type FastifyReply, type FastifyRequest, type FastifyInstance } from 'fastify'
import { PayloadError } from '../model/errors.ts'
import { isDeeperThan } from './depth.ts'
import { type Limits } from './limits.ts'
import { BusyError, MediaTypeError, TooLargeError } from './refusals.ts'
import { type RefusedPosts } from './refused-posts.ts'

/** How much of a body that is refused anyway is read, in units of the limit, so that its sender gets to see the answer. */
const drainFactor = 4

/** Deeper than any payload: Alertmanager nests four levels, senders of their own may add some. */
const maxDepth = 64
/** V8 takes seconds for megabytes of nothing but brackets; below this size it stays within milliseconds. */
const depthMattersFrom = 256 * 1024

/** Bytes held for one request. */
interface Tally {
  bytes: number
}

/**
 * Reads JSON bodies: at most `maxBodyBytes` each and `maxBufferedBytes` together, counted as they arrive and until their
 * request is answered. Refuses other content types and compressed bodies. Prototype names stay ordinary own properties, as
 * JSON.parse makes them.
 */
export function acceptJson(
  app: FastifyInstance,
  limits: Pick<Limits, 'maxBodyBytes' | 'maxBufferedBytes'>,
  refused: Pick<RefusedPosts, 'hold'>,
): void {
  const tallies = new WeakMap<FastifyRequest, Tally>()
  let buffered = 0

  function take(tally: Tally, bytes: number): boolean {
    if (buffered + bytes > limits.maxBufferedBytes) return false
    buffered += bytes
    tally.bytes += bytes
    return true
  }

  app.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => {
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') {
      done(new MediaTypeError('Compressed bodies are not taken; send it without Content-Encoding'))
      return
    }
    const tally = { bytes: 0 }
    tallies.set(request, tally)
    reply.raw.once('close', () => {
      buffered -= tally.bytes
      tally.bytes = 0
    })
    done()
  })

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', async (request: FastifyRequest, stream: IncomingMessage) => {
    const tally = tallies.get(request) ?? { bytes: 0 }
    const body = await collect(stream, limits.maxBodyBytes, (bytes) => take(tally, bytes))
    refused.hold(request, body)
    return parse(body)
  })
}

function parse(body: Buffer): unknown {
  if (body.length > depthMattersFrom && isDeeperThan(body, maxDepth)) {
    throw new PayloadError(`The body (${body.length} bytes) nests deeper than ${maxDepth} levels`)
  }
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    // JSON.parse quotes the text in its message, and alerts do not belong in logs.
    throw new PayloadError(`The body (${body.length} bytes) is not JSON`)
  }
}

function collect(stream: IncomingMessage, maxBytes: number, take: (bytes: number) => boolean): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  let chunks: Buffer[] = []
  let received = 0
  let refusal: Error | undefined

  function fail(): void {
    chunks = []
    reject(refusal ?? new PayloadError(`The connection closed after ${received} bytes of the body`))
  }

  function refuse(error: Error): void {
    refusal ??= error
    chunks = []
  }

  stream.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received > maxBytes) {
      refuse(new TooLargeError(`The body is larger than ${maxBytes} bytes; group by more labels, or set max_alerts`))
    } else if (refusal === undefined && !take(chunk.length)) {
      refuse(new BusyError('Too many bytes are being read at once, try again'))
    }
    if (refusal === undefined) chunks.push(chunk)
    else if (received > maxBytes * drainFactor) fail()
  })
  stream.once('end', () => {
    if (refusal === undefined) resolve(Buffer.concat(chunks, received))
    else fail()
  })
  stream.once('error', fail)
  stream.once('close', fail)
  return promise
}
