import { type ResourceKey } from '../../model/object.ts'
import { type HistoryRecord } from '../../notify/outbox.ts'
import { type SettledDelivery } from '../../notify/settled.ts'
import { isDelivery, lastDeliveryOf, type LastDelivery } from './object-status.ts'

/** What a settled delivery and a line of history have in common. */
type Ended = Pick<SettledDelivery, 'receiver' | 'outcome' | 'reason' | 'at'>

/** The last delivery of each receiver, and how often it may be told. */
export interface Deliveries {
  note(ended: Ended): void
  /**
   * What the status should say: the newer of what was noted and what it says already (another replica's, or ours of before a
   * restart). While the last change of it is too recent, what it says already, and when to ask again.
   */
  shown(
    key: ResourceKey,
    status: unknown,
    now: number,
  ): { readonly delivery: LastDelivery | undefined; readonly againAt?: number }
  /** The status has been written with this last delivery. */
  written(key: ResourceKey, now: number): void
  /** Forgets receivers that are gone. */
  prune(exists: (key: ResourceKey) => boolean): void
}

/** At most one change of a receiver's last delivery in this time. */
export const deliveryPauseMs = 30_000

/** Nothing is known but what the history tells, newest first. */
export function createDeliveries(history: readonly HistoryRecord[]): Deliveries {
  const latest = new Map<ResourceKey, Ended>()
  const writtenAt = new Map<ResourceKey, number>()

  function note({ receiver, outcome, reason, at }: Ended): void {
    if ((latest.get(receiver)?.at ?? -Infinity) > at) return
    latest.set(receiver, { receiver, outcome, at, ...(reason === undefined ? {} : { reason }) })
  }

  for (const { receiver, outcome, reason, at } of history.toReversed()) {
    if (isDelivery(outcome)) note({ receiver, outcome, at, ...(reason === undefined ? {} : { reason }) })
  }

  return {
    note,
    shown(key, status, now) {
      const seen = lastDeliveryOf(status)
      const noted = latest.get(key)
      // A time that has not come yet was not written by a clock that agrees with ours: it must not hide what is newer.
      const seenAt = seen === undefined || Date.parse(seen.time) > now ? -Infinity : Date.parse(seen.time)
      if (noted === undefined || noted.at <= seenAt) return { delivery: seen }
      const againAt = (writtenAt.get(key) ?? seenAt) + deliveryPauseMs
      return now < againAt ? { delivery: seen, againAt } : { delivery: toLastDelivery(noted) }
    },
    written: (key, now) => void writtenAt.set(key, now),
    prune(exists) {
      for (const known of [latest, writtenAt]) {
        for (const key of known.keys()) if (!exists(key)) known.delete(key)
      }
    },
  }
}

function toLastDelivery({ at, outcome, reason }: Ended): LastDelivery {
  return { time: new Date(at).toISOString(), outcome, ...(reason === undefined ? {} : { reason }) }
}
