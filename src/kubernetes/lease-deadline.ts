import { type Clock } from '../model/ports.ts'
import { ApiError } from './cluster.ts'

/**
 * Gives `work` so many milliseconds, then throws ApiError whether or not the work has heeded its signal. What the work comes to
 * later is not looked at.
 */
export async function within<Result>(
  ms: number,
  work: (signal: AbortSignal) => Promise<Result>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Result> {
  const stop = new AbortController()
  const timer = new AbortController()
  const late = new ApiError(`no answer within ${Math.round(ms)} ms`, { status: 0 })
  const timeUp = clock.sleep(ms, AbortSignal.any([signal, timer.signal])).then(() => {
    throw signal.aborted ? (signal.reason as Error) : late
  })
  try {
    return await Promise.race([work(AbortSignal.any([signal, stop.signal])), timeUp])
  } finally {
    timer.abort()
    stop.abort(late)
  }
}
