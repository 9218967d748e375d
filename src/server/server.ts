import { fastify, type FastifyInstance } from 'fastify'
import { boundConnections } from './connections.ts'
import { type RouteContext } from './context.ts'
import { acceptJson } from './body.ts'
import { type ServerDeps } from './deps.ts'
import { createErrorHandler } from './envelope.ts'
import { refuseErrands } from './errands.ts'
import { guardDoor } from './guard.ts'
import { createLifecycle } from './lifecycle.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { refuseOtherMethods } from './methods.ts'
import { answerClientError, answerFrameworkError, commonHeaders } from './no-request.ts'
import { createRefusedPosts } from './refused-posts.ts'
import { routeAlerts } from './routes/alerts.ts'
import { routeExplain } from './routes/explain.ts'
import { routeHealth } from './routes/health.ts'
import { routeMailbox } from './routes/mailbox.ts'
import { routeMetrics } from './routes/metrics.ts'
import { routeOutbox } from './routes/outbox.ts'
import { routeReceivers } from './routes/receivers.ts'
import { routeRuleset } from './routes/ruleset.ts'
import { routeStatus } from './routes/status.ts'
import { renewTls, serveTls, type TlsMaterial } from './tls.ts'

/** The door. */
export interface Server {
  /** Port 0 takes a free one. Throws when the address is taken. */
  listen(address: {
    readonly host: string
    readonly port: number
  }): Promise<{ readonly url: string; readonly port: number }>
  /** Not ready from now on; takes posts for `graceMs` more, then answers them with 503. Resolves when that has begun. */
  drain(graceMs: number): Promise<void>
  /** Ends requests in flight within a bounded time and lets go of the port. */
  close(): Promise<void>
  /** Serves new connections with these; throws when they do not fit each other, and then the old ones stay. */
  renewTls(material: TlsMaterial): void
  /** Fastify's own way to make requests without a socket. */
  readonly inject: FastifyInstance['inject']
}

/** Most characters of a path parameter: an id, with room. */
const maxParamLength = 128

/** Makes the server; nothing listens before `listen()`. */
export function createServer(deps: ServerDeps): Server {
  const limits: Limits = { ...defaultLimits, ...deps.limits }
  const lifecycle = createLifecycle({
    clock: deps.clock,
    current: () => deps.current(),
    stopping: () => deps.draining?.() ?? false,
    outbox: deps.outbox,
  })
  const refused = createRefusedPosts(deps.clock)
  const context: RouteContext = { ...deps, limits, lifecycle, refused }
  const app = createApp(limits, deps.tls)
  app.setErrorHandler(createErrorHandler({ ...deps, refused }))
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ Status: 404, Message: 'There is nothing here' }))
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(commonHeaders)
    done()
  })
  boundConnections(app, limits, deps.clock)
  refuseErrands(app)
  if (deps.access !== undefined) guardDoor(app, deps.access, deps.clock)
  acceptJson(app, limits, refused)
  route(app, context)

  return {
    async listen(address) {
      const url = await app.listen(address)
      const bound = app.server.address()
      return { url, port: typeof bound === 'object' && bound !== null ? bound.port : address.port }
    },
    drain: (graceMs) => lifecycle.drain(graceMs),
    async close() {
      const done = new AbortController()
      const cut = deps.clock.sleep(limits.closeTimeoutMs, done.signal).then(() => {
        if (!done.signal.aborted) app.server.closeAllConnections()
      })
      await app.close()
      done.abort()
      await cut
    },
    renewTls: (material) => renewTls(app.server, material),
    inject: app.inject.bind(app),
  }
}

function createApp(limits: Limits, tls: TlsMaterial | undefined): FastifyInstance {
  const timeouts = { headersTimeout: limits.headersTimeoutMs, connectionsCheckingInterval: limits.checkIntervalMs }
  const app = fastify({
    ...serveTls(tls, timeouts),
    bodyLimit: limits.maxBodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    http: timeouts,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
  })
  return app
}

function route(app: FastifyInstance, context: RouteContext): void {
  const finish = refuseOtherMethods(app)
  routeMetrics(app, context)
  routeAlerts(app, context)
  routeHealth(app, context)
  routeStatus(app, context)
  routeReceivers(app, context)
  routeRuleset(app, context)
  routeOutbox(app, context)
  routeExplain(app, context)
  if (context.mailbox !== undefined) routeMailbox(app, context.mailbox)
  finish()
}
