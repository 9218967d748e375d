import { GroupTooLargeError, OutboxUnavailableError } from '../model/errors.ts'
import { type Logger, type Metrics } from '../model/ports.ts'
import { type Crowding } from './crowding.ts'
import { type Head, type Lanes, type Taken } from './lanes.ts'
import { type OutboxLimits } from './limits.ts'
import { type Outbox, type Post, type PutResult } from './outbox.ts'
import { settleRequest } from './settle-request.ts'
import { type AfterSettle } from './sqlite-settle.ts'
import { storedPost } from './stored-post.ts'
import { type Writer } from './writer.ts'

/** What changes the outbox: the database by a writer, and the lanes once that is committed. */
export interface ChangeDeps {
  readonly writer: Writer
  readonly lanes: Lanes
  readonly crowding: Crowding
  /** A time of the clock in the lanes' steady milliseconds, `now` being the clock's time at this moment. */
  readonly toSteady: (at: number, now: number) => number
  readonly limits: Pick<OutboxLimits, 'maxPostBytes'>
  readonly logger: Logger
  readonly metrics: Metrics
}

/** An outcome that could not be stored is tried again within this time (see DispatchLimits), or the lease may end. */
const againWithinMs = 120_000
/** Transactions of one prune step, so that a prune ends even when as much comes in as it takes out. */
const maxPruneRounds = 1_000

export interface Changes extends Pick<
  Outbox,
  'put' | 'settle' | 'wake' | 'replay' | 'replayAll' | 'discard' | 'prune'
> {
  /** Refuses posts from now on, and resolves when those that were taken before are stored or refused. */
  endPuts(): Promise<void>
}

export function createChanges(deps: ChangeDeps): Changes {
  const { writer, lanes, toSteady } = deps
  const puts = new Set<Promise<unknown>>()
  let ended = false
  const replayAll: Outbox['replayAll'] = async (filter, limit, now) => {
    const back = await writer.run('replay', { filter, limit, now }, (rows) => {
      for (const { seq, receiver, tenant } of rows) {
        lanes.add(receiver, { seq, dueAt: toSteady(now, now), reason: undefined, tenant })
      }
    })
    return back.length
  }
  return {
    put: async (post, signal) => {
      if (ended) throw new OutboxUnavailableError('the outbox is closed')
      const stored = put(deps, post, signal)
      puts.add(stored)
      return stored.finally(() => puts.delete(stored))
    },
    endPuts: async () => {
      ended = true
      await Promise.allSettled(puts)
    },
    settle: async (claim, settlement, at) => {
      const taken = lanes.beginSettle(claim.lease)
      if (taken === undefined) return false
      try {
        await writer.run('settle', settleRequest(taken.seq, claim, settlement, at), (after) =>
          lanes.finishSettle(claim.lease, steadyHead(deps, after, at.now), after.removed),
        )
      } catch (error) {
        lanes.abandonSettle(claim.lease, toSteady(at.now, at.now) + againWithinMs)
        throw error
      }
      return true
    },
    wake: async (now, receivers, reasons) => {
      const asleep = lanes
        .asleep(toSteady(now, now), receivers)
        .filter(({ head }) => reasons === undefined || (head.reason !== undefined && reasons.includes(head.reason)))
      if (asleep.length === 0) return
      const seqs = asleep.map(({ head }) => head.seq)
      await writer.run('makeDue', { seqs, now }, () => asleep.forEach((lane) => lanes.wake(lane, toSteady(now, now))))
    },
    replay: async (notification, now) => (await replayAll({ notification }, 1, now)) > 0,
    replayAll,
    discard: (filter, limit, now) => writer.run('discard', { filter, limit, now }),
    prune: (now) => prune(deps, now),
  }
}

async function put(deps: ChangeDeps, post: Post, signal: AbortSignal | undefined): Promise<PutResult> {
  const { writer, lanes, crowding, toSteady, limits } = deps
  if (post.notifications.length === 0) return { stored: [], duplicates: [] }
  const stored = await storedPost(post)
  signal?.throwIfAborted()
  if (stored.bytes > limits.maxPostBytes) {
    throw new GroupTooLargeError(
      `the group takes ${stored.bytes} bytes, more than ${limits.maxPostBytes}; group by more labels, or set max_alerts`,
    )
  }
  const { acceptedAt } = post
  const result = await writer.run('put', stored, ({ rows }) => {
    for (const { seq, receiver, tenant } of rows) {
      lanes.add(receiver, { seq, dueAt: toSteady(acceptedAt, acceptedAt), reason: undefined, tenant })
    }
  })
  await crowding.thin(result.rows, acceptedAt)
  return { stored: result.stored, duplicates: result.duplicates }
}

/** Ends a notification that was taken and cannot be read. */
export async function buryUnread(
  deps: Pick<ChangeDeps, 'writer' | 'lanes' | 'toSteady'>,
  { lease, seq, receiver }: Taken,
  { detail, now }: { readonly detail: string; readonly now: number },
): Promise<void> {
  const { writer, lanes } = deps
  if (lanes.beginSettle(lease) === undefined) return
  const end = { state: 'dead', attempts: 0, reason: 'other', detail, now, tookMs: 0, done: '[]', failed: '[]' } as const
  try {
    await writer.run('settle', { ...end, seq, receiver, tenant: '', at: null }, (after) =>
      lanes.finishSettle(lease, steadyHead(deps, after, now), after.removed),
    )
  } catch (error) {
    lanes.abandonSettle(lease, 0)
    throw error
  }
}

/** Whoever comes next was never put off, even if the clock was set back and says that it was accepted in the future. */
function steadyHead(
  { toSteady }: Pick<ChangeDeps, 'toSteady'>,
  { next, removed }: AfterSettle,
  now: number,
): Head | undefined {
  if (next === undefined) return undefined
  return { ...next, dueAt: toSteady(removed ? Math.min(next.dueAt, now) : next.dueAt, now) }
}

async function prune({ writer, logger, metrics }: ChangeDeps, now: number): Promise<void> {
  let evicted = 0
  for (let step = 0, rounds = 0; ; rounds += 1) {
    const pruned = await writer.run('prune', { step, now })
    if (pruned === undefined) break
    evicted += pruned.evicted
    if (pruned.more && rounds < maxPruneRounds) continue
    step += 1
    rounds = 0
  }
  if (evicted === 0) return
  metrics.count('dead_letters_evicted_total', {}, evicted)
  logger.warn({ evicted }, 'there are too many dead letters: the oldest of those who have most were deleted')
}
