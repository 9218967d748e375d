import { type Logger, type Metrics } from '../model/ports.ts'
import { type Attempt } from './attempt.ts'
import { type Claim, type Settlement } from './outbox.ts'

/** Counts an attempt that was made, or put off; one that was neither is not counted. */
export function measureAttempt(
  metrics: Metrics,
  { attempt, claim, tookMs }: { readonly attempt: Attempt; readonly claim: Claim; readonly tookMs: number },
): void {
  const { channel } = claim
  if (attempt.outcome === 'cancelled' || attempt.outcome === 'stopped') return
  if (attempt.outcome === 'deferred') {
    metrics.count('deliveries_deferred_total', { channel, cause: attempt.cause })
    return
  }
  const reason = attempt.outcome === 'sent' ? '' : attempt.reason
  metrics.count('deliveries_total', { channel, outcome: attempt.outcome, reason })
  metrics.observe('delivery_duration_seconds', tookMs / 1_000, { channel })
}

/** Logs what became of a notification, the louder the worse. */
export function reportSettlement(
  logger: Logger,
  { notification, channel, attempt }: Claim,
  settlement: Settlement,
): void {
  const { state, detail } = settlement
  const fields = { notification: notification.id, receiver: notification.receiver, channel, attempt, detail }
  if (state === 'sent') logger.debug(fields, 'notification sent')
  else if (state === 'deferred') logger.debug(fields, 'notification waits for its turn')
  else if (state === 'cancelled') logger.info(fields, 'notification cancelled')
  else if (state === 'retry') logger.warn({ ...fields, reason: settlement.reason }, 'notification to be tried again')
  else logger.warn({ ...fields, reason: settlement.reason }, 'notification given up: now a dead letter')
}
