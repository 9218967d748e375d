import { type ResourceKey } from '../model/object.ts'
import { type Logger, type Metrics } from '../model/ports.ts'
import { type CommitQueue } from './commit-queue.ts'
import { type Lanes } from './lanes.ts'
import { type Outbox, type Post, type PutResult, type Settlement } from './outbox.ts'
import { type PruneStep } from './sqlite-prune.ts'
import { type PutOperation } from './sqlite-put.ts'
import { type Reads } from './sqlite-read.ts'
import { type GivingWay, type SettleOperations } from './sqlite-settle.ts'

/** What changes the outbox: the database inside a transaction, and the lanes once that is committed. */
export interface ChangeDeps {
  readonly queue: CommitQueue
  readonly lanes: Lanes
  readonly reads: Reads
  readonly operations: SettleOperations
  readonly put: PutOperation
  readonly pruneSteps: readonly PruneStep[]
  readonly maxPerReceiver: number
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Notifications that one put pushes out of a lane at most; the limit is reached again by the next puts. */
const maxGivingWay = 64
/** Transactions of one prune step, so that a prune ends even when as much comes in as it takes out. */
const maxPruneRounds = 1_000

export function createChanges(deps: ChangeDeps): Pick<Outbox, 'put' | 'settle' | 'wake' | 'replay' | 'prune'> {
  const { queue, lanes, operations } = deps
  return {
    put: (post) => put(deps, post),
    settle: async (claim, settlement, at) => {
      const taken = lanes.beginSettle(claim.lease)
      if (taken === undefined) return false
      try {
        await queue.run(
          () => operations.settle(taken.seq, claim, settlement, at),
          ({ next, removed }) => lanes.finishSettle(claim.lease, next, removed),
        )
      } catch (error) {
        lanes.abandonSettle(claim.lease)
        throw error
      }
      return true
    },
    wake: async (now, receivers, reasons) => {
      const asleep = lanes
        .asleep(now, receivers)
        .filter(({ head }) => reasons === undefined || (head.reason !== undefined && reasons.includes(head.reason)))
      if (asleep.length === 0) return
      await queue.run(
        () => asleep.forEach(({ head }) => operations.makeDue(head.seq, now)),
        () => asleep.forEach((lane) => lanes.wake(lane, now)),
      )
    },
    replay: async (id, now) => {
      const back = await queue.run(
        () => operations.replay(id, now),
        (row) => {
          if (row !== undefined) lanes.add(row.receiver, { seq: row.seq, dueAt: now, reason: undefined })
        },
      )
      return back !== undefined
    },
    prune: async (now) => {
      for (const step of deps.pruneSteps) {
        let rounds = 0
        while (rounds < maxPruneRounds && (await queue.run(() => step(now)))) rounds += 1
      }
    },
  }
}

async function put(deps: ChangeDeps, post: Post): Promise<PutResult> {
  const { queue, lanes } = deps
  if (post.notifications.length === 0) return { stored: [], duplicates: [] }
  const { stored, duplicates, rows } = await queue.run(
    () => deps.put(post),
    (outcome) => {
      for (const { seq, receiver } of outcome.rows) {
        lanes.add(receiver, { seq, dueAt: post.acceptedAt, reason: undefined })
      }
    },
  )
  const crowded = new Set(rows.map(({ receiver }) => receiver).filter((key) => lanes.sizeOf(key) > deps.maxPerReceiver))
  for (const receiver of crowded) await shorten(deps, receiver, post.acceptedAt)
  return { stored, duplicates }
}

/**
 * A lane that is too long gives up its oldest but the head, which may be on its way. The post is stored by now, so a failure
 * here is not the sender's: the next put tries again.
 */
async function shorten(deps: ChangeDeps, receiver: ResourceKey, now: number): Promise<void> {
  const { queue, lanes, reads, operations, maxPerReceiver, logger, metrics } = deps
  const excess = Math.min(maxGivingWay, lanes.sizeOf(receiver) - maxPerReceiver)
  const detail = `more than ${maxPerReceiver} notifications waited for this receiver; the oldest gave way`
  try {
    const excessive = reads.behindHead(receiver, excess).map((seq): GivingWay => {
      const claim = reads.claim(seq, '')
      const settlement: Settlement = { state: 'dead', reason: 'other', detail, done: claim.done, refusals: [] }
      return { seq, claim: { ...claim, attempt: claim.attempt - 1 }, settlement }
    })
    const channel = excessive[0]?.claim.channel ?? ''
    const left = await queue.run(
      () => operations.giveWay(excessive, now),
      (amount) => lanes.shrink(receiver, amount),
    )
    metrics.count('notifications_settled_total', { channel, outcome: 'dead', reason: 'other' }, left)
    logger.warn({ receiver, left }, 'a receiver has too many notifications waiting; its oldest became dead letters')
  } catch (error) {
    logger.error({ receiver, err: error }, 'a receiver has too many notifications waiting and they could not be moved')
  }
}
