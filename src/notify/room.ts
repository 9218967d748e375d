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
  /** Who goes beyond the limit next. */
  let next: { readonly seq: number; readonly party: string; readonly since: number; heardAt: number } | undefined
  /** Who went there last, and is there for as long as the lease holds. */
  let beyond: { readonly lease: string; readonly party: string } | undefined

  function fits(party: string, { id, bytes }: StoredSize): boolean {
    const all = new Map<number, number>()
    const own = new Map<number, number>()
    for (const { post, party: owner } of occupants.values()) {
      all.set(post.id, post.bytes)
      if (owner === party) own.set(post.id, post.bytes)
    }
    return all.size === 0 || all.has(id) || total(own) + bytes <= maxBytes - total(all)
  }

  /** Whoever was not there last comes before whoever was, so that many large groups of one party keep nobody out. */
  function mayGoBeyond({ seq, party }: Taken): boolean {
    const now = steady()
    const gone = next === undefined || now - next.heardAt > forgottenMs
    const again = next !== undefined && next.party === beyond?.party && party !== beyond.party
    if (gone || again) next = { seq, party, since: now, heardAt: now }
    if (next?.seq !== seq) return false
    next.heardAt = now
    return now - next.since >= patienceMs && (beyond === undefined || !holds(beyond.lease))
  }

  return {
    mayEnter: (taken, post) => fits(taken.party, post) || mayGoBeyond(taken),
    enter({ party, seq, lease }, post) {
      if (!fits(party, post)) beyond = { lease, party }
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
