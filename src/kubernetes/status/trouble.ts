import { type ResourceKey } from '../../model/object.ts'
import { type Random } from '../../model/ports.ts'
import { createBackoff, type Backoff } from '../backoff.ts'
import { ApiError } from '../cluster.ts'

/** What a failed write means. */
export type Trouble =
  /** The object is gone: there is nothing to write any more. */
  | { readonly kind: 'gone' }
  /** The object has changed meanwhile: the watch will show it. */
  | { readonly kind: 'outdated'; readonly until: number }
  /** The server refuses this object for now. */
  | { readonly kind: 'refused'; readonly until: number }
  /** The server takes nothing now. */
  | { readonly kind: 'away'; readonly until: number }

/** Remembers failures, so that each further one is answered with a longer pause. */
export interface Troubles {
  failed(key: ResourceKey, error: unknown, now: number): Trouble
  succeeded(key: ResourceKey): void
  /** Until when nothing is to be written to this object; undefined when nothing forbids it. */
  heldUntil(key: ResourceKey, now: number): number | undefined
  /** Until when nothing at all is to be written. */
  awayUntil(): number
  clear(): void
}

const pauses = { baseMs: 1_000, capMs: 120_000 }
/** A watch that has not shown a conflicting change after this has lost it, so the object is looked at again. */
const outdatedPauseMs = 1_000

export function createTroubles(random: Pick<Random, 'next'>): Troubles {
  const held = new Map<ResourceKey, { readonly backoff: Backoff; readonly until: number }>()
  const away = createBackoff(pauses, random)
  let awayUntil = 0

  return {
    failed(key, error, now) {
      const { status, retryAfterMs = 0 } = error instanceof ApiError ? error : { status: undefined }
      if (status === 404) {
        held.delete(key)
        return { kind: 'gone' }
      }
      if (status === 409) return { kind: 'outdated', until: now + outdatedPauseMs }
      if (status !== undefined && isAway(status)) {
        // Writes that were under way together fail together: that is one failure.
        if (awayUntil <= now) awayUntil = now + Math.max(away.next(), retryAfterMs)
        return { kind: 'away', until: awayUntil }
      }
      const backoff = held.get(key)?.backoff ?? createBackoff(pauses, random)
      const until = now + Math.max(backoff.next(), retryAfterMs)
      held.set(key, { backoff, until })
      return { kind: 'refused', until }
    },
    succeeded(key) {
      held.delete(key)
      away.reset()
    },
    heldUntil(key, now) {
      const until = held.get(key)?.until
      return until === undefined || until <= now ? undefined : until
    },
    awayUntil: () => awayUntil,
    clear() {
      held.clear()
      away.reset()
      awayUntil = 0
    },
  }
}

/** No answer, credentials that are not taken, too many requests, or a server that is unwell: not this object's fault. */
function isAway(status: number): boolean {
  return status === 0 || status === 401 || status === 429 || status >= 500
}
