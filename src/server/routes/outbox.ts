import { type FastifyInstance } from 'fastify'
import { type RouteContext } from '../context.ts'
import { limitQuery, receiverQuery, toListQuery, type ListQuery } from '../query.ts'
import { idPattern, routeDeadLetters } from './dead-letters.ts'

const listQuery = { type: 'object', properties: { limit: limitQuery, receiver: receiverQuery } } as const
const historyQuery = {
  type: 'object',
  properties: { ...listQuery.properties, notification: { type: 'string', pattern: idPattern } },
} as const

/**
 * What was told, what waits and what was given up: `/api/v1/history`, `/api/v1/outbox`, `/api/v1/dead-letters`; and the posts that
 * never got so far: `/api/v1/refused-posts`.
 */
export function routeOutbox(app: FastifyInstance, context: RouteContext): void {
  const { outbox } = context

  app.get<{ Querystring: ListQuery & { notification?: string } }>(
    '/api/v1/history',
    { schema: { querystring: historyQuery } },
    (request) => {
      const { notification } = request.query
      return {
        history: outbox.history({
          ...toListQuery(request.query),
          ...(notification === undefined ? {} : { notification }),
        }),
      }
    },
  )

  app.get('/api/v1/refused-posts', () => ({ refusedPosts: context.refused.list() }))

  app.get<{ Querystring: ListQuery }>('/api/v1/outbox', { schema: { querystring: listQuery } }, (request) => ({
    counts: outbox.counts(),
    pending: outbox.pending(toListQuery(request.query)),
  }))

  routeDeadLetters(app, context)
}
