import { type Outbox } from './outbox.ts'

/**
 * When a process before this one may have sent for the last time: an attempt that it was killed in left no history, but its
 * notification in the outbox. Undefined when it never sent.
 */
export function lastSendBefore(outbox: Pick<Outbox, 'counts' | 'history'>, now: number): number | undefined {
  return outbox.counts().pending > 0 ? now : outbox.history({ limit: 1 })[0]?.at
}
