import { type FastifyInstance, type FastifyRequest } from 'fastify'
import { ForeignPageError } from './refusals.ts'

const harmless = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses what a page of another site has a browser send, unless it only reads: the browser adds the credentials of the person in
 * front of it, and reaches networks that the site does not. Programs send none of these headers.
 */
export function refuseForeignPages(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    done(!harmless.has(request.method) && isForeign(request) ? new ForeignPageError() : undefined)
  })
}

/** Fetch metadata where the browser sends it (https://www.w3.org/TR/fetch-metadata/), the origin where it does not. */
function isForeign({ headers }: FastifyRequest): boolean {
  const { 'sec-fetch-site': site, origin, host = '' } = headers
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  if (origin === undefined) return false
  const from = URL.parse(origin)
  return from === null || from.host !== URL.parse(`${from.protocol}//${host}`)?.host
}
