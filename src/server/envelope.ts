import { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'
import { PayloadError, RefusalError } from '../model/errors.ts'
import { type Logger, type Metrics } from '../model/ports.ts'
import { type RefusedPosts } from './refused-posts.ts'

/** Every answer that is not a document: kept from the predecessor, so that its clients go on working. */
export interface Envelope {
  readonly Status: number
  readonly Message: string
}

/** Where Alertmanager posts to. */
export const alertsPath = '/api/v2/alerts'

/** Longest message that is sent to a client or logged: Alertmanager quotes the answer in its own log. */
const maxMessageLength = 500

interface Answer {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** Turns whatever was thrown into an envelope, counts it and logs it once. Bugs are logged whole and answered with an id. */
export function createErrorHandler(deps: {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly refused: Pick<RefusedPosts, 'refuse'>
}) {
  return function answerError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
    const { status, code, message } = toAnswer(error, request.id)
    const route = request.routeOptions.url ?? 'unmatched'
    const bytes = Number(request.headers['content-length'] ?? 0)
    if (route === alertsPath) deps.metrics.count('posts_refused_total', { code })
    if (route === alertsPath && error instanceof PayloadError) deps.refused.refuse(request, message)
    if (status === 500) deps.logger.error({ err: error, route, request: request.id }, 'Request failed unexpectedly')
    else deps.logger.warn({ status, code, route, bytes, reason: message, ...hintFor(status) }, 'Request refused')
    void reply.code(status).send({ Status: status, Message: message } satisfies Envelope)
  }
}

function toAnswer(error: Error, requestId: string): Answer {
  if (error instanceof RefusalError)
    return { status: error.status, code: error.code, message: cutMessage(error.message) }
  const { statusCode, validation, validationContext, message } = error as FastifyError
  if (validation !== undefined) {
    return { status: 400, code: 'BAD_REQUEST', message: cutMessage(`${validationContext ?? 'request'}: ${message}`) }
  }
  if (statusCode === 415) {
    return { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', message: 'Send the body as Content-Type: application/json' }
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, code: 'BAD_REQUEST', message: cutMessage(message) }
  }
  return { status: 500, code: 'INTERNAL', message: `Internal error, see the log for request ${requestId}` }
}

function hintFor(status: number): object {
  return status === 413
    ? { remedy: 'set max_alerts in the webhook_config of Alertmanager, or group by more labels' }
    : {}
}

/** A message that is short enough to be sent and logged. */
export function cutMessage(message: string): string {
  return message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message
}
