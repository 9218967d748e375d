import { type DatabaseSync } from 'node:sqlite'
import { type CommitQueue } from './commit-queue.ts'
import { perform, type Input, type OperationName, type Operations, type Output } from './sqlite-operations.ts'

/** The one who changes the database: in this thread or in another. */
export interface Writer {
  /**
   * Runs an operation inside a transaction, with others that were asked for at about the same time. Resolves after the commit is on
   * disk; `applied` runs right then, in the order of the operations. Rejects with what the operation threw, or with
   * OutboxUnavailableError when the transaction could not be written.
   */
  run<Name extends OperationName>(
    name: Name,
    input: Input<Name>,
    applied?: (output: Output<Name>) => void,
  ): Promise<Output<Name>>
  /** Writes what was asked for, refuses what comes later, and lets go of the database. */
  close(): Promise<void>
}

/** A writer in this thread: a commit holds up the event loop for as long as the disk takes. */
export function createWriter(database: DatabaseSync, operations: Operations, queue: CommitQueue): Writer {
  return {
    run: (name, input, applied) => queue.run(() => perform(operations, name, input), applied),
    async close() {
      await queue.close()
      database.close()
    },
  }
}
