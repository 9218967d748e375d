/** How hard the writer of statuses may press the API server. */
export interface StatusLimits {
  /** Writes under way at a time. */
  readonly concurrency: number
  /** Writes a second, once the burst is used up. */
  readonly perSecond: number
  readonly burst: number
  /** Changes are looked at when none came for this long, and when they came for five times that, milliseconds. */
  readonly foldMs: number
  /** Objects looked at before other work gets its turn. */
  readonly slice: number
  /** Between two looks at everything this many times as long as one takes, so that they never fill the process. */
  readonly restFactor: number
  /** Everything is looked at after this at the latest, in case that a bell was not heard, milliseconds. */
  readonly resyncMs: number
  /** Whether this process leads is asked at least this often, milliseconds. */
  readonly maxRestMs: number
}

/** A first pass over 10,000 objects takes three minutes, in which the API server feels little. */
export const defaultStatusLimits: StatusLimits = {
  concurrency: 8,
  perSecond: 50,
  burst: 200,
  foldMs: 20,
  slice: 100,
  restFactor: 4,
  resyncMs: 300_000,
  maxRestMs: 1_000,
}
