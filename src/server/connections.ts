import { type Socket } from 'node:net'
import { type FastifyInstance, type FastifyRequest } from 'fastify'
import { type Clock } from '../model/ports.ts'
import { createSteadyTime } from '../notify/throttle/steady-time.ts'
import { type Limits } from './limits.ts'
import { sourceOf } from './source.ts'

/**
 * Keeps one client from holding what all need: a source has a part of the connections only, and a request that is not answered
 * and read within its time loses its connection, however slowly its client reads.
 */
export function boundConnections(
  app: FastifyInstance,
  limits: Pick<Limits, 'maxConnections' | 'maxConnectionsPerSource' | 'answerTimeoutMs'>,
  clock: Clock,
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

  const answers = watchAnswers(limits.answerTimeoutMs, clock)
  app.addHook('onRequest', (request, reply, done) => {
    answers.begin(request)
    reply.raw.once('close', () => answers.end(request))
    done()
  })
  app.addHook('onClose', (_app, done) => {
    answers.stop()
    done()
  })
}

/** One timer for all requests: they fall due in the order in which they came. */
function watchAnswers(timeoutMs: number, clock: Clock) {
  const steady = createSteadyTime(clock)
  const dueTimes = new Map<FastifyRequest, number>()
  const stopped = new AbortController()
  let watching = false

  function cutOff(): void {
    const now = steady()
    for (const [request, dueAt] of dueTimes) {
      if (dueAt > now) return
      dueTimes.delete(request)
      request.raw.socket.destroy()
    }
  }

  async function watch(): Promise<void> {
    watching = true
    for (let [next] = dueTimes.values(); next !== undefined && !stopped.signal.aborted; [next] = dueTimes.values()) {
      await clock.sleep(next - steady(), stopped.signal)
      cutOff()
    }
    watching = false
  }

  return {
    begin(request: FastifyRequest): void {
      dueTimes.set(request, steady() + timeoutMs)
      if (!watching) void watch()
    },
    end: (request: FastifyRequest): void => void dueTimes.delete(request),
    stop: (): void => stopped.abort(),
  }
}
