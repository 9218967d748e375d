import { type Deferred, type DeliveryReason, type Refusal } from '../model/delivery.ts'
import { type Random } from '../model/ports.ts'
import { nextAttemptAt } from './backoff.ts'
import { type Claim, type Failure, type Settlement } from './outbox.ts'

/** What has been settled of a notification, by this attempt and those before it. */
export interface Progress {
  /** Marks that have arrived. */
  readonly done: readonly string[]
  /** Parts that were refused for good. */
  readonly failed: readonly Failure[]
  /** Single targets that this attempt saw refused. */
  readonly refusals: readonly Refusal[]
}

/** How one attempt ended. */
export type Attempt =
  | ({ readonly outcome: 'sent'; readonly detail: string } & Progress)
  | ({
      readonly outcome: 'retry'
      readonly reason: DeliveryReason
      readonly detail: string
      readonly afterMs?: number
      /** Nothing is wrong, there is only more to do than fits one attempt. */
      readonly goesOn?: true
    } & Progress)
  | ({ readonly outcome: 'failed'; readonly reason: DeliveryReason; readonly detail: string } & Progress)
  /** Its turn with the far side has not come. */
  | (Omit<Deferred, 'refusals'> & Progress)
  /** There is nobody to tell any more. */
  | { readonly outcome: 'cancelled'; readonly detail: string }
  /** The process stops. */
  | ({ readonly outcome: 'stopped' } & Progress)

export interface SettlementInput {
  readonly claim: Claim
  readonly now: number
  /** How old it is, milliseconds. */
  readonly ageMs: number
  readonly maxAgeMs: number
  readonly random: Pick<Random, 'next'>
}

/** What an attempt means for its notification; undefined when it says nothing, so that the lease is simply given up. */
export function toSettlement(attempt: Attempt, input: SettlementInput): Settlement | undefined {
  switch (attempt.outcome) {
    case 'sent':
      return { state: 'sent', detail: attempt.detail, refusals: attempt.refusals }
    case 'cancelled':
      return { state: 'cancelled', detail: attempt.detail }
    case 'failed': {
      const { reason, detail, done, refusals } = attempt
      return { state: 'dead', reason, detail, done, refusals }
    }
    case 'stopped':
      return stopped(attempt, input)
    case 'retry':
      return again(attempt, input)
    case 'deferred':
      return later(attempt, input)
  }
}

/** What was claimed when the NotificationManager went: it waits for the next one, and that is no attempt. */
export function untried({ done, failed }: Claim, now: number): Settlement {
  const detail = 'no NotificationManager is in force'
  return { state: 'deferred', at: now, reason: 'configNotFound', detail, done, failed, refusals: [] }
}

function again(attempt: Extract<Attempt, { outcome: 'retry' }>, input: SettlementInput): Settlement {
  const { claim, now, ageMs, maxAgeMs, random } = input
  const { reason, detail, afterMs = 0, done, failed, refusals } = attempt
  const expiresAt = now + maxAgeMs - ageMs
  if (now >= expiresAt) return tooOld(attempt, maxAgeMs, `the last attempt ended with ${reason}: ${detail}`)
  const at = attempt.goesOn === true ? now : nextAttemptAt({ now, attempt: claim.attempt, afterMs, expiresAt }, random)
  return { state: 'retry', at, reason, detail, done, failed, refusals }
}

/** Whose turn comes within its age is not too old; who is still waiting for one at that age is. */
function later(attempt: Extract<Attempt, { outcome: 'deferred' }>, input: SettlementInput): Settlement {
  const { now, ageMs, maxAgeMs } = input
  const { reason, detail, afterMs, done, failed, refusals } = attempt
  const expiresAt = now + maxAgeMs - ageMs
  if (now >= expiresAt) return tooOld(attempt, maxAgeMs, `it had to wait (${reason}): ${detail}`)
  return { state: 'deferred', at: Math.min(now + afterMs, expiresAt), reason, detail, done, failed, refusals }
}

function tooOld({ done, refusals }: Progress, maxAgeMs: number, why: string): Settlement {
  const hours = Math.round(maxAgeMs / 3_600_000)
  return { state: 'dead', reason: 'tooOld', detail: `not delivered within ${hours} h; ${why}`, done, refusals }
}

/** Marks that this attempt added must be stored, or those targets would be told twice; else nothing has happened. */
function stopped(attempt: Progress, { claim, now }: SettlementInput): Settlement | undefined {
  const { done, failed, refusals } = attempt
  if (done.length === claim.done.length && failed.length === claim.failed.length) return undefined
  const detail = 'the process stopped with parts still to send'
  return { state: 'retry', at: now, reason: 'other', detail, done, failed, refusals }
}
