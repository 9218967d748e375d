import { type CaughtMessage } from '../model/mailbox.ts'

/** Whether a message is the wanted one. */
export type Wanted = (message: CaughtMessage) => boolean

/** Who waits for messages that have yet to come. */
export interface Waiters {
  /** The next message that is wanted. Rejects with the signal's reason. */
  wait(wanted: Wanted, signal: AbortSignal): Promise<CaughtMessage>
  /** Tells everybody who wanted this one. */
  wake(message: CaughtMessage): void
}

/** Nobody, to begin with. */
export function createWaiters(): Waiters {
  const waiting = new Set<{ readonly wanted: Wanted; readonly resolve: (message: CaughtMessage) => void }>()

  return {
    wake(message) {
      for (const { wanted, resolve } of waiting) if (wanted(message)) resolve(message)
    },

    async wait(wanted, signal) {
      signal.throwIfAborted()
      const { promise, resolve, reject } = Promise.withResolvers<CaughtMessage>()
      const waiter = { wanted, resolve }
      const stop = (): void => reject(signal.reason as Error)
      waiting.add(waiter)
      signal.addEventListener('abort', stop, { once: true })
      try {
        return await promise
      } finally {
        waiting.delete(waiter)
        signal.removeEventListener('abort', stop)
      }
    },
  }
}
