import { type FastifyInstance, type FastifyRequest } from 'fastify'
import { type Clock } from '../model/ports.ts'
import { type CredentialSet, type Role } from './credentials.ts'
import { alertsPath } from './envelope.ts'
import { BusyError, CredentialsError } from './refusals.ts'
import { createSourceRate } from './source-rate.ts'

/** Whom the door lets in. */
export interface Access {
  /**
   * The credentials of a role now in force; undefined when the role asks for none. A role that asks for none is open, except
   * `admin`: it takes the readers' place when those must prove themselves.
   */
  credentials(role: Role): CredentialSet | undefined
  /** True when a verified client certificate is asked for, beside credentials if there are any. */
  readonly clientCertificates: boolean
  /** Posts a second that one source may send; 0 for as many as it likes. */
  readonly postsPerSecond: number
}

const roles: readonly Role[] = ['ingest', 'read', 'admin']
const probes = new Set(['/-/live', '/-/healthy', '/-/ready'])
/** Asked with a body, yet they change nothing. */
const questions = new Set(['/api/v1/explain'])

/** Judges every request by its headers, before its body is read. Probes are always let in. */
export function guardDoor(app: FastifyInstance, access: Access, clock: Pick<Clock, 'now'>): void {
  const rate = access.postsPerSecond === 0 ? undefined : createSourceRate(access.postsPerSecond, clock)

  app.addHook('onRequest', (request, reply, done) => {
    const role = roleOf(request)
    if (role === undefined) {
      done()
      return
    }
    const refusal = judge(request, role)
    // Who guesses has turns of his own: those of an address that many share are for who may post.
    const source = refusal === undefined ? request.ip : `refused ${request.ip}`
    const waitMs = role === 'ingest' ? (rate?.take(source) ?? 0) : 0
    if (waitMs > 0) {
      void reply.header('retry-after', Math.ceil(waitMs / 1_000))
      done(new BusyError('Too many posts from this address, try again'))
      return
    }
    if (refusal === 401) void reply.header('www-authenticate', 'Bearer, Basic realm="notification-manager"')
    done(refusal === undefined ? undefined : new CredentialsError(refusal))
  })

  function judge(request: FastifyRequest, role: Role): 401 | 403 | undefined {
    if (access.clientCertificates && !isVerified(request)) return 403
    const { authorization } = request.headers
    if (access.credentials(role) === undefined) {
      return role === 'admin' && access.credentials('read') !== undefined ? 403 : undefined
    }
    if (authorization === undefined) return 401
    const proven = roles.filter((each) => access.credentials(each)?.accepts(authorization))
    if (proven.includes(role) || (role === 'read' && proven.includes('admin'))) return undefined
    return proven.length === 0 ? 401 : 403
  }
}

function isVerified({ raw: { socket } }: FastifyRequest): boolean {
  return 'authorized' in socket && socket.authorized === true
}

function roleOf({ method, routeOptions }: FastifyRequest): Role | undefined {
  const { url = '' } = routeOptions
  if (probes.has(url)) return undefined
  if (url === alertsPath) return 'ingest'
  return method === 'GET' || method === 'HEAD' || questions.has(url) ? 'read' : 'admin'
}
