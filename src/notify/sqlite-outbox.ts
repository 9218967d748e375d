import { join } from 'node:path'
import { OutboxUnavailableError } from '../model/errors.ts'
import { type Clock, type Logger, type Metrics, type Random } from '../model/ports.ts'
import { createCommitQueue } from './commit-queue.ts'
import { Lanes } from './lanes.ts'
import { outboxLimits, type OutboxLimits } from './limits.ts'
import { type Claim, type Outbox } from './outbox.ts'
import { createChanges } from './sqlite-changes.ts'
import { openOutboxDatabase } from './sqlite-database.ts'
import { createPruneSteps } from './sqlite-prune.ts'
import { createPut } from './sqlite-put.ts'
import { createReads } from './sqlite-read.ts'
import { createSettle } from './sqlite-settle.ts'
import { createSpace } from './sqlite-space.ts'

/** What the embedded outbox needs. `directory` holds `outbox.db` and the files that SQLite keeps beside it. */
export interface SqliteOutboxDeps {
  readonly directory: string
  readonly clock: Pick<Clock, 'now'>
  readonly random: Pick<Random, 'uuid'>
  readonly logger: Logger
  readonly metrics: Metrics
  readonly limits?: Partial<OutboxLimits>
}

/**
 * Opens the outbox in Node's own SQLite. One process owns the file; leases live in its memory, so a restart releases them.
 * Throws SettingsError when another process holds the file or it cannot be written.
 */
export function createSqliteOutbox(deps: SqliteOutboxDeps): Outbox {
  const limits = { ...outboxLimits, ...deps.limits }
  const { clock, logger, metrics, random } = deps
  const file = join(deps.directory, 'outbox.db')
  const database = openOutboxDatabase({ file, clock, logger, quickCheckMaxBytes: limits.quickCheckMaxBytes })
  const space = createSpace(database)
  const reads = createReads(database)
  const operations = createSettle(database)
  const queue = createCommitQueue({ database, clock, metrics, maxBatch: limits.maxBatch })
  const put = createPut(database, limits, space)
  const pruneSteps = createPruneSteps({ database, limits, space, collect: operations.collect })
  const lanes = new Lanes(() => random.uuid())
  for (const { receiver, size, head } of reads.heads()) lanes.load(receiver, head, size)

  let closing: Promise<void> | undefined

  function takeClaims({ now, limit, leaseMs }: Parameters<Outbox['claim']>[0]): readonly Claim[] {
    return lanes.take({ now, limit, leaseUntil: now + leaseMs }).flatMap(({ receiver, seq, lease }) => {
      try {
        return reads.claim(seq, lease)
      } catch (error) {
        logger.error(
          { receiver, seq, err: error },
          'a notification cannot be read; its lane waits until the lease runs out',
        )
        return []
      }
    })
  }

  return {
    ...createChanges({
      queue,
      lanes,
      reads,
      operations,
      put,
      pruneSteps,
      maxPerReceiver: limits.maxPerReceiver,
      logger,
      metrics,
    }),
    claim: async (request) => {
      if (closing !== undefined) throw new OutboxUnavailableError('the outbox is closed')
      return Promise.resolve(takeClaims(request))
    },
    nextDue: () => lanes.nextDue(),
    counts: () => {
      const { pending, dead, bytes } = space()
      return { pending, dead, bytes, leased: lanes.leased, oldestAcceptedAt: reads.oldestAcceptedAt() }
    },
    pending: reads.pending,
    history: reads.history,
    deadLetters: reads.deadLetters,
    close: () => (closing ??= queue.close().then(() => database.close())),
  }
}
