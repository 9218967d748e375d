import { type Alert, type AlertGroup } from '../model/alert.ts'
import { type DeliveryReason, type Refusal } from '../model/delivery.ts'
import { type Notification } from '../model/notification.ts'
import { type ResourceKey } from '../model/object.ts'

/** One notification to be stored: which of the group's alerts go to which receiver. */
export interface NewNotification {
  readonly id: string
  readonly receiver: ResourceKey
  readonly channel: string
  readonly tenant: string
  /** Names the group towards this receiver (see identity.ts): what duplicates of its alerts are recognised by. */
  readonly scope: string
  /** Places in `group.alerts`, ascending. */
  readonly alerts: readonly number[]
}

/** One accepted post. */
export interface Post {
  readonly group: AlertGroup
  readonly acceptedAt: number
  /** The sender says that it repeats on purpose (`repeat interval elapsed`). */
  readonly reminder: boolean
  readonly notifications: readonly NewNotification[]
}

/** What became of a post. */
export interface PutResult {
  /** Ids of stored notifications. */
  readonly stored: readonly string[]
  /** Ids of notifications all of whose alerts are in a state that was accepted a moment ago. */
  readonly duplicates: readonly string[]
}

/** A part that the far side refused for good while others of its notification went on. */
export interface Failure extends Refusal {
  /** What the part would have settled (see Part.marks): later attempts leave it out, a replay tries it again. */
  readonly marks: readonly string[]
}

/** A notification claimed for one attempt. */
export interface Claim {
  readonly notification: Notification
  readonly channel: string
  readonly tenant: string
  /** From when its age counts, milliseconds since the epoch: when it was accepted, or replayed. */
  readonly queuedAt: number
  /** 1 for the first attempt. */
  readonly attempt: number
  /** What earlier attempts settled (see Part.marks). */
  readonly done: readonly string[]
  /** Parts that earlier attempts gave up. */
  readonly failed: readonly Failure[]
  /** Proves that the claim is still held; `settle` with another lease is ignored. */
  readonly lease: string
}

/** A notification stays in the outbox. */
export interface Postponement {
  /** When it is due again. */
  readonly at: number
  readonly reason: DeliveryReason
  readonly detail: string
  /** All marks that have arrived, those of earlier attempts included. */
  readonly done: readonly string[]
  /** All parts given up so far; none when absent. */
  readonly failed?: readonly Failure[]
  readonly refusals: readonly Refusal[]
}

/** How a claim ended. */
export type Settlement =
  | { readonly state: 'sent'; readonly detail: string; readonly refusals: readonly Refusal[] }
  | ({ readonly state: 'retry' } & Postponement)
  /** Its turn with the far side comes later. That counts as no attempt, and history tells it once at most. */
  | ({ readonly state: 'deferred' } & Postponement)
  | {
      readonly state: 'dead'
      readonly reason: DeliveryReason
      readonly detail: string
      readonly done: readonly string[]
      readonly refusals: readonly Refusal[]
    }
  | { readonly state: 'cancelled'; readonly detail: string }

/** One line of history: an attempt, or an end without one. Never holds a credential. */
export interface HistoryRecord {
  readonly at: number
  readonly notification: string
  readonly receiver: ResourceKey
  readonly channel: string
  readonly tenant: string
  readonly groupKey: string
  readonly alerts: number
  readonly attempt: number
  readonly outcome: Settlement['state'] | 'discarded'
  readonly reason?: DeliveryReason
  readonly detail: string
  readonly tookMs: number
}

/** A notification that waits, for people. */
export interface PendingRecord {
  readonly notification: string
  readonly receiver: ResourceKey
  readonly channel: string
  readonly tenant: string
  readonly acceptedAt: number
  readonly attempts: number
  readonly nextAttemptAt: number
  readonly reason?: DeliveryReason
  readonly detail: string
}

/** A notification that was given up; kept so that a person can see and replay it. */
export interface DeadLetter extends PendingRecord {
  readonly diedAt: number
  readonly groupKey: string
  /** How many alerts it is about. */
  readonly alertCount: number
}

/** A dead letter with what it was to tell. */
export interface OpenedDeadLetter extends DeadLetter {
  readonly alerts: readonly Alert[]
}

