import { setImmediate as turn } from 'node:timers/promises'
import { type Clock } from '../../src/model/ports.ts'

/** A Clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Moves time by `ms`. Sleepers that fall due are woken in order of their time, each seeing the time it asked for, and what
   * they set going is settled before the next one wakes.
   */
  advance(ms: number): Promise<void>
  /** Sets the machine's time by so many milliseconds, forward or back: nobody has slept any longer. */
  jump(ms: number): void
  /** When the sleepers wake, ascending: what a test reads to learn that something waits, and for how long. */
  readonly wakeTimes: readonly number[]
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/**
 * Lets everything that needs no time run: promises, and `turns` turns of the event loop, which covers chains of setImmediate.
 * Not for sockets or child processes: those answer when they answer; await the thing itself.
 */
export async function settle(turns = 12): Promise<void> {
  for (let count = 0; count < turns; count += 1) await turn()
}

/** A clock that starts at `startMs` (milliseconds since the epoch). */
export function createFakeClock(startMs: number = Date.UTC(2026, 0, 1)): FakeClock {
  let steady = startMs
  let set = 0
  let sleepers: readonly Sleeper[] = []

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve()
    if (ms <= 0) return turn()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const sleeper: Sleeper = { at: steady + ms, wake: finish }
    function finish(): void {
      sleepers = sleepers.filter((other) => other !== sleeper)
      signal?.removeEventListener('abort', finish)
      resolve(undefined)
    }
    sleepers = [...sleepers, sleeper]
    signal?.addEventListener('abort', finish, { once: true })
    return promise
  }

  function nextDue(until: number): Sleeper | undefined {
    return sleepers.filter(({ at }) => at <= until).reduce<Sleeper | undefined>(earlier, undefined)
  }

  async function advance(ms: number): Promise<void> {
    const until = steady + ms
    await settle()
    for (let due = nextDue(until); due !== undefined; due = nextDue(until)) {
      steady = Math.max(steady, due.at)
      due.wake()
      await settle()
    }
    steady = until
    await settle()
  }

  return {
    now: () => steady + set,
    steady: () => steady,
    sleep,
    advance,
    jump: (ms) => void (set += ms),
    get wakeTimes() {
      return sleepers.map(({ at }) => at + set).sort((a, b) => a - b)
    },
  }
}

function earlier(best: Sleeper | undefined, sleeper: Sleeper): Sleeper {
  return best !== undefined && best.at <= sleeper.at ? best : sleeper
}
