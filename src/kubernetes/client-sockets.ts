import { Agent, ProxyAgent, type Dispatcher } from 'undici'
import { type Access } from './client-credentials.ts'

/** Two pools to one API server: watches hold their connection for minutes, and must never keep a request waiting. */
export interface Sockets {
  readonly requests: Dispatcher
  readonly watches: Dispatcher
}

/** The connections of one Cluster. */
export interface SocketPools {
  /** The pools for this access; new ones when its certificates or its address have changed, while the old ones drain. */
  for(access: Access): Sockets
  /** Closes every connection, whatever it is doing. */
  close(): void
}

const maxRequestConnections = 32
/** One connection a watch: the kinds, and the Secrets and ConfigMaps that are watched one by one. */
const maxWatchConnections = 1_024
const connectTimeoutMs = 10_000
/** Below the shortest idle timeout of usual load balancers, as client-go does: https://pkg.go.dev/k8s.io/apimachinery/pkg/util/net */
const tcpKeepAliveMs = 30_000
/** A status write a second should find its connection still open. */
const idleSocketMs = 60_000

/** Pools that every request of one Cluster shares. */
export function createSocketPools(): SocketPools {
  let inForce: { readonly key: string; readonly sockets: Sockets } | undefined
  return {
    for(access) {
      const key = JSON.stringify([access.server.href, access.proxy, access.tls])
      if (inForce?.key === key) return inForce.sockets
      const former = inForce?.sockets
      inForce = { key, sockets: open(access) }
      if (former !== undefined) void drain(former)
      return inForce.sockets
    },
    close() {
      const former = inForce?.sockets
      inForce = undefined
      // Not waited for: a connection that is just being made ends only at its own deadline.
      if (former !== undefined) void Promise.allSettled([former.requests.destroy(), former.watches.destroy()])
    },
  }
}

async function drain({ requests, watches }: Sockets): Promise<void> {
  await Promise.allSettled([requests.close(), watches.close()])
}

function open(access: Access): Sockets {
  return { requests: pool(access, maxRequestConnections), watches: pool(access, maxWatchConnections) }
}

function pool({ proxy, tls }: Access, connections: number): Dispatcher {
  const options = {
    connections,
    connectTimeout: connectTimeoutMs,
    keepAliveTimeout: idleSocketMs,
    // One TCP connection for all watches would die, and hang, as one.
    allowH2: false,
  }
  const keepAlive = { keepAlive: true, keepAliveInitialDelay: tcpKeepAliveMs, timeout: connectTimeoutMs }
  if (proxy === undefined) return new Agent({ ...options, connect: { ...tls, ...keepAlive } })
  return new ProxyAgent({ ...options, uri: proxy, requestTls: { ...tls }, proxyTls: keepAlive })
}
