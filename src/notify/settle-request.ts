import { type DeliveryReason, type Refusal } from '../model/delivery.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Claim, type Settlement } from './outbox.ts'

/** When a settlement happened and how long its attempt took. */
export interface SettledAt {
  readonly now: number
  readonly tookMs: number
}

/** A settlement as it is stored. Plain data, so that it can be handed to another thread. */
export interface SettleRequest extends SettledAt {
  readonly seq: number
  readonly receiver: ResourceKey
  readonly tenant: string
  readonly state: Settlement['state']
  readonly attempts: number
  readonly reason: DeliveryReason | null
  readonly detail: string
  /** When it is due again; null when the notification leaves the outbox. */
  readonly at: number | null
  /** JSON. */
  readonly done: string
  /** JSON. */
  readonly failed: string
}

export function settleRequest(seq: number, claim: Claim, settlement: Settlement, at: SettledAt): SettleRequest {
  const stays = settlement.state === 'retry' || settlement.state === 'deferred'
  return {
    seq,
    receiver: claim.notification.receiver,
    tenant: claim.tenant,
    state: settlement.state,
    attempts: attemptsAfter(claim, settlement),
    reason: 'reason' in settlement ? settlement.reason : null,
    detail: describe(settlement),
    at: stays ? Math.round(settlement.at) : null,
    done: JSON.stringify('done' in settlement ? settlement.done : []),
    failed: JSON.stringify(stays ? (settlement.failed ?? []) : []),
    now: at.now,
    tookMs: Math.round(at.tookMs),
  }
}

/** A notification that was cancelled or deferred was not attempted this time. */
function attemptsAfter({ attempt }: Claim, { state }: Settlement): number {
  return state === 'cancelled' || state === 'deferred' ? attempt - 1 : attempt
}

/** History is for people, who stop reading; and a remote side's answer must not fill the disk. */
const maxDetail = 2_000
const maxRefusals = 20

function describe(settlement: Settlement): string {
  const refusals = 'refusals' in settlement ? settlement.refusals : []
  const parts = [settlement.detail, ...refusals.slice(0, maxRefusals).map(describeRefusal)]
  if (refusals.length > maxRefusals) parts.push(`and ${refusals.length - maxRefusals} more refused`)
  const whole = parts.filter((part) => part !== '').join('; ')
  return whole.length > maxDetail ? `${whole.slice(0, maxDetail - 1)}…` : whole
}

function describeRefusal({ target, reason, detail }: Refusal): string {
  return `${target} refused (${reason}: ${detail})`
}
