const secondMs = 1_000
const minuteMs = 60 * secondMs

/** How long calls wait for one another, and for a far side that is down. */
export interface ThrottleLimits {
  readonly failuresToOpen: number
  readonly probeBaseMs: number
  readonly probeCapMs: number
  readonly probeShare: number
  readonly forgetOutageMs: number
  readonly probeCallMs: number
  readonly callMs: number
  readonly leewayMs: number
  readonly parkMs: number
  readonly defaultWaitMs: number
  readonly maxWaitMs: number
  readonly maxInline: number
  readonly maxInlinePerDestination: number
  readonly maxCallsPerDestination: number
  readonly maxDestinations: number
  readonly crowdedMs: number
  readonly assumeUsedMs: number
  readonly maxRestMs: number
}

/** The throttle's defaults, each with its reason. */
export const throttleLimits: ThrottleLimits = {
  /** Fewer may be bad luck; more are requests thrown at a far side that is down. */
  failuresToOpen: 5,
  /** A restart of the far side is over in seconds, */
  probeBaseMs: 5 * secondMs,
  /** and the end of a long outage is noticed within two minutes, at the cost of 720 calls a day. */
  probeCapMs: 2 * minuteMs,
  /** How much of the pause before a probe is left to chance, so that several of us do not probe together. */
  probeShare: 0.25,
  /** An outage is forgotten when nobody has waited for its end for so long: its receivers are gone. */
  forgetOutageMs: 10 * minuteMs,
  /** Who is called to probe and does not come loses the call to the next. */
  probeCallMs: 5 * secondMs,
  /** How long a place is kept for a notification that was called: attempts may all be busy with far sides that hang. */
  callMs: minuteMs,
  /** How much later than foreseen a notification comes back by itself; before that it is called. */
  leewayMs: 5 * secondMs,
  /** The same for those who wait for an outage to end, whose next probe may fail. */
  parkMs: 2 * minuteMs,
  /** Spares the outbox two writes for a turn that is near. */
  defaultWaitMs: secondMs,
  /** Whatever a destination says: an attempt that waits takes a place that others could use. */
  maxWaitMs: 15 * secondMs,
  /** Attempts that wait within themselves, of all; beyond, they wait in the outbox. */
  maxInline: 16,
  /** The same for one destination. */
  maxInlinePerDestination: 4,
  /** Calls under way to one destination, so that a server which hangs and which many share does not hold up all attempts. */
  maxCallsPerDestination: 48,
  /** About a kilobyte each. */
  maxDestinations: 50_000,
  /** How long a notification waits when all places for destinations are taken. */
  crowdedMs: 10 * secondMs,
  /** Windows up to this length are taken for used up when the process starts; see Throttle. */
  assumeUsedMs: 5 * minuteMs,
  /** The throttle looks again at least this often, so that a clock that was set costs no more. */
  maxRestMs: minuteMs,
}
