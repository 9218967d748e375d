import { createTokenCache, type Grant, type TokenCache, type TokenCacheLimits } from '../../src/channels/token-cache.ts'
import { SecretText } from '../../src/model/secret.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

export const hourMs = 3_600_000

/** A signal that does not abort. */
export const never = new AbortController().signal

/** One request for a token that waits for its answer. */
export interface Asked {
  readonly key: string
  readonly signal: AbortSignal
  readonly answer: PromiseWithResolvers<Grant>
}

/** A cache on a clock that stands still, and the requests that it has made. */
export interface Bench {
  readonly clock: FakeClock
  readonly cache: TokenCache
  readonly asked: readonly Asked[]
  get(key?: string, rest?: { readonly signal?: AbortSignal; readonly maxAgeMs?: number }): Promise<string>
  refuse(token: string, key?: string): void
}

export function bench(limits: Partial<TokenCacheLimits> = {}): Bench {
  const clock = createFakeClock()
  const cache = createTokenCache(clock, limits)
  const asked: Asked[] = []
  return {
    clock,
    cache,
    asked,
    async get(key = 'app', { signal = never, maxAgeMs = 2 * hourMs } = {}) {
      const fetch = (shared: AbortSignal): Promise<Grant> => {
        const answer = Promise.withResolvers<Grant>()
        shared.addEventListener('abort', () => answer.reject(new Error('the request was ended')), { once: true })
        asked.push({ key, signal: shared, answer })
        return answer.promise
      }
      return (await cache.get({ credentials: ['api', key], maxAgeMs, signal, fetch })).reveal()
    },
    refuse: (token, key = 'app') => cache.refuse(['api', key], new SecretText(token)),
  }
}

/** What an issuer answers. */
export function grant(token: string, expiresInMs = 2 * hourMs): Grant {
  return { token: new SecretText(token), expiresInMs }
}
