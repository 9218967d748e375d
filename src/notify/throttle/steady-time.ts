import { type Clock } from '../../model/ports.ts'

/**
 * Milliseconds that only run forward, for all that waits: by the clock's own steady time if it has one, so that setting the machine's
 * time changes nothing. Without, a clock that is set back stands still rather than keep somebody waiting for as long as it was set
 * back.
 */
export function createSteadyTime(clock: Pick<Clock, 'now' | 'steady'>): () => number {
  if (clock.steady !== undefined) return clock.steady
  let last = clock.now()
  let steady = last
  return () => {
    const now = clock.now()
    steady += Math.max(0, now - last)
    last = now
    return steady
  }
}
