import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'

/** One webhook that arrived. */
export interface Arrival {
  readonly path: string
  /** The notification's id, as sent in `Idempotency-Key`. */
  readonly id: string
  /** `performance.now()` when its last byte was here. */
  readonly at: number
  readonly body: {
    readonly groupKey: string
    readonly status: string
    readonly alerts: readonly { readonly fingerprint: string; readonly status: string }[]
  }
  /** What `generation()` said when it arrived. */
  readonly generation: number
}

/** A loopback endpoint that answers 200 and remembers. */
export interface WebhookSink {
  readonly url: string
  readonly arrivals: readonly Arrival[]
  /** What arrived since the last call, which is forgotten: for runs that are too long to remember everything. */
  take(): readonly Arrival[]
  stop(): Promise<void>
}

/** Starts a sink; `generation` tags each arrival, for tests that restart the sender. */
export async function startWebhookSink(generation: () => number = () => 0): Promise<WebhookSink> {
  const arrivals: Arrival[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Arrival['body']
      const id = String(request.headers['idempotency-key'] ?? '')
      arrivals.push({ path: request.url ?? '', id, at: performance.now(), body, generation: generation() })
      response.writeHead(200).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals,
    take: () => arrivals.splice(0),
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
