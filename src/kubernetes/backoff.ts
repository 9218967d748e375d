import { type Random } from '../model/ports.ts'

/** How pauses grow. */
export interface BackoffLimits {
  readonly baseMs: number
  readonly capMs: number
}

/** Pauses between attempts that failed: each up to twice as long as the one before. */
export interface Backoff {
  /** The next pause, milliseconds. */
  next(): number
  /** Something succeeded: the next pause is a short one again. */
  reset(): void
}

/**
 * Exponential pauses with "equal jitter": never less than half the step, so that nothing spins, and spread over the other half,
 * so that clients which failed together do not come back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function createBackoff({ baseMs, capMs }: BackoffLimits, random: Pick<Random, 'next'>): Backoff {
  let stepMs = baseMs
  return {
    next() {
      const pauseMs = Math.round(stepMs / 2 + (random.next() * stepMs) / 2)
      stepMs = Math.min(capMs, stepMs * 2)
      return pauseMs
    },
    reset() {
      stepMs = baseMs
    },
  }
}
