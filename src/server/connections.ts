import { type Socket } from 'node:net'
import { type FastifyInstance } from 'fastify'
import { type Clock } from '../model/ports.ts'
import { type Limits } from './limits.ts'
import { sourceOf } from './source.ts'

/**
 * Keeps one client from holding what all need: a source has a part of the connections only, and a request that is not answered
 * and read within its time loses its connection, however slowly its client reads.
 */
export function boundConnections(
  app: FastifyInstance,
  limits: Pick<Limits, 'maxConnections' | 'maxConnectionsPerSource' | 'answerTimeoutMs'>,
  clock: Pick<Clock, 'sleep'>,
): void {
  const open = new Map<string, number>()
  app.server.maxConnections = limits.maxConnections

  app.server.on('connection', (socket: Socket) => {
    const source = sourceOf(socket.remoteAddress ?? '')
    const count = (open.get(source) ?? 0) + 1
    if (count > limits.maxConnectionsPerSource) {
      socket.destroy()
      return
    }
    open.set(source, count)
    socket.once('close', () => {
      const left = (open.get(source) ?? 1) - 1
      if (left > 0) open.set(source, left)
      else open.delete(source)
    })
  })

  app.addHook('onRequest', (request, reply, done) => {
    const answered = new AbortController()
    reply.raw.once('close', () => answered.abort())
    void clock.sleep(limits.answerTimeoutMs, answered.signal).then(() => {
      if (!answered.signal.aborted) request.raw.socket.destroy()
    })
    done()
  })
}
