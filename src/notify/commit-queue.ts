import { type DatabaseSync } from 'node:sqlite'
import { OutboxUnavailableError } from '../model/errors.ts'
import { type Clock, type Metrics } from '../model/ports.ts'
import { outboxTrouble } from './sqlite-trouble.ts'

/** What goes into one transaction together with what others ask for in the same turn of the event loop. */
export interface CommitQueue {
  /**
   * Runs `operation` inside the next transaction, in a savepoint of its own: when it throws, its own changes are undone and
   * the others stay. Resolves after the commit is on disk; `applied` runs right then, in the order of the operations. Rejects
   * with OutboxUnavailableError when the transaction could not be written.
   */
  run<Result>(operation: () => Result, applied?: (result: Result) => void): Promise<Result>
  /** Writes what waits, and refuses what comes later. */
  close(): Promise<void>
}

interface Entry {
  /** Runs the operation; afterwards either `commit` or `reject` is called. */
  readonly run: () => void
  readonly commit: () => void
  readonly reject: (error: unknown) => void
}

export interface CommitQueueDeps {
  readonly database: DatabaseSync
  readonly clock: Pick<Clock, 'now'>
  readonly metrics: Pick<Metrics, 'observe'>
  /** Most operations of one transaction. */
  readonly maxBatch: number
}

/** Group commit: one fsync for everything that was asked for since the last turn of the event loop. */
export function createCommitQueue(deps: CommitQueueDeps): CommitQueue {
  const waiting: Entry[] = []
  let scheduled = false
  let closed: Promise<void> | undefined

  function schedule(): void {
    if (scheduled || waiting.length === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      commitTogether(deps, waiting.splice(0, deps.maxBatch))
      schedule()
    })
  }

  function run<Result>(operation: () => Result, applied?: (result: Result) => void): Promise<Result> {
    if (closed !== undefined) return Promise.reject(new OutboxUnavailableError('the outbox is closed'))
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    let result: { readonly value: Result } | undefined
    waiting.push({
      run: () => {
        result = { value: operation() }
      },
      commit: () => {
        if (result === undefined) return
        applied?.(result.value)
        resolve(result.value)
      },
      reject,
    })
    schedule()
    return promise
  }

  async function close(): Promise<void> {
    closed ??= new Promise<void>((resolve) => setImmediate(resolve))
    await closed
    while (waiting.length > 0) commitTogether(deps, waiting.splice(0, deps.maxBatch))
  }

  return { run, close }
}

function commitTogether({ database, clock, metrics }: CommitQueueDeps, batch: readonly Entry[]): void {
  const startedAt = clock.now()
  let done: readonly Entry[]
  try {
    database.exec('BEGIN IMMEDIATE')
    done = batch.filter((entry) => runInSavepoint(database, entry))
    database.exec('COMMIT')
  } catch (error) {
    undo(database)
    const refusal = outboxTrouble(error) ?? error
    for (const entry of batch) entry.reject(refusal)
    return
  }
  metrics.observe('outbox_commit_duration_seconds', (clock.now() - startedAt) / 1_000)
  for (const entry of done) entry.commit()
}

/** False when the operation threw and was undone. Throws when the whole transaction is gone (SQLite does that on a full disk). */
function runInSavepoint(database: DatabaseSync, entry: Entry): boolean {
  database.exec('SAVEPOINT operation')
  try {
    entry.run()
  } catch (error) {
    const trouble = outboxTrouble(error)
    if (trouble !== undefined) throw error
    database.exec('ROLLBACK TO operation')
    database.exec('RELEASE operation')
    entry.reject(error)
    return false
  }
  database.exec('RELEASE operation')
  return true
}

/**
 * SQLite may have rolled back already, and then ROLLBACK itself fails
 * (https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction). Whatever else is wrong with the
 * database, the next BEGIN will say so to those who ask for it.
 */
function undo(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    return
  }
}
