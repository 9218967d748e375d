import { join } from 'node:path'
import { OutboxUnavailableError } from '../model/errors.ts'
import { type Clock, type Logger, type Metrics, type Random } from '../model/ports.ts'
import { createClaims } from './claims.ts'
import { createCommitQueue } from './commit-queue.ts'
import { createCrowding } from './crowding.ts'
import { Lanes, type Taken } from './lanes.ts'
import { outboxLimits, type OutboxLimits } from './limits.ts'
import { type Outbox } from './outbox.ts'
import { buryUnread, createChanges } from './sqlite-changes.ts'
import { openOutboxDatabase, openReader, type OpenedDatabase } from './sqlite-database.ts'
import { createOperations } from './sqlite-operations.ts'
import { createReads, type Reads } from './sqlite-read.ts'
import { createSpace } from './sqlite-space.ts'
import { createThreadedWriter } from './threaded-writer.ts'
import { createBreakage, watchWriter, type Breakage } from './watched-writer.ts'
import { createSteadyTime } from './throttle/steady-time.ts'
import { createWriter, type Writer } from './writer.ts'

/** What the embedded outbox needs. `directory` holds `outbox.db` and the files that SQLite keeps beside it. */
export interface SqliteOutboxDeps {
  readonly directory: string
  readonly clock: Pick<Clock, 'now' | 'steady'>
  readonly random: Pick<Random, 'uuid'>
  readonly logger: Logger
  readonly metrics: Metrics
  readonly limits?: Partial<OutboxLimits>
  /** Writes in a thread of its own, so that neither a slow disk nor a large post holds up the event loop. */
  readonly threaded?: boolean
}

/**
 * Opens the outbox in Node's own SQLite. One process owns the file; leases live in its memory, so a restart releases them.
 * Throws SettingsError when another process holds the file or it cannot be written.
 */
export function createSqliteOutbox(deps: SqliteOutboxDeps): Outbox {
  const limits = { ...outboxLimits, ...deps.limits }
  const { clock, logger, metrics, random } = deps
  const file = join(deps.directory, 'outbox.db')
  const opened = openOutboxDatabase({ file, clock, logger, quickCheckMaxBytes: limits.quickCheckMaxBytes })
  const steady = createSteadyTime(clock)
  const toSteady = (at: number, now: number): number => steady() + at - now
  const breakage = createBreakage((reason) =>
    logger.error({ file, reason }, 'the outbox is broken: posts are refused until the process is restarted'),
  )
  const reader = openReader(file)
  const reads = createReads(reader)
  const space = createSpace(reader)
  const lanes = new Lanes(() => random.uuid())
  loadLanes(lanes, reads, { now: clock.now(), toSteady })
  const writer = watchWriter(openWriterFor({ ...deps, limits }, opened, { file, breakage }), breakage)
  const crowding = createCrowding({ writer, lanes, toSteady, limits, logger, metrics })
  const bury = (taken: Taken, detail: string): Promise<void> =>
    buryUnread({ writer, lanes, toSteady }, taken, { detail, now: clock.now() })
  const claims = createClaims({ lanes, reads, steady, limits, bury, faulted: breakage.notice, logger })
  let closing: Promise<void> | undefined

  const { endPuts, ...changes } = createChanges({ writer, lanes, crowding, toSteady, limits, logger, metrics })
  async function close(): Promise<void> {
    await endPuts()
    await writer.close()
    reader.close()
    opened.lock.close()
  }

  return {
    ...changes,
    claim: async ({ limit, leaseMs }) => {
      if (closing !== undefined) throw new OutboxUnavailableError('the outbox is closed')
      return claims({ limit, leaseMs })
    },
    nextDue: () => {
      const due = lanes.nextDue(steady())
      return due === undefined ? undefined : clock.now() + due - steady()
    },
    counts: () => {
      const { pending, dead, bytes, payloadBytes } = space()
      return { pending, dead, bytes, payloadBytes, leased: lanes.leased, oldestAcceptedAt: reads.oldestAcceptedAt() }
    },
    pending: reads.pending,
    history: reads.history,
    deadLetters: reads.deadLetters,
    deadLetter: reads.deadLetter,
    condition: () => {
      const { recovered } = opened
      const { reason } = breakage
      return { ...(recovered === undefined ? {} : { recovered }), ...(reason === undefined ? {} : { broken: reason }) }
    },
    close: () => (closing ??= close()),
  }
}

/**
 * What was put off before the process started waits for as long as it had left when something was last written, so that a clock that
 * was set back meanwhile makes nobody wait longer.
 */
function loadLanes(
  lanes: Lanes,
  reads: Reads,
  { now, toSteady }: { readonly now: number; readonly toSteady: (at: number, now: number) => number },
): void {
  const reference = Math.max(now, reads.lastWrittenAt() ?? now)
  for (const { receiver, size, head } of reads.heads()) {
    lanes.load(receiver, { ...head, dueAt: toSteady(head.dueAt, reference) }, size)
  }
}

function openWriterFor(
  { limits, clock, metrics, logger, threaded = false }: SqliteOutboxDeps & { readonly limits: OutboxLimits },
  { database }: OpenedDatabase,
  { file, breakage }: { readonly file: string; readonly breakage: Breakage },
): Writer {
  if (!threaded) {
    const queue = createCommitQueue({ database, clock, metrics, maxBatch: limits.maxBatch })
    return createWriter(database, createOperations(database, limits), queue)
  }
  database.close()
  return createThreadedWriter({
    file,
    limits,
    metrics,
    lost: (error) => {
      logger.error({ err: error }, 'the thread that writes the outbox has ended')
      breakage.notice(error)
      breakage.breakDown('the thread that writes it has ended')
    },
  })
}
