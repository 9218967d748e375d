import { type Clock } from '../../model/ports.ts'
import { type Gate } from './gate.ts'
import { type Waiter } from './line.ts'
import { type ThrottleLimits } from './limits.ts'

/** How long an attempt has waited for its turns, milliseconds, and since when it waits now. */
export interface WaitedTime {
  ms: number
  since: number | undefined
}

/** Who waits, for how long at most. */
export interface InlineWait {
  readonly waiter: Waiter
  readonly asker: { readonly signal: AbortSignal; readonly waited: WaitedTime }
  readonly maxWaitMs: number | undefined
}

/** The waits of attempts for a turn that is near. Few at one time, or they would take all attempts there may be. */
export class InlineWaits {
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #time: () => number
  readonly #limits: ThrottleLimits
  #waiting = 0

  constructor(clock: Pick<Clock, 'sleep'>, time: () => number, limits: ThrottleLimits) {
    this.#clock = clock
    this.#time = time
    this.#limits = limits
  }

  /** Waits until the waiter is called; false, mostly at once, when that takes too long. */
  async wait(gate: Gate, { waiter, asker, maxWaitMs = this.#limits.defaultWaitMs }: InlineWait): Promise<boolean> {
    const mostMs = Math.min(maxWaitMs, this.#limits.maxWaitMs)
    const startedAt = this.#time()
    if (isCalled(waiter)) return true
    if (!this.#hasRoom(gate) || gate.turnAt(startedAt, waiter) - startedAt > mostMs) return false
    const call = Promise.withResolvers<undefined>()
    const timer = new AbortController()
    waiter.goOn = () => call.resolve(undefined)
    asker.waited.since = startedAt
    this.#count(gate, 1)
    const tooLong = this.#clock.sleep(mostMs, AbortSignal.any([asker.signal, timer.signal]))
    await Promise.race([call.promise, tooLong])
    timer.abort()
    this.#count(gate, -1)
    waiter.goOn = undefined
    asker.waited.ms += this.#time() - startedAt
    asker.waited.since = undefined
    return isCalled(waiter) && !asker.signal.aborted
  }

  #hasRoom({ outage, inline }: Gate): boolean {
    const { maxInline, maxInlinePerDestination } = this.#limits
    return outage === undefined && this.#waiting < maxInline && inline < maxInlinePerDestination
  }

  #count(gate: Gate, by: number): void {
    this.#waiting += by
    gate.inline += by
  }
}

/** The state changes while we wait, which the type checker cannot know. */
function isCalled(waiter: Waiter): boolean {
  return waiter.state === 'called'
}
