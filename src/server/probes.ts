import { fastify } from 'fastify'
import { type RenderedMetrics } from './deps.ts'
import { defaultLimits } from './limits.ts'
import { type Server } from './server.ts'

/** What tells of a process that takes no alerts. */
export interface ProbeDeps {
  ready(): boolean
  readonly metrics: RenderedMetrics
}

/** `/-/live`, `/-/healthy`, `/-/ready` and `/metrics`, and nothing else. Nothing listens before `listen()`. */
export function createProbes({ ready, metrics }: ProbeDeps): Pick<Server, 'listen' | 'close'> {
  const app = fastify({
    requestTimeout: defaultLimits.requestTimeoutMs,
    forceCloseConnections: true,
    http: { headersTimeout: defaultLimits.headersTimeoutMs },
  })
  for (const name of ['live', 'healthy']) app.get(`/-/${name}`, () => ({ Status: 200, Message: name }))
  app.get('/-/ready', async (_request, reply) =>
    ready()
      ? { Status: 200, Message: 'ready' }
      : reply.code(503).send({ Status: 503, Message: 'The API server was not read yet' }),
  )
  app.get('/metrics', async (_request, reply) => {
    void reply.type('text/plain; version=0.0.4; charset=utf-8')
    return metrics.render()
  })
  return {
    async listen(address) {
      const url = await app.listen(address)
      const bound = app.server.address()
      return { url, port: typeof bound === 'object' && bound !== null ? bound.port : address.port }
    },
    close: () => app.close(),
  }
}
