import { type Clock } from '../model/ports.ts'
import { sourceOf } from './source.ts'

/** Lets each source have so many requests a second, and a burst of twice that. */
export interface SourceRate {
  /** Milliseconds until the source has its turn again; 0 when it has it now. */
  take(source: string): number
}

/** Sources that are remembered; the one that was quiet longest is forgotten first. */
const maxSources = 10_000
const burstSeconds = 2

interface Bucket {
  tokens: number
  at: number
}

/** A token bucket a source. */
export function createSourceRate(perSecond: number, clock: Pick<Clock, 'now'>): SourceRate {
  const buckets = new Map<string, Bucket>()
  const capacity = perSecond * burstSeconds

  return {
    take(source) {
      const now = clock.now()
      const key = sourceOf(source)
      const known = buckets.get(key) ?? { tokens: capacity, at: now }
      const earned = (Math.max(0, now - known.at) / 1_000) * perSecond
      const tokens = Math.min(capacity, known.tokens + earned)
      buckets.delete(key)
      buckets.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, at: now })
      if (buckets.size > maxSources) buckets.delete(buckets.keys().next().value ?? '')
      return tokens < 1 ? Math.ceil(((1 - tokens) / perSecond) * 1_000) : 0
    },
  }
}
