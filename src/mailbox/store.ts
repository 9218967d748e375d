import { type CaughtMessage, type MailboxQuery, type MailboxView } from '../model/mailbox.ts'
import { noShelf, type Shelf } from './shelf.ts'
import { createWaiters, type Wanted } from './waiters.ts'

/** Bounds of what is kept; the oldest messages go first. */
export interface StoreLimits {
  readonly maxMessages: number
  readonly maxBytes: number
}

/** The messages in memory. */
export interface MessageStore extends MailboxView {
  /** Keeps it under an id of its own, and wakes whoever waits for it. */
  add(message: Omit<CaughtMessage, 'id'>): CaughtMessage
  /** The oldest message, kept or yet to come, that is wanted. Rejects with the signal's reason. */
  waitFor(wanted: Wanted, signal: AbortSignal): Promise<CaughtMessage>
}

/** A store that begins with what is on the shelf. */
export function createStore(limits: StoreLimits, shelf: Shelf = noShelf): MessageStore {
  const messages = new Map<string, CaughtMessage>()
  const waiters = createWaiters()
  let bytes = 0
  let lastPlace = 0
  for (const message of shelf.load()) keep(message)
  forgetOldest()

  function keep(message: CaughtMessage): void {
    messages.set(message.id, message)
    bytes += sizeOf(message)
    lastPlace = Number(message.id.slice(1))
  }

  function forget(message: CaughtMessage): void {
    messages.delete(message.id)
    bytes -= sizeOf(message)
    shelf.remove(message.id)
  }

  function forgetOldest(): void {
    for (const message of messages.values()) {
      if (messages.size <= limits.maxMessages && bytes <= limits.maxBytes) return
      forget(message)
    }
  }

  return {
    add(message) {
      const kept: CaughtMessage = Object.freeze({ ...message, id: `m${lastPlace + 1}` })
      shelf.save(kept)
      keep(kept)
      forgetOldest()
      waiters.wake(kept)
      return kept
    },

    list: (query = {}) =>
      [...messages.values()]
        .reverse()
        .filter((message) => isListed(message, query))
        .slice(0, query.limit),

    get: (id) => messages.get(id),

    clear() {
      for (const message of [...messages.values()]) forget(message)
    },

    async waitFor(wanted, signal) {
      signal.throwIfAborted()
      return [...messages.values()].find(wanted) ?? waiters.wait(wanted, signal)
    },
  }
}

function isListed(message: CaughtMessage, { channel, to }: MailboxQuery): boolean {
  if (channel !== undefined && message.channel !== channel) return false
  const part = to?.toLowerCase()
  return part === undefined || message.to.some((address) => address.toLowerCase().includes(part))
}

function sizeOf({ text, html, raw }: CaughtMessage): number {
  return text.length + html.length + raw.length
}
