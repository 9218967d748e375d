/** Why a delivery did not succeed; Alertmanager's words where it has one. The label of metrics and the text of history. */
export type DeliveryReason =
  | 'clientError'
  | 'serverError'
  | 'authError'
  | 'rateLimited'
  | 'contextDeadlineExceeded'
  | 'connectionError'
  | 'addressRefused'
  | 'configNotFound'
  | 'secretNotFound'
  | 'channelUnavailable'
  | 'tooOld'
  | 'quotaExceeded'
  | 'other'

/** One target (an address, a user) that the remote side refused for good while others were served. */
export interface Refusal {
  readonly target: string
  readonly reason: DeliveryReason
  readonly detail: string
}

/** How one attempt ended. `detail` is for people and never holds a credential. */
export type Delivery =
  | { readonly outcome: 'sent'; readonly detail?: string; readonly refusals?: readonly Refusal[] }
  | {
      readonly outcome: 'retry'
      readonly reason: DeliveryReason
      readonly detail: string
      /** The remote side's own wish (Retry-After), in milliseconds from now. */
      readonly afterMs?: number
      /** Marks (see channels/channel.ts) that this attempt settled although others remain. */
      readonly done?: readonly string[]
      readonly refusals?: readonly Refusal[]
      /** Nobody was spoken to: no connection came to be, or no request could be written. */
      readonly unreached?: true
    }
  | {
      readonly outcome: 'failed'
      readonly reason: DeliveryReason
      readonly detail: string
      readonly refusals?: readonly Refusal[]
      readonly unreached?: true
    }
  | Deferred

/**
 * Nothing was sent: the far side's limits, or its outage, leave no room for a call now. That is no attempt; the notification waits
 * in the outbox for its turn.
 */
export interface Deferred {
  readonly outcome: 'deferred'
  readonly cause: 'throttle' | 'breaker'
  /** Why it waits: `rateLimited`, or what the far side suffers from. */
  readonly reason: DeliveryReason
  readonly detail: string
  /** When its turn has come at the latest, as far as can be told, milliseconds from now. */
  readonly afterMs: number
  /** Nobody was asked, so nobody refused. */
  readonly refusals?: never
}
