import { type Clock } from '../../model/ports.ts'

/**
 * Milliseconds that only run forward: a clock that is set back stands still for the throttle rather than keep a destination closed
 * for as long as it was set back.
 */
export function createSteadyTime(clock: Pick<Clock, 'now'>): () => number {
  let last = clock.now()
  let steady = last
  return () => {
    const now = clock.now()
    steady += Math.max(0, now - last)
    last = now
    return steady
  }
}
