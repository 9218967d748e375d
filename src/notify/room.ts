import { type Taken } from './lanes.ts'

/** A post as it is stored: its key and its size, bytes. */
export interface StoredSize {
  readonly id: number
  readonly bytes: number
}

export interface RoomDeps {
  readonly maxBytes: number
  /** The lanes' time. */
  readonly steady: () => number
  /** Whether a lease is still one. */
  readonly holds: (lease: string) => boolean
}

/** Memory for the groups of attempts under way. */
export interface Room {
  /** False when it must wait. */
  mayEnter(taken: Taken, post: StoredSize): boolean
  /** Takes what the group needs, for as long as the lease holds. */
  enter(taken: Taken, post: StoredSize): void
  /** Forgets leases that are none any more. */
  tidy(): void
}

interface Occupant {
  readonly party: string
  readonly post: StoredSize
}

/** After so long a notification may go beyond the limit, milliseconds: longer than attempts take whose far side is well. */
const patienceMs = 10_000
/** One that was not heard of for so long has left, milliseconds; the places for attempts can all be taken for almost as long. */
const forgottenMs = 3 * 60_000

/**
 * Shares memory as shares.ts shares places: no party has more than is free, so groups of one tenant whose endpoints hang leave room
 * to the others. A group that is too large for what several of them leave is let in beyond the limit after a while, one at a time.
 */
export function createRoom({ maxBytes, steady, holds }: RoomDeps): Room {
  const occupants = new Map<string, Occupant>()
  /** Who goes beyond the limit next, and who does now. */
  let next: { readonly seq: number; readonly since: number; heardAt: number } | undefined
  let beyond: string | undefined

  function fits(party: string, { id, bytes }: StoredSize): boolean {
    const all = new Map<number, number>()
    const own = new Map<number, number>()
    for (const { post, party: owner } of occupants.values()) {
      all.set(post.id, post.bytes)
      if (owner === party) own.set(post.id, post.bytes)
    }
    return all.size === 0 || all.has(id) || total(own) + bytes <= maxBytes - total(all)
  }

  function mayGoBeyond(seq: number): boolean {
    const now = steady()
    if (next === undefined || now - next.heardAt > forgottenMs) next = { seq, since: now, heardAt: now }
    if (next.seq !== seq) return false
    next.heardAt = now
    return now - next.since >= patienceMs && (beyond === undefined || !holds(beyond))
  }

  return {
    mayEnter: ({ party, seq }, post) => fits(party, post) || mayGoBeyond(seq),
    enter({ party, seq, lease }, post) {
      if (!fits(party, post)) beyond = lease
      if (next?.seq === seq) next = undefined
      occupants.set(lease, { party, post })
    },
    tidy() {
      for (const lease of occupants.keys()) if (!holds(lease)) occupants.delete(lease)
    },
  }
}

function total(sizes: ReadonlyMap<number, number>): number {
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
}
