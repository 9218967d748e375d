import { type Clock } from '../model/ports.ts'

/** How work under a deadline ended. */
export type Timed<Result> =
  | { readonly ended: 'done'; readonly result: Result }
  | { readonly ended: 'threw'; readonly error: unknown }
  | { readonly ended: 'deadline' }
  | { readonly ended: 'stopped' }

export interface DeadlineOptions {
  readonly clock: Clock
  readonly ms: number
  /** How much of the time so far does not count, milliseconds. */
  readonly notCounted?: () => number
  /** Ends the work from outside. */
  readonly stop: AbortSignal
}

/**
 * Runs `work` for at most `ms`, and as long as it waits for what does not count. Its signal aborts at the deadline or when `stop` does; work that ignores the signal is left
 * behind, and whatever it comes to later is not looked at.
 */
export async function withDeadline<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { clock, ms, stop, notCounted = () => 0 }: DeadlineOptions,
): Promise<Timed<Result>> {
  if (stop.aborted) return { ended: 'stopped' }
  const attempt = new AbortController()
  const timer = new AbortController()
  const stopped = Promise.withResolvers<Timed<Result>>()
  const onStop = (): void => stopped.resolve({ ended: 'stopped' })
  stop.addEventListener('abort', onStop, { once: true })
  try {
    return await Promise.race([
      stopped.promise,
      pass({ clock, ms, notCounted }, timer.signal).then((): Timed<Result> => ({ ended: 'deadline' })),
      outcomeOf(work, attempt.signal),
    ])
  } finally {
    stop.removeEventListener('abort', onStop)
    timer.abort()
    attempt.abort()
  }
}

async function pass(
  { clock, ms, notCounted }: Required<Omit<DeadlineOptions, 'stop'>>,
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(ms, signal)
  let given = 0
  for (let moreMs = notCounted(); moreMs > 0 && !signal.aborted; moreMs = notCounted() - given) {
    given += moreMs
    await clock.sleep(moreMs, signal)
  }
}

async function outcomeOf<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Timed<Result>> {
  try {
    return { ended: 'done', result: await work(signal) }
  } catch (error) {
    return { ended: 'threw', error }
  }
}
