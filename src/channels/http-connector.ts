import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { type Socket } from 'node:net'
import { basicOf } from './basic-auth.ts'
import { ConnectError, describe, type Destination, type Egress } from './egress.ts'
import { HttpError } from './http-error.ts'
import { CredentialError, describeTlsFailure, tlsConnectionOptions, upgrade, type TlsOptions } from './tls.ts'

/** How one origin is reached. */
export interface Route {
  readonly origin: URL
  readonly tls: TlsOptions
  readonly proxy?: URL
}

/** What connecting needs besides the route. */
export interface ConnectorDeps {
  readonly egress: Egress
  readonly connectTimeoutMs: number
}

/** The host and port of an http or https URL. */
export function destinationOf(url: URL): Destination {
  const standard = url.protocol === 'https:' ? 443 : 80
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return { host, port: url.port === '' ? standard : Number(url.port) }
}

/**
 * Opens the connection that a route asks for: straight, or through a proxy's CONNECT; with TLS for https. Every socket comes
 * from the egress policy; of a proxied target, whose name the proxy resolves, only a literal address can be checked. Throws
 * HttpError.
 */
export async function openRoute(route: Route, deps: ConnectorDeps, closing: AbortSignal): Promise<Socket> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(deps.connectTimeoutMs)])
  const { origin, tls, proxy } = route
  try {
    const socket =
      proxy === undefined
        ? await deps.egress.connect(destinationOf(origin), signal)
        : await openTunnel({ origin, proxy, tls }, deps, signal)
    return origin.protocol === 'https:' ? await secure(socket, { origin, tls, signal }) : socket
  } catch (error) {
    if (error instanceof HttpError) throw error
    throw HttpError.from(error)
  }
}

async function secure(
  socket: Socket,
  how: { readonly origin: URL; readonly tls: TlsOptions; readonly signal: AbortSignal },
): Promise<Socket> {
  const { host, port } = destinationOf(how.origin)
  try {
    const options = { ...tlsConnectionOptions(host, how.tls), ALPNProtocols: ['http/1.1'] }
    return await upgrade(socket, options, how.signal)
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    if (error instanceof CredentialError) throw error
    throw new ConnectError(`TLS with ${host}:${port} failed: ${describeTlsFailure(error)}`)
  }
}

async function openTunnel(route: Required<Route>, deps: ConnectorDeps, signal: AbortSignal): Promise<Socket> {
  const { origin, proxy, tls } = route
  const target = destinationOf(origin)
  deps.egress.check(target)
  const plain = await deps.egress.connect(destinationOf(proxy), signal)
  // The target's server name and client certificate are not the proxy's business.
  const proxyTls: TlsOptions = {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.insecureSkipVerify === undefined ? {} : { insecureSkipVerify: tls.insecureSkipVerify }),
  }
  const socket = proxy.protocol === 'https:' ? await secure(plain, { origin: proxy, tls: proxyTls, signal }) : plain
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
  const { status, head } = await requestTunnel({ socket, authority, proxy, signal })
  if (status === 200) {
    if (head.length > 0) socket.unshift(head)
    return socket
  }
  socket.destroy()
  const refused = `the proxy ${proxy.origin} refused to connect to ${authority}: it answered ${status}`
  if ([401, 403, 407].includes(status))
    throw new HttpError(refused, { reason: 'authError', permanent: true, unreached: true })
  throw new HttpError(refused, { reason: 'connectionError', unreached: true })
}

async function requestTunnel(tunnel: {
  readonly socket: Socket
  readonly authority: string
  readonly proxy: URL
  readonly signal: AbortSignal
}): Promise<{ readonly status: number; readonly head: Buffer }> {
  const { socket, authority, proxy, signal } = tunnel
  const authorization = basicOf(proxy)
  const call = request({
    method: 'CONNECT',
    path: authority,
    createConnection: () => socket,
    headers: {
      host: authority,
      ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
    },
  })
  const answered = once(call, 'connect', { signal }) as Promise<[IncomingMessage, Socket, Buffer]>
  call.end()
  try {
    const [response, , head] = await answered
    return { status: response.statusCode ?? 0, head }
  } catch (error) {
    call.on('error', () => undefined).destroy()
    socket.on('error', () => undefined).destroy()
    throw new HttpError(`the proxy ${proxy.origin} gave no answer: ${describe(error)}`, {
      reason: 'connectionError',
      unreached: true,
    })
  }
}
