import { type FastifyInstance } from 'fastify'
import { NotReadyError } from '../../model/errors.ts'
import { type RouteContext } from '../context.ts'
import { toJson } from '../json.ts'

/** `GET /api/v1/ruleset`: the ruleset in force as `compile` prints it, to be compared with what Git says. No secrets. */
export function routeRuleset(app: FastifyInstance, context: RouteContext): void {
  app.get('/api/v1/ruleset', (_request, reply) => {
    const inForce = context.current()
    if (inForce === undefined) throw new NotReadyError('No ruleset has been compiled yet, try again')
    void reply.type('application/json; charset=utf-8')
    return toJson(inForce.ruleset.dump())
  })
}
