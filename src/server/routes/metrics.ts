import { type FastifyInstance } from 'fastify'
import { type RouteContext } from '../context.ts'

/** `GET /metrics` in Prometheus' text format; and the time of every request, by route pattern. */
export function routeMetrics(app: FastifyInstance, context: RouteContext): void {
  const { metrics } = context

  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched'
    metrics.observe('http_request_duration_seconds', reply.elapsedTime / 1_000, {
      route,
      code: String(reply.statusCode),
    })
    done()
  })

  app.get('/metrics', async (_request, reply) => {
    measureOutbox(context)
    measureRuleset(context)
    void reply.type('text/plain; version=0.0.4; charset=utf-8')
    return metrics.render()
  })
}

function measureOutbox({ clock, metrics, outbox }: RouteContext): void {
  const { pending, dead, bytes, oldestAcceptedAt } = outbox.counts()
  const ageMs = oldestAcceptedAt === undefined ? 0 : Math.max(0, clock.now() - oldestAcceptedAt)
  metrics.gauge('outbox_pending', pending)
  metrics.gauge('outbox_dead_letters', dead)
  metrics.gauge('outbox_bytes', bytes)
  metrics.gauge('outbox_oldest_pending_age_seconds', ageMs / 1_000)
}

function measureRuleset(context: RouteContext): void {
  const { lifecycle, metrics } = context
  metrics.gauge('ready', lifecycle.obstacle() === undefined ? 1 : 0)
  const inForce = context.current()
  if (inForce === undefined) return
  const { ruleset, problems } = inForce
  metrics.gauge('ruleset_info', 1, { version: ruleset.version })
  for (const receiverClass of ['global', 'tenant'] as const) {
    const count = ruleset.receivers.filter((receiver) => receiver.class === receiverClass).length
    metrics.gauge('ruleset_receivers', count, { class: receiverClass })
  }
  for (const severity of ['error', 'warning'] as const) {
    metrics.gauge('ruleset_problems', problems.filter((problem) => problem.severity === severity).length, { severity })
  }
}
