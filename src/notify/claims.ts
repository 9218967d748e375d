import { type Logger } from '../model/ports.ts'
import { type Lanes, type Taken } from './lanes.ts'
import { type OutboxLimits } from './limits.ts'
import { type Claim } from './outbox.ts'
import { createRoom } from './room.ts'
import { type Reads } from './sqlite-read.ts'
import { outboxTrouble } from './sqlite-trouble.ts'

export interface ClaimsDeps {
  readonly lanes: Lanes
  readonly reads: Pick<Reads, 'claim' | 'postOf' | 'isAtHand'>
  /** The lanes' time. */
  readonly steady: () => number
  readonly limits: Pick<OutboxLimits, 'maxClaimedBytes'>
  /** Ends a notification whose stored form makes no sense. */
  readonly bury: (taken: Taken, detail: string) => Promise<void>
  /** Told of every fault of the storage. */
  readonly faulted: (error: unknown) => void
  readonly logger: Logger
}

export type Claims = (request: { readonly limit: number; readonly leaseMs: number }) => Promise<readonly Claim[]>

/** How long a notification waits that does not fit into memory beside those under way, milliseconds. */
const crowdedMs = 100
/** The same for one whose group is being read: nobody else waits for that. */
const readingMs = 20

/** Gives out what is due, and keeps the groups of all attempts under way within their limit of memory. */
export function createClaims(deps: ClaimsDeps): Claims {
  const { lanes, reads, steady, limits } = deps
  const room = createRoom({ maxBytes: limits.maxClaimedBytes, steady, holds: (lease) => lanes.holds(lease) })

  /** How long it must wait until its group can be had. */
  function waitFor(taken: Taken): number {
    const post = reads.postOf(taken.seq)
    if (!room.mayEnter(taken, post)) return crowdedMs
    if (!reads.isAtHand(post)) return readingMs
    room.enter(taken, post)
    return 0
  }

  async function claim(taken: Taken): Promise<readonly Claim[]> {
    try {
      const waitMs = waitFor(taken)
      if (waitMs === 0) return [await reads.claim(taken.seq, taken.lease)]
      lanes.giveBack(taken.lease, steady() + waitMs)
    } catch (error) {
      await unreadable(deps, taken, error)
    }
    return []
  }

  return async ({ limit, leaseMs }) => {
    room.tidy()
    const now = steady()
    const claims: Claim[] = []
    for (const taken of lanes.take({ now, limit, leaseUntil: now + leaseMs })) claims.push(...(await claim(taken)))
    return claims
  }
}

async function unreadable({ bury, faulted, logger }: ClaimsDeps, taken: Taken, error: unknown): Promise<void> {
  const { receiver, seq } = taken
  faulted(error)
  if (outboxTrouble(error) !== undefined) {
    logger.error(
      { receiver, seq, err: error },
      'a notification cannot be read; its lane waits for its lease to run out',
    )
    return
  }
  logger.error({ receiver, seq, err: error }, 'a stored notification makes no sense; it becomes a dead letter')
  await bury(taken, 'its stored form makes no sense; the log says more').catch(faulted)
}
