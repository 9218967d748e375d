import { type ApiError } from './cluster.ts'
import { type Backoff } from './backoff.ts'
import { isExpired, isNotServed, silent } from './requests-error.ts'

/** How one turn of list and watch ended. */
export interface TurnOutcome {
  /** Absent when the server ended the watch in its own time. */
  readonly error?: ApiError
  /** How long the watch was open, milliseconds; 0 when there was none. */
  readonly watchedMs: number
  /** Whether the watch told of any object. */
  readonly told: boolean
}

/** Why a watch was begun anew: a value of the `reason` label. */
export type RestartReason =
  | 'ended'
  | 'expired'
  | 'forbidden'
  | 'not_served'
  | 'refused'
  | 'server_error'
  | 'silent'
  | 'throttled'
  | 'unauthorized'
  | 'unreachable'

const reasons: ReadonlyMap<number, RestartReason> = new Map([
  [0, 'unreachable'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [410, 'expired'],
  [429, 'throttled'],
])

/** The word for an outcome. */
export function restartReason({ error }: TurnOutcome): RestartReason {
  if (error === undefined) return 'ended'
  if (isNotServed(error)) return 'not_served'
  if (error.reason === silent) return 'silent'
  return reasons.get(error.status) ?? (error.status >= 500 ? 'server_error' : 'refused')
}

/**
 * Whether the version at which the watch would go on is in doubt, so that everything is listed anew. An API server that is away
 * or busy, or that refuses us, says nothing about the version.
 */
export function needsList({ error }: TurnOutcome): boolean {
  return error !== undefined && (isExpired(error) || ![0, 401, 403, 429, 503].includes(error.status))
}

/** A watch that lived this long was a good one: the next may follow at once. */
export const steadyMs = 5_000
/** GitOps may be about to install the CRD, and the refusal costs the server nothing. */
const notServedCapMs = 5_000

/** How long to wait before the next turn, milliseconds. */
export function pauseAfter(outcome: TurnOutcome, backoff: Backoff): number {
  const { error, watchedMs, told } = outcome
  const steady = watchedMs >= steadyMs
  if (steady || told) backoff.reset()
  const pauseMs = steady ? 0 : backoff.next()
  const cappedMs = isNotServed(error) ? Math.min(pauseMs, notServedCapMs) : pauseMs
  return Math.max(cappedMs, error?.retryAfterMs ?? 0)
}
