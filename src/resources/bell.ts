import { type Clock } from '../model/ports.ts'

/** Folds many rings into few answers. */
export interface Bell {
  ring(): void
  /** Resolves when it rings, or rang since it was last answered, or after `ms`. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Answers the bell: resolves when it has been quiet for `quietMs`, at the latest after `maxMs`. */
  answer(signal: AbortSignal): Promise<void>
}

export function createBell(clock: Clock, fold: { readonly quietMs: number; readonly maxMs: number }): Bell {
  let rings = 0
  let answered = 0
  let wake: () => void = () => undefined

  return {
    ring() {
      rings += 1
      wake()
    },
    async wait(ms, signal) {
      if (rings > answered) return
      const woken = new AbortController()
      wake = () => woken.abort()
      await clock.sleep(ms, AbortSignal.any([signal, woken.signal]))
    },
    async answer(signal) {
      const since = clock.now()
      while (rings > answered && !signal.aborted) {
        answered = rings
        await clock.sleep(fold.quietMs, signal)
        if (clock.now() - since >= fold.maxMs) answered = rings
      }
    },
  }
}
