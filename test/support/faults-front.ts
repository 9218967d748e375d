import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** What a front does with the bytes that come to it. */
export type FrontMode =
  | 'relay'
  /** Takes connections and bytes, and says nothing. */
  | 'hang'
  | 'reset'
  /** Says something that never comes to an end, a few bytes at a time. */
  | 'drip'
  /** Says something that is not the protocol, and closes. */
  | 'garbage'
  /** Passes on what is asked, and resets the connection when the message has been taken, instead of saying so. */
  | 'cut'

export interface FrontOptions {
  /** Of 127.0.0.1. */
  readonly target: number
  /** SMTP servers greet before they are asked anything. */
  readonly protocol: 'http' | 'smtp'
  /** A client will get no answer, until it gives up. */
  readonly onHeld: () => void
}

/** Stands before a server on loopback, and misbehaves as networks and broken servers do. May be changed while it runs. */
export interface Front {
  readonly port: number
  mode: FrontMode
  target: number
  /** Resets all connections; clients that are kept waiting learn of it. */
  reset(): void
  stop(): Promise<void>
}

const dripEveryMs = 5

const sayings = {
  http: { drip: ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\n.\r\n'], garbage: 'no HTTP\r\n\r\n' },
  smtp: { drip: ['', '2', '2', '0', '-', '.', '\r\n'], garbage: 'no SMTP\r\n' },
} as const

/** Starts a front that relays. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { protocol, onHeld } = options
  const sockets = new Set<Socket>()
  const front = { mode: 'relay' as FrontMode, target: options.target }

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  }

  /** True when the client is not served. */
  function misbehave(client: Socket): boolean {
    switch (front.mode) {
      case 'relay':
      case 'cut':
        return false
      case 'hang':
        onHeld()
        return true
      case 'reset':
        client.resetAndDestroy()
        return true
      case 'garbage':
        client.end(sayings[protocol].garbage)
        return true
      case 'drip':
        drip(client, sayings[protocol].drip)
        onHeld()
        return true
    }
  }

  const server = createServer((client) => {
    keep(client)
    if (protocol === 'smtp' && front.mode !== 'reset' && misbehave(client)) {
      client.resume()
      return
    }
    let lost = false
    let asked = ''
    const upstream = keep(connect(front.target, '127.0.0.1'))
    client.on('data', (chunk) => {
      asked = `${asked}${chunk.toString('latin1')}`.slice(-5)
      lost ||= misbehave(client)
      if (!lost) upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (lost) return
      lost = front.mode === 'cut' && (protocol === 'http' || asked === '\r\n.\r\n')
      if (lost) client.resetAndDestroy()
      else client.write(chunk)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => {
      if (!lost) client.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(front, {
    port: (server.address() as AddressInfo).port,
    reset: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    async stop() {
      sockets.forEach((socket) => socket.destroy())
      server.close()
      await once(server, 'close')
    },
  })
}

/** Says the first word at once and the others one after another, over and over. */
function drip(client: Socket, words: readonly string[]): void {
  let place = 0
  const timer = setInterval(() => {
    client.write(words[place === 0 ? 0 : 1 + ((place - 1) % (words.length - 1))] ?? '')
    place += 1
  }, dripEveryMs)
  client.on('close', () => clearInterval(timer))
}
