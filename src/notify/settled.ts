import { type DeliveryReason } from '../model/delivery.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Logger } from '../model/ports.ts'
import { type Claim, type Settlement } from './outbox.ts'

/** How an attempt to tell a receiver ended, for those who look on. Never holds a credential. */
export interface SettledDelivery {
  readonly receiver: ResourceKey
  readonly channel: string
  readonly tenant: string
  readonly outcome: 'sent' | 'retry' | 'dead' | 'cancelled'
  readonly reason?: DeliveryReason
  readonly detail: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Id of the notification. */
  readonly notification: string
}

/** Told of every settlement after it was stored, in the order of storing. It must return at once. */
export type OnSettled = (record: SettledDelivery) => void

/** Tells the onlooker, whose mistakes are not the dispatcher's. What only waits for its turn has not been tried, and is not told. */
export function tellSettled(
  onSettled: OnSettled | undefined,
  { claim, settlement, at }: { readonly claim: Claim; readonly settlement: Settlement; readonly at: number },
  logger: Logger,
): void {
  if (onSettled === undefined || settlement.state === 'deferred') return
  const { notification, channel, tenant } = claim
  const { state, detail } = settlement
  const reason = state === 'retry' || state === 'dead' ? { reason: settlement.reason } : {}
  const { id, receiver } = notification
  try {
    onSettled({ receiver, channel, tenant, outcome: state, ...reason, detail, at, notification: id })
  } catch (error) {
    logger.error({ err: error, notification: id }, 'a settled delivery was not fully announced')
  }
}
