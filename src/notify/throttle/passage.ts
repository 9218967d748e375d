import { type Destination } from '../../channels/channel.ts'
import { type Deferred, type Delivery } from '../../model/delivery.ts'
import { type Entry } from './gate.ts'
import { type Asker, type Throttle } from './throttle.ts'

/** The way of one part of a notification past the throttle. */
export interface Passage {
  /** See SendContext; the signal ends the wait. */
  admit(destinations: readonly Destination[], signal: AbortSignal): Promise<Deferred | undefined>
  /** Milliseconds that were spent waiting, so far. */
  waitedMs(): number
  /** The part has ended; `delivery` is absent when the process stops. What is asked for afterwards is refused. */
  end(delivery?: Delivery): void
}

const tooLate: Deferred = {
  outcome: 'deferred',
  cause: 'throttle',
  reason: 'other',
  detail: 'the attempt is over',
  afterMs: 0,
}

export function createPassage(throttle: Throttle, asking: Omit<Asker, 'waited' | 'signal'>): Passage {
  const waited: Asker['waited'] = { ms: 0, since: undefined }
  const asker = { ...asking, waited }
  const open = new Map<string, Entry>()
  let over = false

  /** A sender makes its calls one after another: who asks for a further one is done with the one before. */
  async function enter(id: string, destination: Destination, signal: AbortSignal): Promise<Entry | Deferred> {
    if (over) return tooLate
    const before = open.get(id)
    if (before !== undefined) {
      open.delete(id)
      throttle.finish(before, asker)
    }
    return throttle.enter(destination, { ...asker, signal })
  }

  return {
    async admit(destinations, signal) {
      const entered = new Map<string, Entry>()
      for (const destination of destinations) {
        const id = JSON.stringify([destination.label, destination.key])
        const entry = entered.get(id) ?? (await enter(id, destination, signal))
        const isIn = 'gate' in entry
        if (isIn) entered.set(id, entry)
        if (isIn && !over) continue
        for (const earlier of entered.values()) throttle.giveBack(earlier)
        return isIn ? tooLate : entry
      }
      for (const [id, entry] of entered) open.set(id, entry)
      return undefined
    },
    waitedMs: () => waited.ms + (waited.since === undefined ? 0 : throttle.now - waited.since),
    end(delivery) {
      over = true
      for (const entry of open.values()) throttle.finish(entry, asker, delivery)
      open.clear()
    },
  }
}
