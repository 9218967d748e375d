import { type FastifyInstance } from 'fastify'
import { type RouteContext } from '../context.ts'
import { type Envelope } from '../envelope.ts'
import { toJson } from '../json.ts'
import { limitQuery, receiverQuery, toListQuery, type ListQuery } from '../query.ts'
import { NotFoundError } from '../refusals.ts'

/** A notification's id as we make them, with room. */
const idPattern = '^[A-Za-z0-9_-]{1,64}$'

const listQuery = { type: 'object', properties: { limit: limitQuery, receiver: receiverQuery } } as const
const historyQuery = {
  type: 'object',
  properties: { ...listQuery.properties, notification: { type: 'string', pattern: idPattern } },
} as const
const idParams = { type: 'object', properties: { id: { type: 'string', pattern: idPattern } } } as const

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

  app.get<{ Querystring: ListQuery }>(
    '/api/v1/dead-letters',
    { schema: { querystring: listQuery } },
    async (request, reply) => {
      void reply.type('application/json; charset=utf-8')
      return toJson({ deadLetters: outbox.deadLetters(toListQuery(request.query)) })
    },
  )

  app.post<{ Params: { id: string } }>(
    '/api/v1/dead-letters/:id/replay',
    { schema: { params: idParams } },
    async (request): Promise<Envelope> => {
      const { id } = request.params
      const found = await outbox.replay(id, context.clock.now())
      if (!found) throw new NotFoundError(`There is no dead letter ${id}`)
      context.stored?.()
      context.logger.info({ notification: id }, 'Dead letter put back into the outbox')
      return { Status: 200, Message: 'The notification is in the outbox again' }
    },
  )
}
