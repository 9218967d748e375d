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
    }
  | {
      readonly outcome: 'failed'
      readonly reason: DeliveryReason
      readonly detail: string
      readonly refusals?: readonly Refusal[]
    }
