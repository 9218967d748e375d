import { createHash } from 'node:crypto'
import { type Clock } from '../model/ports.ts'
import { type SecretText } from '../model/secret.ts'

/** An access token as its issuer gave it. */
export interface Grant {
  readonly token: SecretText
  /** How long the issuer says that it is good for, milliseconds; 0 when it did not say. */
  readonly expiresInMs: number
}

/** Who asks for a token, and how one is got. */
export interface TokenRequest {
  /** What the token stands for: the API's origin, the application and its secret. Kept as a hash only. */
  readonly credentials: readonly string[]
  /** How long a token is used at most, milliseconds, whatever its issuer says. */
  readonly maxAgeMs: number
  /** Ends the wait of this caller; others who wait for the same token are not concerned. */
  readonly signal: AbortSignal
  /** Asks the issuer. Its signal aborts when nobody waits any more, at a deadline, and when the cache is closed. */
  readonly fetch: (signal: AbortSignal) => Promise<Grant>
}

/**
 * Access tokens by the credentials that they were got with. Tokens are remembered, failures are not: whoever waits shares the
 * failure, and who comes next asks again.
 */
export interface TokenCache {
  /** A token that is still good. Rejects with the error of `fetch`, or with an AbortError when `signal` aborts. */
  get(request: TokenRequest): Promise<SecretText>
  /** Forgets this token, and only this one: another that came meanwhile stays, so that many refusals make one request. */
  refuse(credentials: readonly string[], token: SecretText): void
  /** How many tokens are remembered. */
  readonly size: number
  /** Forgets all tokens and ends the requests under way. */
  close(): void
}

export interface TokenCacheLimits {
  /** How long before its end a token is not used any more: a request must not outlive it, nor two clocks disagree over it. */
  readonly marginMs: number
  /** How many tokens are remembered; the one used longest ago goes first. */
  readonly maxTokens: number
  /** How long one request for a token may take, however many wait for it one after another. */
  readonly deadlineMs: number
}

const defaults: TokenCacheLimits = { marginMs: 300_000, maxTokens: 1_000, deadlineMs: 30_000 }

interface Held {
  readonly token: SecretText
  readonly grantedAt: number
  readonly endsAt: number
}

/** An empty cache. */
export function createTokenCache(clock: Clock, limits: Partial<TokenCacheLimits> = {}): TokenCache {
  const { marginMs, maxTokens, deadlineMs } = { ...defaults, ...limits }
  const held = new Map<string, Held>()
  const closing = new AbortController()
  const flights = createFlights({ clock, deadlineMs, closing: closing.signal })

  function remembered(key: string, maxAgeMs: number): SecretText | undefined {
    const known = held.get(key)
    if (known === undefined) return undefined
    held.delete(key)
    if (clock.now() >= Math.min(known.endsAt, known.grantedAt + maxAgeMs)) return undefined
    held.set(key, known)
    return known.token
  }

  function remember(key: string, { token, expiresInMs }: Grant): void {
    // The last minutes of a token are halved rather than thrown away: an issuer may hand out the same token until its very end.
    const usableMs = expiresInMs - Math.min(marginMs, expiresInMs / 2)
    if (!(usableMs > 0) || closing.signal.aborted) return
    held.delete(key)
    held.set(key, { token, grantedAt: clock.now(), endsAt: clock.now() + usableMs })
    for (const [oldest] of held) {
      if (held.size <= maxTokens) break
      held.delete(oldest)
    }
  }

  return {
    async get({ credentials, maxAgeMs, signal, fetch }) {
      signal.throwIfAborted()
      closing.signal.throwIfAborted()
      const key = keyOf(credentials)
      const known = remembered(key, maxAgeMs)
      if (known !== undefined) return known
      return await flights.join(key, signal, async (shared) => {
        const grant = await fetch(shared)
        remember(key, grant)
        return grant.token
      })
    },
    refuse(credentials, token) {
      const key = keyOf(credentials)
      if (held.get(key)?.token.reveal() === token.reveal()) held.delete(key)
    },
    get size() {
      return held.size
    },
    close() {
      closing.abort()
      held.clear()
    },
  }
}

/** One request under way, and how many wait for it. */
interface Flight {
  readonly token: Promise<SecretText>
  readonly controller: AbortController
  waiting: number
}

/** Requests of which at most one for each key is under way. */
interface Flights {
  /** What the request under way comes to; starts it with `work` when there is none. Rejects when `signal` aborts. */
  join(key: string, signal: AbortSignal, work: (shared: AbortSignal) => Promise<SecretText>): Promise<SecretText>
}

function createFlights({
  clock,
  deadlineMs,
  closing,
}: {
  readonly clock: Clock
  readonly deadlineMs: number
  readonly closing: AbortSignal
}): Flights {
  const flights = new Map<string, Flight>()

  function drop(key: string, flight: Flight): void {
    if (flights.get(key) === flight) flights.delete(key)
    flight.controller.abort()
  }

  function start(key: string, work: (shared: AbortSignal) => Promise<SecretText>): Flight {
    const controller = new AbortController()
    const landed = new AbortController()
    const token = work(AbortSignal.any([controller.signal, closing])).finally(() => {
      landed.abort()
      drop(key, flight)
    })
    const flight: Flight = { token, controller, waiting: 0 }
    flights.set(key, flight)
    void clock.sleep(deadlineMs, landed.signal).then(() => drop(key, flight))
    return flight
  }

  return {
    async join(key, signal, work) {
      const flight = flights.get(key) ?? start(key, work)
      const aborted = Promise.withResolvers<never>()
      const onAbort = (): void => aborted.reject(new DOMException('the wait for a token was ended', 'AbortError'))
      signal.addEventListener('abort', onAbort, { once: true })
      flight.waiting += 1
      try {
        return await Promise.race([flight.token, aborted.promise])
      } finally {
        signal.removeEventListener('abort', onAbort)
        flight.waiting -= 1
        if (flight.waiting === 0) drop(key, flight)
      }
    },
  }
}

/** A hash, so that no secret stays in a map's keys. */
function keyOf(credentials: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(credentials)).digest('base64')
}
