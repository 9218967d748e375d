import { type DeliveryReason } from '../model/delivery.ts'
import { type ResourceKey } from '../model/object.ts'
import { Crowds } from './crowds.ts'
import { Heap } from './heap.ts'
import { Shares } from './shares.ts'
import { Turns } from './turns.ts'

/** The oldest notification of a lane. Times are steady milliseconds here; in the outbox's file they are those of the clock. */
export interface Head {
  readonly seq: number
  readonly dueAt: number
  /** How its last attempt ended, when there was one. */
  readonly reason: DeliveryReason | undefined
  /** Empty for a receiver that belongs to no tenant. */
  readonly tenant: string
}

/** A lane and its head. */
export interface LaneHead {
  readonly receiver: ResourceKey
  readonly head: Head
}

/** A head given out. */
export interface Taken {
  readonly receiver: ResourceKey
  /** Who shares with the others: a tenant, or a receiver that belongs to none. */
  readonly party: string
  readonly seq: number
  readonly lease: string
}

interface Lane {
  readonly receiver: ResourceKey
  head: Head
  party: string
  /** How many notifications the lane holds. */
  size: number
  /** When the lane is to be looked at again: its head falls due, or its lease runs out. */
  wakeAt: number
  lease: string | undefined
  /** Its head is being settled, or given up: nobody else may take it, not even when the lease runs out meanwhile. */
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
  readonly #ready = new Turns<Lane>()
  readonly #shares = new Shares()
  readonly #crowds = new Crowds<Lane>()

  /** No lanes yet; `token` makes lease tokens, no two alike. */
  constructor(token: () => string) {
    this.#token = token
  }

  /** A lane as the database holds it, at the start. */
  load(receiver: ResourceKey, head: Head, size: number): void {
    const party = partyOf(receiver, head)
    const lane: Lane = { receiver, head, party, size, wakeAt: head.dueAt, lease: undefined, settling: false }
    this.#lanes.set(receiver, lane)
    this.#crowds.join(lane)
    this.#wait(lane, head.dueAt)
  }

  /** A stored notification: the head of its lane if that was empty. */
  add(receiver: ResourceKey, head: Head): void {
    const known = this.#lanes.get(receiver)
    if (known === undefined) this.load(receiver, head, 1)
    else this.#crowds.resize(known, 1)
  }

  /**
   * Heads due at `now`, at most one a lane, leased until `leaseUntil`: one of each party in turns, and no party more than its share
   * of `limit` and what is leased to it already; see shares.ts.
   */
  take(request: { readonly now: number; readonly limit: number; readonly leaseUntil: number }): readonly Taken[] {
    this.#promote(request.now)
    this.#shares.offer(request.limit)
    const taken: Taken[] = []
    while (taken.length < request.limit) {
      const lane = this.#ready.take((party) => this.#shares.allows(party))
      if (lane === undefined) break
      const lease = this.#token()
      lane.lease = lease
      this.#leases.set(lease, lane)
      this.#shares.take(lane.party)
      this.#wait(lane, request.leaseUntil)
      taken.push(takenOf(lane, lease))
    }
    return taken
  }

  holds(lease: string): boolean {
    return this.#leases.has(lease)
  }

  /** Gives a head back that was not tried after all, to be taken again from `until` on. */
  giveBack(lease: string, until: number): void {
    const lane = this.#leases.get(lease)
    if (lane === undefined || lane.settling) return
    this.#release(lane)
    this.#wait(lane, until)
  }

  /** Starts a settlement: what the lease stands for, or undefined when it was lost or is being settled already. */
  beginSettle(lease: string): Taken | undefined {
    const lane = this.#leases.get(lease)
    if (lane === undefined || lane.settling) return undefined
    this.#hold(lane)
    return takenOf(lane, lease)
  }

  /** The settlement could not be written: the lease holds on, until `until` at least, for what has happened is to be stored again. */
  abandonSettle(lease: string, until: number): void {
    const lane = this.#leases.get(lease)
    if (lane === undefined) return
    lane.settling = false
    lane.wakeAt = Math.max(lane.wakeAt, until)
    this.#waiting.put(lane)
  }

