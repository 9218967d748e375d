import { type FastifyInstance } from 'fastify'
import { type RouteContext } from '../context.ts'
import { type Compilation } from '../../rules/ruleset.ts'

/** Most problems that `/status` lists; their number is always told. */
const maxProblems = 1_000

/** `GET /status`: one page of JSON for people and dashboards. No secrets, no references to them. */
export function routeStatus(app: FastifyInstance, context: RouteContext): void {
  const startedAt = context.clock.now()

  app.get('/status', () => {
    const now = context.clock.now()
    const inForce = context.current()
    const obstacle = context.lifecycle.obstacle()
    const { oldestAcceptedAt, ...counts } = context.outbox.counts()
    return {
      version: context.version,
      uptimeSeconds: Math.floor((now - startedAt) / 1_000),
      phase: context.lifecycle.phase(),
      ready: obstacle === undefined,
      ...(obstacle === undefined ? {} : { reason: obstacle.code, message: obstacle.message }),
      ruleset: inForce === undefined ? null : describeRuleset(inForce),
      outbox: {
        ...counts,
        ...context.outbox.condition(),
        oldestPendingAgeSeconds: oldestAcceptedAt === undefined ? 0 : Math.max(0, (now - oldestAcceptedAt) / 1_000),
      },
      channels: context.channels.map((channel) => ({ name: channel.name, sends: channel.open !== undefined })),
    }
  })
}

function describeRuleset({ ruleset, problems }: Compilation): object {
  const tenantReceivers = ruleset.receivers.filter((receiver) => receiver.class === 'tenant').length
  return {
    version: ruleset.version,
    manager: ruleset.manager?.name ?? null,
    receivers: {
      global: ruleset.receivers.length - tenantReceivers,
      tenant: tenantReceivers,
      excluded: ruleset.excluded.length,
    },
    problemCount: problems.length,
    problems: problems.slice(0, maxProblems),
  }
}
