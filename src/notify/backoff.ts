import { type Random } from '../model/ports.ts'
import { backoffLimits } from './limits.ts'

/**
 * Milliseconds to wait after the given attempt (1 for the first): exponential, with "equal jitter", so that receivers that
 * failed together do not come back together and yet never sooner than half the step.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(attempt: number, random: Pick<Random, 'next'>): number {
  const { baseMs, factor, capMs } = backoffLimits
  const stepMs = Math.min(capMs, baseMs * factor ** Math.max(0, attempt - 1))
  return Math.round(stepMs / 2 + (random.next() * stepMs) / 2)
}

/** What `nextAttemptAt` goes by. */
export interface RetryRequest {
  readonly now: number
  readonly attempt: number
  /** The far side's own wish (Retry-After): a floor under the back-off. */
  readonly afterMs?: number
  /** When the notification becomes too old: no wait goes beyond, so that a last attempt is made then. */
  readonly expiresAt: number
}

/** When to try again, milliseconds since the epoch. */
export function nextAttemptAt(request: RetryRequest, random: Pick<Random, 'next'>): number {
  const { now, attempt, afterMs = 0, expiresAt } = request
  const floorMs = Number.isNaN(afterMs) ? 0 : afterMs
  const waitMs = Math.max(backoffMs(attempt, random), floorMs)
  return Math.max(now, Math.min(now + waitMs, expiresAt))
}
