import { type PeerAnswer, type PeerRequest } from '../http-peer.ts'

/** How a vendor misbehaves on demand: as a peer does, with an error code inside a 200, or with a page instead of JSON. */
export type Trouble =
  | PeerAnswer
  | { readonly errcode: number | string; readonly errmsg?: string }
  | 'html'
  | ((request: PeerRequest) => PeerAnswer)

/** The answer that a trouble gives. */
export function answerOf(trouble: Trouble, request: PeerRequest): PeerAnswer {
  if (typeof trouble === 'function') return trouble(request)
  if (trouble === 'html') {
    const body = '<!DOCTYPE html><html><body>Gateway</body></html>'
    return { status: 200, headers: { 'content-type': 'text/html' }, body }
  }
  if (typeof trouble === 'string' || 'status' in trouble) return trouble
  return json({ errmsg: 'trouble', ...trouble })
}

/** What these vendors answer to everything, errors included: 200 and JSON. `at` is the vendor's time. */
export function json(fields: object, at?: number): PeerAnswer {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    ...(at === undefined ? {} : { date: new Date(at).toUTCString() }),
  }
  return { status: 200, headers, body: JSON.stringify(fields) }
}

export function refuse(errcode: number, errmsg: string, at?: number): PeerAnswer {
  return json({ errcode, errmsg }, at)
}

/** Whether a request's JSON writes a character as `\uXXXX`, which both vendors refuse. */
export function hasEscapedCharacter(body: string): boolean {
  return /(?<!\\)(?:\\\\)*\\u/u.test(body)
}

/** The object in a body, or undefined when it is none. */
export function objectIn(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return asObject(value)
  } catch {
    return undefined
  }
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}

/** Access tokens as these vendors keep them: the same one until it ends. */
export interface TokenDesk {
  /** How many different tokens were given out. */
  readonly issued: readonly string[]
  /** The token in force, and for how many seconds it still is. */
  give(now: number): { readonly token: string; readonly expiresIn: number }
  check(token: string | null, now: number): 'good' | 'missing' | 'unknown' | 'expired'
  /** Ends all tokens at once, as vendors do at will. */
  revoke(): void
}

export function createTokenDesk(prefix: string, lifetimeMs: number): TokenDesk {
  const issued: string[] = []
  const ends = new Map<string, number>()
  let revoked = false
  return {
    issued,
    give(now) {
      const current = issued.at(-1)
      const end = current === undefined ? undefined : ends.get(current)
      if (current !== undefined && end !== undefined && end > now && !revoked) {
        return { token: current, expiresIn: Math.floor((end - now) / 1_000) }
      }
      revoked = false
      const token = `${prefix}-${issued.length + 1}+/=t0ken`
      issued.push(token)
      ends.set(token, now + lifetimeMs)
      return { token, expiresIn: lifetimeMs / 1_000 }
    },
    check(token, now) {
      if (token === null || token === '') return 'missing'
      const end = ends.get(token)
      if (end === undefined) return 'unknown'
      return end > now ? 'good' : 'expired'
    },
    revoke() {
      revoked = true
      ends.clear()
    },
  }
}
