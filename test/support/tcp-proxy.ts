import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Stands between a client and a server on loopback, and can do what networks do. */
export interface TcpProxy {
  readonly port: number
  /** How many connections were made through it. */
  readonly connections: () => number
  /** How many of them are open. */
  readonly open: () => number
  /** From now on nothing that arrives goes on, in neither direction, and nobody is told: new connections are taken too. */
  blackHole(): void
  /** New connections work again; those that were swallowed stay dead. */
  heal(): void
  /** Ends every connection with a reset. */
  reset(): void
  stop(): Promise<void>
}

/** A proxy to a port of 127.0.0.1. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let connections = 0
  let swallowing = false

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    return socket
  }

  const server = createServer((client) => {
    connections += 1
    keep(client)
    if (swallowing) {
      client.resume()
      return
    }
    const upstream = keep(connect(targetPort, '127.0.0.1'))
    client.pipe(upstream)
    upstream.pipe(client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    open: () => sockets.size / 2,
    blackHole() {
      swallowing = true
      for (const socket of sockets) socket.unpipe().resume()
    },
    heal() {
      swallowing = false
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
