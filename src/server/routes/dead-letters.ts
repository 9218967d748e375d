import { type FastifyInstance } from 'fastify'
import { type DeadLetterFilter } from '../../notify/outbox.ts'
import { type RouteContext } from '../context.ts'
import { type Envelope } from '../envelope.ts'
import { toJson } from '../json.ts'
import { limitQuery, receiverQuery, toListQuery } from '../query.ts'
import { NotFoundError, RequestError } from '../refusals.ts'

/** A notification's id as we make them, with room. */
export const idPattern = '^[A-Za-z0-9_-]{1,64}$'

const filterProperties = {
  receiver: receiverQuery,
  tenant: { type: 'string', maxLength: 253 },
  channel: { type: 'string', pattern: '^[a-z]{1,32}$' },
  reason: { type: 'string', pattern: '^[A-Za-z]{1,64}$' },
} as const
const listQuery = {
  type: 'object',
  properties: { limit: limitQuery, order: { enum: ['youngest', 'oldest'] }, ...filterProperties },
} as const
const openQuery = { type: 'object', properties: { limit: limitQuery } } as const
const idParams = { type: 'object', properties: { id: { type: 'string', pattern: idPattern } } } as const

/** How many dead letters one request changes at most: one transaction, and no flood of messages by one slip. */
const maxBatch = 1_000

const batchBody = {
  type: 'object',
  properties: {
    ...filterProperties,
    all: { const: true },
    limit: { type: 'integer', minimum: 1, maximum: maxBatch },
  },
  additionalProperties: false,
} as const

interface FilterFields {
  readonly receiver?: string
  readonly tenant?: string
  readonly channel?: string
  readonly reason?: string
}

interface Batch extends FilterFields {
  readonly all?: true
  readonly limit?: number
}

/** The answer to a change of many dead letters. */
export type BatchEnvelope = Envelope & {
  /** How many were changed. */
  readonly count: number
  /** Others match, too: ask again. */
  readonly more: boolean
}

/** `/api/v1/dead-letters`: what was given up, listed, opened, replayed and discarded. */
export function routeDeadLetters(app: FastifyInstance, context: RouteContext): void {
  const { outbox, clock, logger } = context

  app.get<{ Querystring: FilterFields & { limit?: string; order?: 'youngest' | 'oldest' } }>(
    '/api/v1/dead-letters',
    { schema: { querystring: listQuery } },
    ({ query }) => {
      const oldestFirst = query.order === 'oldest'
      return { deadLetters: outbox.deadLetters({ ...toFilter(query), ...toListQuery(query), oldestFirst }) }
    },
  )

  app.get<{ Params: { id: string }; Querystring: { limit?: string } }>(
    '/api/v1/dead-letters/:id',
    { schema: { params: idParams, querystring: openQuery } },
    async (request, reply) => {
      const { id } = request.params
      const letter = await outbox.deadLetter(id, toListQuery(request.query).limit)
      if (letter === undefined) throw missing(id)
      void reply.type('application/json; charset=utf-8')
      return toJson(letter)
    },
  )

  app.post<{ Params: { id: string } }>(
    '/api/v1/dead-letters/:id/replay',
    { schema: { params: idParams } },
    async (request): Promise<Envelope> => {
      const { id } = request.params
      if (!(await outbox.replay(id, clock.now()))) throw missing(id)
      context.stored?.()
      logger.info({ notification: id }, 'Dead letter put back into the outbox')
      return { Status: 200, Message: 'The notification is in the outbox again' }
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/api/v1/dead-letters/:id',
    { schema: { params: idParams } },
    async (request): Promise<Envelope> => {
      const { id } = request.params
      if ((await outbox.discard({ notification: id }, 1, clock.now())) === 0) throw missing(id)
      logger.info({ notification: id }, 'Dead letter discarded')
      return { Status: 200, Message: 'The dead letter is gone' }
    },
  )

  routeBatches(app, context)
}

/** Many at a time. */
function routeBatches(app: FastifyInstance, context: RouteContext): void {
  const { outbox, clock, logger } = context

  app.post<{ Body: Batch }>('/api/v1/dead-letters/replay', { schema: { body: batchBody } }, async (request) => {
    const filter = toBatchFilter(request.body)
    const count = await outbox.replayAll(filter, request.body.limit ?? maxBatch, clock.now())
    if (count > 0) context.stored?.()
    logger.info({ ...filter, count }, 'Dead letters put back into the outbox')
    return answer(filter, count, 'are in the outbox again')
  })

  app.post<{ Body: Batch }>('/api/v1/dead-letters/discard', { schema: { body: batchBody } }, async (request) => {
    const filter = toBatchFilter(request.body)
    const count = await outbox.discard(filter, request.body.limit ?? maxBatch, clock.now())
    logger.info({ ...filter, count }, 'Dead letters discarded')
    return answer(filter, count, 'are gone')
  })

  function answer(filter: DeadLetterFilter, count: number, what: string): BatchEnvelope {
    const more = outbox.deadLetters({ ...filter, limit: 1 }).length > 0
    return { Status: 200, Message: `${count} dead letters ${what}`, count, more }
  }
}

function missing(id: string): NotFoundError {
  return new NotFoundError(`There is no dead letter ${id}`)
}

function toFilter({ receiver, tenant, channel, reason }: FilterFields): DeadLetterFilter {
  const { receiver: key } = toListQuery(receiver === undefined ? {} : { receiver })
  return {
    ...(key === undefined ? {} : { receiver: key }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(channel === undefined ? {} : { channel }),
    // Any other word matches nothing.
    ...(reason === undefined ? {} : { reason: reason as NonNullable<DeadLetterFilter['reason']> }),
  }
}

/** Everything only for those who say so: an empty filter is a slip more often than a wish. */
function toBatchFilter(batch: Batch): DeadLetterFilter {
  const filter = toFilter(batch)
  if (batch.all !== true && Object.keys(filter).length === 0) {
    throw new RequestError('say which: receiver, tenant, channel or reason, or "all": true')
  }
  return filter
}
