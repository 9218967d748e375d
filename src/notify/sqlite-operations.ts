import { type DatabaseSync } from 'node:sqlite'
import { type OutboxLimits } from './limits.ts'
import { createDeadLetterOperations, type DeadLetterOperations } from './sqlite-dead.ts'
import { createPruneSteps, type Pruned } from './sqlite-prune.ts'
import { createPut, type PutOperation } from './sqlite-put.ts'
import { createSettle, type SettleOperations } from './sqlite-settle.ts'
import { createSpace } from './sqlite-space.ts'

/**
 * All that changes the database, by name. Each runs inside a transaction; what it takes and gives back is plain data, so that it
 * can be asked for from another thread.
 */
export interface Operations extends Omit<SettleOperations, 'collect'>, DeadLetterOperations {
  readonly put: PutOperation
  /** One piece of one step of pruning; undefined when there is no such step. */
  prune(request: { readonly step: number; readonly now: number }): Pruned | undefined
}

export type OperationName = keyof Operations
export type Input<Name extends OperationName> = Parameters<Operations[Name]>[0]
export type Output<Name extends OperationName> = ReturnType<Operations[Name]>

export function createOperations(database: DatabaseSync, limits: OutboxLimits): Operations {
  const space = createSpace(database)
  const { collect, ...settling } = createSettle(database)
  const steps = createPruneSteps({ database, limits, space, collect })
  return {
    put: createPut(database, limits, space),
    ...settling,
    ...createDeadLetterOperations({ database, limits, space, collect }),
    prune: ({ step, now }) => steps[step]?.(now),
  }
}

/** Runs the operation of that name: the one place where a name and its input come together untyped. */
export function perform<Name extends OperationName>(
  operations: Operations,
  name: Name,
  input: Input<Name>,
): Output<Name> {
  const operation = operations[name] as (input: Input<Name>) => Output<Name>
  return operation(input)
}
