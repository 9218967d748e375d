import { type FastifyInstance } from 'fastify'
import { DrainingError, NotReadyError, OutboxUnavailableError } from '../../model/errors.ts'
import { type Accepted } from '../../notify/accept.ts'
import { type RouteContext } from '../context.ts'
import { withinDeadline } from '../deadline.ts'
import { alertsPath, type Envelope } from '../envelope.ts'
import { groupOf, readPayload } from '../payload.ts'

/** The version of Alertmanager's payload that this server was written for. */
const knownVersion = '4'

const querystring = {
  type: 'object',
  properties: { source: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' } },
} as const

const refusals = {
  DRAINING: DrainingError,
  NOT_READY: NotReadyError,
  OUTBOX_UNAVAILABLE: OutboxUnavailableError,
} as const

/** The answer to an accepted post. */
export type AcceptedEnvelope = Envelope & Pick<Accepted, 'accepted' | 'duplicates' | 'unrouted' | 'ruleset'>

/** `POST /api/v2/alerts`: 200 only after everything is stored; 503 whenever the sender should try again. */
export function routeAlerts(app: FastifyInstance, context: RouteContext): void {
  const { clock, lifecycle, limits } = context

  app.post<{ Querystring: { source?: string } }>(
    alertsPath,
    {
      schema: { querystring },
      onRequest: (_request, _reply, done) => {
        done(refusalNow())
      },
    },
    async (request): Promise<AcceptedEnvelope> => {
      const payload = readPayload(request.body)
      const group = groupOf(payload, { source: request.query.source ?? 'default', now: clock.now(), limits })
      warnOfVersion(payload.version ?? '')
      const result = await withinDeadline(clock, limits.handlerTimeoutMs, (signal) => context.accept(group, signal))
      return {
        Status: 200,
        Message: 'Notification request accepted',
        accepted: result.accepted,
        duplicates: result.duplicates,
        unrouted: result.unrouted,
        ruleset: result.ruleset,
      }
    },
  )

  function refusalNow(): Error | undefined {
    const refusal = lifecycle.refusal()
    if (refusal === undefined) return undefined
    return new refusals[refusal.code](refusal.message)
  }

  function warnOfVersion(version: string): void {
    if (version === '' || version === knownVersion) return
    context.logger.warn({ version: version.slice(0, 16) }, 'Payload has a version other than 4')
  }
}
