import { eventName, identityOf, type EventFact, type EventRecord } from './events-fact.ts'

/** How many events there may be. */
export interface EventLimits {
  /** For how long after it last happened the same fact is the same event, milliseconds. */
  readonly sameForMs: number
  /** Writes about one object at once, and after how long it may have one more, milliseconds. */
  readonly burst: number
  readonly refillMs: number
  /** Facts, and objects, that are remembered. */
  readonly maxRemembered: number
  /** Events that wait to be written. */
  readonly maxWaiting: number
}

/**
 * client-go's limits (https://github.com/kubernetes/client-go/blob/master/tools/record/events_cache.go): the same within ten
 * minutes, 25 at once and one more every five minutes about an object, 4096 remembered. Its queue holds 1000.
 */
export const eventLimits: EventLimits = {
  sameForMs: 600_000,
  burst: 25,
  refillMs: 300_000,
  maxRemembered: 4_096,
  maxWaiting: 1_000,
}

/** What has happened, and what of it may be written. */
export interface EventBook {
  /** Takes one fact down; false when a limit keeps it from being written now, though it still counts. */
  note(fact: EventFact): boolean
  /** The event that waits longest, with its count as of now. It waits no more. */
  next(): EventRecord | undefined
}

interface Bucket {
  tokens: number
  filledAt: number
}

/** What the book needs of the world. */
export interface BookDeps {
  readonly limits: EventLimits
  readonly now: () => number
  readonly uuid: () => string
}

/** An empty book. */
export function createEventBook({ limits, now, uuid }: BookDeps): EventBook {
  const records = new Map<string, EventRecord>()
  const buckets = new Map<string, Bucket>()
  const waiting = new Map<string, EventRecord>()

  function count(fact: EventFact): EventRecord {
    const former = records.get(identityOf(fact))
    const at = now()
    const same = former !== undefined && at - former.lastAt < limits.sameForMs
    return same
      ? { ...former, lastAt: at, count: former.count + 1 }
      : { fact, name: eventName(fact.object, uuid()), firstAt: at, lastAt: at, count: 1 }
  }

  function hasToken({ object }: EventFact): boolean {
    const key = JSON.stringify([object.kind, object.namespace, object.name])
    const at = now()
    const { tokens, filledAt } = buckets.get(key) ?? { tokens: limits.burst, filledAt: at }
    const filled = Math.min(limits.burst, tokens + Math.max(0, at - filledAt) / limits.refillMs)
    const granted = filled >= 1
    remember(buckets, key, { tokens: granted ? filled - 1 : filled, filledAt: at })
    return granted
  }

  function remember<Value>(memory: Map<string, Value>, key: string, value: Value): void {
    memory.delete(key)
    memory.set(key, value)
    const oldest = memory.keys().next()
    if (memory.size > limits.maxRemembered && oldest.done !== true) memory.delete(oldest.value)
  }

  return {
    note(fact) {
      const key = identityOf(fact)
      const record = count(fact)
      remember(records, key, record)
      if (!waiting.has(key) && (waiting.size >= limits.maxWaiting || !hasToken(fact))) return false
      waiting.set(key, record)
      return true
    },
    next() {
      for (const [key, record] of waiting) {
        waiting.delete(key)
        return record
      }
      return undefined
    },
  }
}
