import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { type KeyPair } from './tls.ts'

/** A request that arrived. */
export interface PeerRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Numbers connections from 1: equal numbers prove reuse. */
  readonly connection: number
}

/** What the peer does with a request; it may echo what it was sent. */
export type PeerAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'hang'
  | 'reset'
  | 'garbage'
  /** Headers at once, then one byte a turn, never ending. */
  | 'drip'
  /** Headers and half of the body that was announced, then the end. */
  | 'half'

export interface HttpPeer {
  readonly origin: string
  readonly port: number
  readonly requests: readonly PeerRequest[]
  readonly connections: () => number
  answer: PeerAnswer | ((request: PeerRequest) => PeerAnswer)
  /** Resolves when the next request has arrived whole. */
  arrival(): Promise<PeerRequest>
  stop(): Promise<void>
}

export interface HttpPeerOptions {
  readonly tls?: { readonly keyPair: KeyPair; readonly clientCa?: string }
}

/** An HTTP or HTTPS server on loopback that remembers requests and misbehaves on demand. */
export async function startHttpPeer(options: HttpPeerOptions = {}): Promise<HttpPeer> {
  const requests: PeerRequest[] = []
  const connections = new Map<Socket, number>()
  const waiting: ((request: PeerRequest) => void)[] = []

  const peer = { answer: { status: 200 } as HttpPeer['answer'] }
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const arrived: PeerRequest = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        connection: connections.get(request.socket) ?? 0,
      }
      requests.push(arrived)
      for (const tell of waiting.splice(0)) tell(arrived)
      give(typeof peer.answer === 'function' ? peer.answer(arrived) : peer.answer, response)
    })
  }

  const { tls } = options
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer(
          {
            ...tls.keyPair,
            ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
          },
          listener,
        )
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections.set(socket, connections.size + 1)
    socket.on('error', () => undefined)
  })
  const sockets = trackSockets(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return Object.assign(peer, {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    connections: () => connections.size,
    arrival: () => new Promise<PeerRequest>((resolve) => waiting.push(resolve)),
    stop: () => stopServer(server, sockets),
  })
}

/** Every socket of a server, those in the middle of a TLS handshake and those of tunnels included. */
function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  })
  return sockets
}

async function stopServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  server.close()
  await once(server, 'close')
}

function give(answer: PeerAnswer, response: ServerResponse): void {
  const { socket } = response
  switch (answer) {
    case 'hang':
      return
    case 'reset':
      socket?.resetAndDestroy()
      return
    case 'garbage':
      socket?.end('this is not HTTP\r\n\r\n')
      return
    case 'half':
      response.writeHead(200, { 'content-length': '10' }).write('12345')
      socket?.end()
      return
    case 'drip': {
      response.writeHead(200)
      const drip = (): void => {
        if (response.writableEnded || response.destroyed) return
        response.write('.')
        setTimeout(drip, 5)
      }
      drip()
      return
    }
    default:
      response.writeHead(answer.status, answer.headers).end(answer.body ?? '')
  }
}

/** A CONNECT that a proxy was asked for. */
export interface TunnelRequest {
  readonly target: string
  readonly authorization: string | undefined
}

export interface HttpProxy {
  readonly port: number
  readonly tunnels: readonly TunnelRequest[]
  /** 200 opens tunnels; any other status refuses them, `hang` never answers. */
  answer: number | 'hang'
  stop(): Promise<void>
}

/** A proxy on loopback that knows CONNECT alone; every tunnel leads to `127.0.0.1` and the port asked for. */
export async function startHttpProxy(options: { readonly keyPair?: KeyPair } = {}): Promise<HttpProxy> {
  const tunnels: TunnelRequest[] = []
  const proxy = { answer: 200 as HttpProxy['answer'] }
  const server = options.keyPair === undefined ? createServer() : createTlsServer({ ...options.keyPair })
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    tunnels.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    socket.on('error', () => undefined)
    if (proxy.answer === 'hang') return
    if (proxy.answer !== 200) {
      socket.end(`HTTP/1.1 ${proxy.answer} No\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    const port = Number(request.url?.split(':').at(-1))
    const onward = connect({ host: '127.0.0.1', port }, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.write(head)
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  })
  const sockets = trackSockets(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(proxy, {
    port: (server.address() as AddressInfo).port,
    tunnels,
    stop: () => stopServer(server, sockets),
  })
}
