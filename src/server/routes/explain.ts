import { type FastifyInstance } from 'fastify'
import { type Alert } from '../../model/alert.ts'
import { NotReadyError } from '../../model/errors.ts'
import { type Explanation } from '../../rules/ruleset.ts'
import { type RouteContext } from '../context.ts'
import { withinDeadline } from '../deadline.ts'
import { toJson } from '../json.ts'
import { toAlertGroup } from '../payload.ts'
import { RequestError } from '../refusals.ts'

/** Most alerts of one question: each answer tells of every receiver. */
const maxAlerts = 10

/** `POST /api/v1/explain`: who would be told about these alerts, and why. Takes a webhook payload or `{"labels": {…}}`. */
export function routeExplain(app: FastifyInstance, context: RouteContext): void {
  app.post('/api/v1/explain', async (request, reply) => {
    const alerts = readAlerts(request.body)
    const inForce = context.current()
    if (inForce === undefined) throw new NotReadyError('No ruleset has been compiled yet, try again')
    const { ruleset } = inForce
    const explanations = await withinDeadline(context.clock, context.limits.handlerTimeoutMs, async (signal) => {
      const told: Explanation[] = []
      for (const alert of alerts) {
        signal.throwIfAborted()
        told.push(await ruleset.explain(alert))
      }
      return told
    })
    void reply.type('application/json; charset=utf-8')
    return toJson({ ruleset: ruleset.version, explanations })
  })

  function readAlerts(body: unknown): readonly Alert[] {
    const { clock, limits } = context
    const question = isLabels(body) ? { alerts: [{ labels: body.labels }] } : body
    const { alerts } = toAlertGroup(question, { source: 'explain', now: clock.now(), limits })
    if (alerts.length > maxAlerts) {
      throw new RequestError(`${alerts.length} alerts are more than ${maxAlerts}: ask about fewer at a time`)
    }
    return alerts
  }
}

function isLabels(body: unknown): body is { readonly labels: unknown } {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'labels') && !Object.hasOwn(body, 'alerts')
}
