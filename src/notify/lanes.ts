import { type DeliveryReason } from '../model/delivery.ts'
import { type ResourceKey } from '../model/object.ts'
import { Heap } from './heap.ts'

/** The oldest notification of a lane, as the outbox stores it. */
export interface Head {
  readonly seq: number
  readonly dueAt: number
  /** How its last attempt ended, when there was one. */
  readonly reason: DeliveryReason | undefined
}

/** A lane and its head. */
export interface LaneHead {
  readonly receiver: ResourceKey
  readonly head: Head
}

/** A head given out. */
export interface Taken {
  readonly receiver: ResourceKey
  readonly seq: number
  readonly lease: string
}

interface Lane {
  readonly receiver: ResourceKey
  head: Head
  /** How many notifications the lane holds. */
  size: number
  /** When the lane is to be looked at again: its head falls due, or its lease runs out. */
  wakeAt: number
  lease: string | undefined
  /** Its settlement is being written: nobody else may take it, not even when the lease runs out meanwhile. */
  settling: boolean
}

/**
 * The lanes of the outbox in memory: which head is due, which is leased. The database holds what must survive; leases need
 * not, because a single process owns the file and starts with none. What follows from a change of the database is told here
 * after its commit only.
 */
export class Lanes {
  readonly #token: () => string
  readonly #lanes = new Map<ResourceKey, Lane>()
  readonly #leases = new Map<string, Lane>()
  readonly #waiting = new Heap<Lane>((a, b) => (a.wakeAt === b.wakeAt ? a.head.seq < b.head.seq : a.wakeAt < b.wakeAt))
  readonly #ready = new Heap<Lane>((a, b) => a.head.seq < b.head.seq)

  /** No lanes yet; `token` makes lease tokens, no two alike. */
  constructor(token: () => string) {
    this.#token = token
  }

  /** A lane as the database holds it, at the start. */
  load(receiver: ResourceKey, head: Head, size: number): void {
    const lane: Lane = { receiver, head, size, wakeAt: head.dueAt, lease: undefined, settling: false }
    this.#lanes.set(receiver, lane)
    this.#wait(lane, head.dueAt)
  }

  /** A stored notification: the head of its lane if that was empty. */
  add(receiver: ResourceKey, head: Head): void {
    const known = this.#lanes.get(receiver)
    if (known === undefined) this.load(receiver, head, 1)
    else known.size += 1
  }

  /** Heads due at `now`, oldest first, at most one a lane, leased until `leaseUntil`. */
  take(request: { readonly now: number; readonly limit: number; readonly leaseUntil: number }): readonly Taken[] {
    this.#promote(request.now)
    const taken: Taken[] = []
    while (taken.length < request.limit) {
      const lane = this.#ready.peek()
      if (lane === undefined) break
      const lease = this.#token()
      lane.lease = lease
      this.#leases.set(lease, lane)
      this.#wait(lane, request.leaseUntil)
      taken.push({ receiver: lane.receiver, seq: lane.head.seq, lease })
    }
    return taken
  }

  /** Starts a settlement: what the lease stands for, or undefined when it was lost or is being settled already. */
  beginSettle(lease: string): Taken | undefined {
    const lane = this.#leases.get(lease)
    if (lane === undefined || lane.settling) return undefined
    lane.settling = true
    this.#waiting.remove(lane)
    return { receiver: lane.receiver, seq: lane.head.seq, lease }
  }

  /** The settlement could not be written: the lease holds on. */
  abandonSettle(lease: string): void {
    const lane = this.#leases.get(lease)
    if (lane === undefined) return
    lane.settling = false
    this.#waiting.put(lane)
  }

  /** The settlement is stored: the lane goes on with `next`; `removed` says whether its old head has left. */
  finishSettle(lease: string, next: Head | undefined, removed: boolean): void {
    const lane = this.#leases.get(lease)
    if (lane === undefined) return
    this.#release(lane)
    if (removed) lane.size -= 1
    if (next === undefined) {
      this.#lanes.delete(lane.receiver)
      return
    }
    lane.head = next
    this.#wait(lane, next.dueAt)
  }

  /** Lanes of these receivers (all, when absent) whose head waits for a time after `now`; leased ones do not wait. */
  asleep(now: number, receivers?: readonly ResourceKey[]): readonly LaneHead[] {
    const lanes =
      receivers === undefined
        ? [...this.#lanes.values()]
        : [...new Set(receivers)].flatMap((key) => this.#lanes.get(key) ?? [])
    return lanes.filter((lane) => lane.lease === undefined && lane.wakeAt > now)
  }

  /** Makes a waiting head due now, unless it was taken or settled meanwhile. */
  wake({ receiver, head }: LaneHead, now: number): void {
    const lane = this.#lanes.get(receiver)
    if (lane?.head.seq !== head.seq || lane.lease !== undefined || lane.wakeAt <= now) return
    lane.head = { ...lane.head, dueAt: now }
    this.#wait(lane, now)
  }

  /** Notifications that were not the head have left. */
  shrink(receiver: ResourceKey, by: number): void {
    const lane = this.#lanes.get(receiver)
    if (lane !== undefined) lane.size -= by
  }

  nextDue(): number | undefined {
    return (this.#ready.peek() ?? this.#waiting.peek())?.wakeAt
  }

  sizeOf(receiver: ResourceKey): number {
    return this.#lanes.get(receiver)?.size ?? 0
  }

  get leased(): number {
    return this.#leases.size
  }

  /** Moves what has fallen due from the heap by time to the heap by age; a lease that ran out is no lease any more. */
  #promote(now: number): void {
    for (let lane = this.#waiting.peek(); lane !== undefined && lane.wakeAt <= now; lane = this.#waiting.peek()) {
      this.#waiting.remove(lane)
      this.#release(lane)
      this.#ready.put(lane)
    }
  }

  #wait(lane: Lane, until: number): void {
    this.#ready.remove(lane)
    lane.wakeAt = until
    this.#waiting.put(lane)
  }

  #release(lane: Lane): void {
    if (lane.lease !== undefined) this.#leases.delete(lane.lease)
    lane.lease = undefined
    lane.settling = false
  }
}
