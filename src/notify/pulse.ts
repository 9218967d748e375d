/** Lets one loop rest until somebody rings. */
export interface Pulse {
  /**
   * Resolves at the next ring. Taken before the loop looks for work, it hears a ring that comes while it looks: no wake-up is
   * lost between looking and resting.
   */
  next(): Promise<void>
  ring(): void
}

export function createPulse(): Pulse {
  let upcoming = Promise.withResolvers<undefined>()
  return {
    next: () => upcoming.promise,
    ring: () => {
      upcoming.resolve(undefined)
      upcoming = Promise.withResolvers()
    },
  }
}
