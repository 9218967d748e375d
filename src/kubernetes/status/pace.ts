/** Lets a burst through, and from then on so many a second. */
export interface Pace {
  /** Takes one turn; false when there is none now. */
  take(now: number): boolean
  /** When there is a turn again, milliseconds since the epoch. */
  nextAt(now: number): number
}

/** A full bucket of `burst` turns that fills up by `perSecond`. */
export function createPace({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }): Pace {
  let turns = burst
  let filledAt: number | undefined

  function fill(now: number): void {
    const elapsedMs = Math.max(0, now - (filledAt ?? now))
    turns = Math.min(burst, turns + (elapsedMs * perSecond) / 1_000)
    filledAt = now
  }

  return {
    take(now) {
      fill(now)
      if (turns < 1) return false
      turns -= 1
      return true
    },
    nextAt(now) {
      fill(now)
      return turns >= 1 ? now : now + Math.ceil(((1 - turns) * 1_000) / perSecond)
    },
  }
}
