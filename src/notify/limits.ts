const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const mebibyte = 1_024 * 1_024

/** What the outbox may hold, and for how long. */
export interface OutboxLimits {
  readonly maxPending: number
  readonly maxPerReceiver: number
  readonly maxPerTenantShare: number
  readonly maxBytes: number
  readonly maxPayloadBytes: number
  readonly maxPostBytes: number
  readonly maxClaimedBytes: number
  readonly maxBatch: number
  readonly windowMs: number
  readonly reminderWindowMs: number
  readonly historyMaxAgeMs: number
  readonly historyMaxRows: number
  readonly deadLetterMaxAgeMs: number
  readonly maxDeadLetters: number
  readonly quickCheckMaxBytes: number
}

/** The outbox's defaults, each with its reason. */
export const outboxLimits: OutboxLimits = {
  /** Ten thousand receivers that each missed ten groups; beyond, a 503 makes Alertmanager keep the rest. */
  maxPending: 100_000,
  /** One receiver that cannot be reached must not fill the outbox for all: its oldest waiting ones become dead letters. */
  maxPerReceiver: 10_000,
  /**
   * The same for all receivers of one tenant, as a share of `maxPending`: three tenants whose endpoints are all dead still leave
   * room for the others. Refusing the post instead would make Alertmanager repeat it to the receivers of everybody.
   */
  maxPerTenantShare: 0.25,
  /** Fits the smallest volumes people give a pod, and holds `maxPending` groups of about 20 kB. */
  maxBytes: 2_048 * mebibyte,
  /** What posts themselves may take of it; the rest is for what is kept beside them. */
  maxPayloadBytes: 1_536 * mebibyte,
  /** One post: the largest body that the door takes, as it is stored. */
  maxPostBytes: 32 * mebibyte,
  /** Groups that are in memory for attempts under way, as they are stored; in memory they take three times as much. */
  maxClaimedBytes: 64 * mebibyte,
  /** Operations that share one fsync: beyond this the fsync's share of each is already negligible, but the wait grows. */
  maxBatch: 512,
  /**
   * Covers Alertmanager's back-off (up to a minute, plus half of it as jitter) and HA peers, which follow one another at
   * 15 s steps; must stay below every repeat_interval (default 4 h).
   * https://github.com/prometheus/alertmanager/blob/main/notify/notify.go
   */
  windowMs: 2 * minuteMs,
  /**
   * A reminder is wanted again after every repeat_interval, whose sane minimum is a minute; within this window the same
   * reminder can only be a retry whose 200 was lost (the first retries follow within seconds) or a second HA peer (15 s
   * steps, so up to four peers).
   */
  reminderWindowMs: 50 * secondMs,
  /** A week lets people look into what happened on the weekend. */
  historyMaxAgeMs: 7 * dayMs,
  /** About 60 MB. */
  historyMaxRows: 200_000,
  /** Long enough to come back from a holiday and replay. */
  deadLetterMaxAgeMs: 30 * dayMs,
  /** More than a person will read; the oldest go first. */
  maxDeadLetters: 10_000,
  /** `PRAGMA quick_check` reads the whole file: for a file of this size a fraction of a second at start. */
  quickCheckMaxBytes: 64 * mebibyte,
}

/** How hard the dispatcher tries. */
export interface DispatchLimits {
  readonly concurrency: number
  readonly maxAgeMs: number
  readonly leaseMs: number
  readonly maxPartMs: number
  readonly maxAttemptMs: number
  readonly settleRetryMs: number
  readonly maxSettleRetryMs: number
  readonly maxUnstored: number
  readonly maxWaitMs: number
  readonly gaugesEveryMs: number
  readonly pruneEveryMs: number
}

/** The dispatcher's defaults, each with its reason. */
export const dispatchLimits: DispatchLimits = {
  /** Attempts at one time: sockets and memory stay bounded, and 64 hanging receivers at most wait for one deadline. */
  concurrency: 64,
  /** After a day an alert's message tells people nothing that its successor does not. */
  maxAgeMs: dayMs,
  /**
   * Longer than the longest attempt (see threaded-planner.ts: two and a half minutes; then `maxAttemptMs`, `maxPartMs`), so that no
   * lease runs out under a living attempt.
   */
  leaseMs: 8 * minuteMs,
  /** Upper bound of one part's deadline, whatever `notificationTimeout` says. */
  maxPartMs: 2 * minuteMs,
  /** An attempt that has gone on this long starts no further part: the rest is the next attempt's, so that lanes take turns. */
  maxAttemptMs: 2 * minuteMs,
  /** Pause before an outcome that could not be stored is tried again. */
  settleRetryMs: secondMs,
  /** The pause doubles up to this, so that a full disk is noticed to have room again within half a minute. */
  maxSettleRetryMs: 30 * secondMs,
  /** Outcomes in memory while the disk is full, each about a kilobyte and its group; if the process dies, as many are told twice. */
  maxUnstored: 1_000,
  /** The dispatcher looks again at least this often, so that a clock that was set back or a suspended machine costs no more. */
  maxWaitMs: minuteMs,
  /** Below Prometheus' usual scrape interval of 15 to 60 s. */
  gaugesEveryMs: 10 * secondMs,
  /** Keeps what is forgotten at one time small. */
  pruneEveryMs: 30 * secondMs,
}

/** Waiting times between attempts; see backoff.ts. */
export const backoffLimits = {
  /** A restart of the far side is over in seconds. */
  baseMs: secondMs,
  factor: 2,
  /** An outage that ends is noticed within minutes, and one of hours costs a few hundred attempts. */
  capMs: 5 * minuteMs,
} as const