/** Which dead letters: those that have all of this. Without anything, all of them. */
export interface DeadLetterFilter {
  readonly notification?: string
  readonly receiver?: ResourceKey
  readonly tenant?: string
  readonly channel?: string
  readonly reason?: DeliveryReason
}

/** How much there is. */
export interface OutboxCounts {
  readonly pending: number
  readonly leased: number
  readonly dead: number
  readonly bytes: number
  /** What posts take of it. */
  readonly payloadBytes: number
  /** Milliseconds since the epoch, or undefined when nothing waits. */
  readonly oldestAcceptedAt: number | undefined
}

/** That the outbox was found corrupt when it was opened. */
export interface Recovery {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Where the corrupt file is kept. */
  readonly movedTo: string
  readonly reason: string
  /** Waiting notifications, and dead letters, that could still be read and are in the new one. */
  readonly notifications: number
  readonly deadLetters: number
}

/** How the outbox is. */
export interface OutboxCondition {
  readonly recovered?: Recovery
  /** Why nothing can be written until the process is started again. */
  readonly broken?: string
}

/**
 * What was accepted and not yet told. A lane is one receiver: at most one of its notifications is claimed at a time, oldest
 * first, and a notification that must be retried holds its lane, so that a resolved never overtakes its firing.
 */
export interface Outbox {
  /**
   * All or nothing, and durable when it resolves. Throws OutboxFullError or GroupTooLargeError (nothing stored), or the signal's
   * reason when it aborts before the post is on its way to the disk.
   */
  put(post: Post, signal?: AbortSignal): Promise<PutResult>
  /**
   * Heads of lanes that are due at `now`, at most `limit`, leased until `now + leaseMs`. Tenants are served in turns, and so are the
   * receivers of one; a tenant gets no more than its share of the places (see shares.ts). Fewer when groups are so large that more
   * would not fit into memory.
   */
  claim(request: { readonly now: number; readonly limit: number; readonly leaseMs: number }): Promise<readonly Claim[]>
  /** Ends a claim and writes its history, durable when it resolves. False when the lease was lost meanwhile. */
  settle(claim: Claim, settlement: Settlement, at: { readonly now: number; readonly tookMs: number }): Promise<boolean>
  /** When `claim` next has something to give: a head falls due or a lease runs out. Undefined when there is nothing at all. */
  nextDue(): number | undefined
  /**
   * Makes every waiting head of these receivers (all, when absent) due now: their ruleset or secret changed. With `reasons`
   * only those whose last attempt ended with one of them.
   */
  wake(now: number, receivers?: readonly ResourceKey[], reasons?: readonly DeliveryReason[]): Promise<void>
  counts(): OutboxCounts
  pending(query: { readonly limit: number; readonly receiver?: ResourceKey }): readonly PendingRecord[]
  history(query: {
    readonly limit: number
    readonly receiver?: ResourceKey
    readonly notification?: string
  }): readonly HistoryRecord[]
  /** The youngest that match, youngest first; with `oldestFirst` those that `replayAll` and `discard` would take, in their order. */
  deadLetters(
    query: DeadLetterFilter & { readonly limit: number; readonly oldestFirst?: boolean },
  ): readonly DeadLetter[]
  /** One dead letter with its first alerts, at most `maxAlerts`; undefined when there is none of that id. */
  deadLetter(notification: string, maxAlerts: number): Promise<OpenedDeadLetter | undefined>
  /** Back into the outbox, due now, as the youngest of its lane and with a new age. False when there is no such dead letter. */
  replay(notification: string, now: number): Promise<boolean>
  /** The same for the oldest that match, at most `limit`; gives back how many. Throws OutboxFullError (none replayed). */
  replayAll(filter: DeadLetterFilter, limit: number, now: number): Promise<number>
  /** Deletes the oldest dead letters that match, at most `limit`, with a line of history each; gives back how many. */
  discard(filter: DeadLetterFilter, limit: number, now: number): Promise<number>
  /** Forgets history, dead letters and states that are older than their retention. */
  prune(now: number): Promise<void>
  condition(): OutboxCondition
  close(): Promise<void>
}
