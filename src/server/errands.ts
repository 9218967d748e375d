import { type FastifyInstance, type FastifyRequest } from 'fastify'
import { alertsPath } from './envelope.ts'
import { ErrandError } from './refusals.ts'

const harmless = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses changes that somebody is made to send: a browser by a page of another site, which gets the credentials of the person in
 * front of it, and this server by a tenant's webhook, which stands inside the network. Alerts may be handed on by a webhook.
 */
export function refuseErrands(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (harmless.has(request.method)) done()
    else if (isOfAnotherSite(request)) done(new ErrandError('Requests from pages of another site change nothing here'))
    else if (isNotification(request)) done(new ErrandError('Notifications change nothing here'))
    else done()
  })
}

/** Fetch metadata where the browser sends it (https://www.w3.org/TR/fetch-metadata/), the origin where it does not. */
function isOfAnotherSite({ headers }: FastifyRequest): boolean {
  const { 'sec-fetch-site': site, origin, host = '' } = headers
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  if (origin === undefined) return false
  const from = URL.parse(origin)
  return from === null || from.host !== URL.parse(`${from.protocol}//${host}`)?.host
}

/** Every webhook carries its notification's id, which no tenant can leave out. */
function isNotification({ headers, routeOptions }: FastifyRequest): boolean {
  return headers['x-notification-id'] !== undefined && routeOptions.url !== alertsPath
}
