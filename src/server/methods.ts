import { type FastifyInstance } from 'fastify'

/**
 * Answers 405 with `Allow` for every method that a known path does not take, before the body is read: a redirecting proxy turns
 * a post into a GET, and that must show up as a failure. Call it before the routes are made, and what it returns after.
 */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const taken = new Map<string, Set<string>>()

  app.addHook('onRoute', ({ url, method }) => {
    const methods = taken.get(url) ?? new Set()
    for (const name of [method].flat()) methods.add(name)
    taken.set(url, methods)
  })

  return () => {
    for (const [url, methods] of [...taken]) {
      const allow = [...methods].sort().join(', ')
      const others = app.supportedMethods.filter((method) => !methods.has(method))
      app.route({
        method: others,
        url,
        exposeHeadRoute: false,
        onRequest: (request, reply, done) => {
          void reply.code(405).header('allow', allow)
          void reply.send({ Status: 405, Message: `${request.method} is not taken here; use ${allow}` })
          done()
        },
        handler: () => undefined,
      })
    }
  }
}