  /** The settlement is stored: the lane goes on with `next`; `removed` says whether its old head has left. */
  finishSettle(lease: string, next: Head | undefined, removed: boolean): void {
    const lane = this.#leases.get(lease)
    if (lane === undefined) return
    this.#release(lane)
    this.#goOn(lane, next, removed ? 1 : 0)
  }

  /** Starts giving up notifications of a lane without an attempt; false when its head must stay, because it is on its way. */
  beginGivingWay(receiver: ResourceKey): boolean {
    const lane = this.#lanes.get(receiver)
    if (lane === undefined || lane.lease !== undefined || lane.settling) return false
    this.#hold(lane)
    return true
  }

  /** So many have left the lane, or none because that could not be written. `withHead`: what `beginGivingWay` gave back. */
  finishGivingWay(
    receiver: ResourceKey,
    after: { readonly left: number; readonly withHead: boolean; next?: Head },
  ): void {
    const lane = this.#lanes.get(receiver)
    if (lane === undefined) return
    if (!after.withHead) {
      this.#crowds.resize(lane, -after.left)
      return
    }
    lane.settling = false
    if (after.left > 0) this.#goOn(lane, after.next, after.left)
    else this.#waiting.put(lane)
  }

  /** Lanes of these receivers (all, when absent) whose head waits for a time after `now`; leased ones do not wait. */
  asleep(now: number, receivers?: readonly ResourceKey[]): readonly LaneHead[] {
    const lanes =
      receivers === undefined
        ? [...this.#lanes.values()]
        : [...new Set(receivers)].flatMap((key) => this.#lanes.get(key) ?? [])
    return lanes.filter((lane) => lane.lease === undefined && !lane.settling && lane.wakeAt > now)
  }

  /** Makes a waiting head due now, unless it was taken or settled meanwhile. */
  wake({ receiver, head }: LaneHead, now: number): void {
    const lane = this.#lanes.get(receiver)
    if (lane?.head.seq !== head.seq || lane.lease !== undefined || lane.settling || lane.wakeAt <= now) return
    lane.head = { ...lane.head, dueAt: now }
    this.#wait(lane, now)
  }

  /** When `take` next has something to give; undefined when there is nothing at all. */
  nextDue(now: number): number | undefined {
    return this.#ready.some((party) => this.#shares.mayAllow(party)) ? now : this.#waiting.peek()?.wakeAt
  }

  sizeOf = (receiver: ResourceKey): number => this.#lanes.get(receiver)?.size ?? 0

  sizeOfTenant = (tenant: string): number => this.#crowds.sizeOf(tenant)

  /** The receiver of the tenant for which most notifications wait. */
  longestOf(tenant: string): ResourceKey | undefined {
    return this.#crowds.longestOf(tenant)?.receiver
  }

  get leased(): number {
    return this.#leases.size
  }

  /** Moves what has fallen due to those who are ready; a lease that ran out is no lease any more. */
  #promote(now: number): void {
    for (let lane = this.#waiting.peek(); lane !== undefined && lane.wakeAt <= now; lane = this.#waiting.peek()) {
      this.#waiting.remove(lane)
      this.#release(lane)
      this.#ready.add(lane)
    }
  }

  #hold(lane: Lane): void {
    lane.settling = true
    this.#waiting.remove(lane)
    this.#ready.remove(lane)
  }

  #goOn(lane: Lane, next: Head | undefined, left: number): void {
    this.#crowds.leave(lane)
    lane.size -= left
    if (next === undefined) {
      this.#lanes.delete(lane.receiver)
      return
    }
    lane.head = next
    lane.party = partyOf(lane.receiver, next)
    this.#crowds.join(lane)
    this.#wait(lane, next.dueAt)
  }

  #wait(lane: Lane, until: number): void {
    this.#ready.remove(lane)
    lane.wakeAt = until
    this.#waiting.put(lane)
  }

  #release(lane: Lane): void {
    if (lane.lease !== undefined) {
      this.#leases.delete(lane.lease)
      this.#shares.give(lane.party)
    }
    lane.lease = undefined
    lane.settling = false
  }
}

function takenOf({ receiver, party, head }: Lane, lease: string): Taken {
  return { receiver, party, seq: head.seq, lease }
}

/** Receivers that belong to no tenant are each served as one of their own. */
function partyOf(receiver: ResourceKey, { tenant }: Head): string {
  return tenant === '' ? receiver : `tenant ${tenant}`
}
