import { type Clock } from '../model/ports.ts'
import { createSteadyTime } from './throttle/steady-time.ts'

/** Less is drift, or a correction that makes no difference to ages of hours. */
const leastJumpMs = 60_000
/** A clock that is set more often tells no ages at all. */
const maxJumps = 32

interface Jump {
  /** The clock's time right before it was set forward. */
  readonly at: number
  readonly by: number
}

/**
 * How long ago something happened that was noted by the clock, milliseconds. A clock that is set forward while this process runs
 * makes nothing older; one that is set back makes nothing older than it is. It must be asked now and then to see that.
 */
export function createAges(clock: Pick<Clock, 'now' | 'steady'>): (then: number) => number {
  const time = createSteadyTime(clock)
  let jumps: readonly Jump[] = []
  let last = { wall: clock.now(), steady: time() }

  function look(): number {
    const now = { wall: clock.now(), steady: time() }
    const expected = last.wall + (now.steady - last.steady)
    const by = now.wall - expected
    if (by >= leastJumpMs) jumps = [...jumps, { at: expected, by }].slice(-maxJumps)
    if (by <= -leastJumpMs) jumps = takeBack(jumps, -by)
    last = now
    return now.wall
  }

  return (then) => {
    const now = look()
    const jumped = jumps.reduce((sum, { at, by }) => (then <= at ? sum + by : sum), 0)
    return Math.max(0, now - then - jumped)
  }
}

/** A clock that is set back after it was set forward is right again. */
function takeBack(jumps: readonly Jump[], by: number): readonly Jump[] {
  const last = jumps.at(-1)
  if (last === undefined || by < leastJumpMs) return jumps
  const rest = jumps.slice(0, -1)
  return by >= last.by ? takeBack(rest, by - last.by) : [...rest, { ...last, by: last.by - by }]
}
