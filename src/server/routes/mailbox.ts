import { type FastifyInstance, type FastifyReply } from 'fastify'
import { type CaughtMessage, type MailboxView } from '../../model/mailbox.ts'
import { toJson } from '../json.ts'
import { mailPolicy, pagePolicy } from '../pages/layout.ts'
import { renderMailboxList } from '../pages/mailbox-list.ts'
import { renderMessage, viewsOf, type View } from '../pages/mailbox-message.ts'
import { limitQuery } from '../query.ts'
import { NotFoundError } from '../refusals.ts'

const idParams = { type: 'object', properties: { id: { type: 'string', pattern: '^[A-Za-z0-9]{1,32}$' } } } as const
const listQuery = {
  type: 'object',
  properties: { to: { type: 'string', maxLength: 320 }, channel: { enum: ['email', 'http', ''] }, limit: limitQuery },
} as const
const viewQuery = {
  type: 'object',
  properties: { view: { enum: ['html', 'text', 'json', 'headers', 'raw'] } },
} as const

interface ListQuery {
  readonly to?: string
  readonly channel?: CaughtMessage['channel'] | ''
  readonly limit?: string
}

interface ById {
  readonly Params: { readonly id: string }
}

/** The demo's mailbox: `/mailbox`, `/mailbox.json`, `/mailbox/:id` and the HTML part alone under `/mailbox/:id/html`. */
export function routeMailbox(app: FastifyInstance, mailbox: MailboxView): void {
  app.get<{ Querystring: ListQuery }>('/mailbox', { schema: { querystring: listQuery } }, (request, reply) => {
    const { to = '', channel } = request.query
    const shown = channel === '' ? undefined : channel
    return sendPage(reply, renderMailboxList({ messages: listed(request.query), to, channel: shown }), pagePolicy)
  })

  app.delete('/mailbox', () => {
    mailbox.clear()
    return { Status: 200, Message: 'The mailbox is empty' }
  })

  app.get<{ Querystring: ListQuery }>('/mailbox.json', { schema: { querystring: listQuery } }, (request, reply) =>
    reply.type('application/json; charset=utf-8').send(toJson({ messages: listed(request.query) })),
  )

  app.get<ById & { Querystring: { readonly view?: View } }>(
    '/mailbox/:id',
    { schema: { params: idParams, querystring: viewQuery } },
    (request, reply) => {
      const message = find(request.params.id)
      const views = viewsOf(message)
      const wanted = request.query.view
      const view = wanted !== undefined && views.includes(wanted) ? wanted : (views[0] ?? 'raw')
      return sendPage(reply, renderMessage(message, view), pagePolicy)
    },
  )

  app.get<ById>('/mailbox/:id/html', { schema: { params: idParams } }, (request, reply) =>
    sendPage(reply, openLinksOutside(find(request.params.id).html), mailPolicy),
  )

  function listed({ to, channel, limit }: ListQuery): readonly CaughtMessage[] {
    return mailbox.list({
      ...(to === undefined || to === '' ? {} : { to }),
      ...(channel === undefined || channel === '' ? {} : { channel }),
      ...(limit === undefined ? {} : { limit: Number(limit) }),
    })
  }

  function find(id: string): CaughtMessage {
    const message = mailbox.get(id)
    if (message === undefined)
      throw new NotFoundError('There is no such message; the mailbox keeps the newest ones only')
    return message
  }
}

function sendPage(reply: FastifyReply, page: string, policy: string): FastifyReply {
  return reply
    .headers({
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    })
    .type('text/html; charset=utf-8')
    .send(page)
}

/** Links of the mail open in a tab of their own: inside the frame they would be refused. */
function openLinksOutside(mail: string): string {
  return mail.replace(/<head(\s[^>]*)?>/iu, (head) => `${head}<base target="_blank">`)
}
