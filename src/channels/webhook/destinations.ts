import { type Destination } from '../channel.ts'
import { type TlsOptions } from '../tls.ts'

/** How an endpoint is reached. */
export interface Route {
  readonly url: string
  readonly proxyUrl: string | undefined
  readonly tls: TlsOptions
  /** Who we are there. */
  readonly authorization: string | undefined
}

/**
 * What a POST goes to: the server, for all who reach it the same way, and the address, for all who are the same there. A server that
 * cannot be connected to is down for all of its addresses. What it answers, or does not, is laid at the door of the one address, for
 * the others may belong to other tenants. So that nobody's wrong proxy, certificate or used-up account is another's, these count.
 */
export function destinationsOf({ url, proxyUrl, tls, authorization }: Route): readonly Destination[] {
  const way = [proxyUrl, tls]
  return [
    { key: JSON.stringify([new URL(url).origin, ...way]), label: 'webhook server', blamedFor: ['unreached'] },
    {
      key: JSON.stringify([url, authorization, ...way]),
      label: 'webhook',
      blamedFor: ['connectionError', 'serverError', 'contextDeadlineExceeded', 'rateLimited'],
    },
  ]
}
