import { type Clock } from '../model/ports.ts'
import { withDeadline } from '../notify/deadline.ts'
import { DeadlineError } from './refusals.ts'

/**
 * Runs `work` for at most `ms`. Throws what it throws, and DeadlineError when it takes longer; its signal is aborted then, and
 * what it does after that is nobody's business any more.
 */
export async function withinDeadline<Result>(
  clock: Clock,
  ms: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const timed = await withDeadline(work, { clock, ms, stop: new AbortController().signal })
  if (timed.ended === 'done') return timed.result
  if (timed.ended === 'threw') throw timed.error
  throw new DeadlineError(`Not done within ${ms} ms, try again`)
}
