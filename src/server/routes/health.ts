import { type FastifyInstance } from 'fastify'
import { type RouteContext } from '../context.ts'
import { withinDeadline } from '../deadline.ts'

/** Reading and compiling ten thousand resources takes seconds; a person waits for the answer. */
const reloadTimeoutMs = 60_000

/** `/-/ready`, `/-/live`, `/-/healthy` for probes, and `/-/reload`. Not live is what a restart mends, and nothing else. */
export function routeHealth(app: FastifyInstance, context: RouteContext): void {
  app.get('/-/ready', async (_request, reply) => {
    const obstacle = context.lifecycle.obstacle()
    if (obstacle === undefined) return { Status: 200, Message: 'ready' }
    return reply.code(503).send({ Status: 503, Message: obstacle.message, reason: obstacle.code })
  })

  for (const name of ['live', 'healthy']) {
    app.get(`/-/${name}`, async (_request, reply) => {
      const breakage = context.lifecycle.breakage()
      if (breakage === undefined) return { Status: 200, Message: name }
      return reply.code(503).send({ Status: 503, Message: breakage.message, reason: breakage.code })
    })
  }

  app.route({
    method: ['POST', 'PUT'],
    url: '/-/reload',
    handler: async () => {
      const { ruleset, problems } = await withinDeadline(context.clock, reloadTimeoutMs, (signal) =>
        context.reload(signal),
      )
      return { Status: 200, Message: 'reloaded', ruleset: ruleset.version, problems: problems.length }
    },
  })
}
