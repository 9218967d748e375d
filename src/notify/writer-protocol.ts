import { OutboxFullError, OutboxUnavailableError } from '../model/errors.ts'
import { type OutboxLimits } from './limits.ts'
import { type OperationName } from './sqlite-operations.ts'

/** What the thread is started with. */
export interface WriterData {
  readonly file: string
  readonly limits: OutboxLimits
}

/** What the thread is asked: operations, and at the end to close. */
export type WriterRequest =
  { readonly id: number; readonly name: OperationName; readonly input: unknown } | { readonly close: true }

/** What it answers: for each operation, in the order of their commits. */
export type WriterAnswer =
  | { readonly closed: true }
  | { readonly committedInSeconds: number }
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly fault: Fault }

/** An error on its way between threads, which keep neither its class nor SQLite's code. */
export interface Fault {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly errcode: number | undefined
}

export function toFault(error: unknown): Fault {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  return { name, message, stack, errcode: codeOf(error) ?? codeOf(error instanceof Error ? error.cause : undefined) }
}

export function fromFault({ name, message, stack, errcode }: Fault): Error {
  const cause = Object.assign(new Error(message), { stack, errcode })
  if (name === 'OutboxFullError') return new OutboxFullError(message, { cause })
  if (name === 'OutboxUnavailableError') return new OutboxUnavailableError(message, { cause })
  return Object.assign(new Error(message, { cause }), { name, errcode })
}

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined
}
