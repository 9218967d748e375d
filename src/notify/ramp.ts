/** How many attempts a process that has just started makes at one time. */
export interface Ramp {
  /** At most so many now. */
  places(now: number): number
  /** When there will be more, milliseconds from now; undefined when there are all. */
  nextMs(now: number): number | undefined
}

export interface RampOptions {
  readonly concurrency: number
  /** Notifications that waited when the process started. */
  readonly backlog: number
  /** When it started, steady milliseconds. */
  readonly startedAt: number
}

/** What an ordinary restart leaves. */
const smallBacklog = 1_000
/** Long enough for far sides that came back together with us to warm up, short beside any outage that leaves a backlog. */
const rampMs = 10_000
const firstShare = 1 / 8
const stepMs = 250

/** A large backlog is not thrown at the far sides at once: an eighth of the places at first, all of them after ten seconds. */
export function createRamp({ concurrency, backlog, startedAt }: RampOptions): Ramp {
  const isOver = (now: number): boolean => backlog < smallBacklog || now - startedAt >= rampMs
  return {
    places(now) {
      if (isOver(now)) return concurrency
      const share = Math.max(firstShare, Math.max(0, now - startedAt) / rampMs)
      return Math.max(1, Math.floor(concurrency * share))
    },
    nextMs: (now) => (isOver(now) ? undefined : stepMs),
  }
}
