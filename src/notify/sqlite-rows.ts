import { type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { type DeliveryReason } from '../model/delivery.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Claim, type Failure, type HistoryRecord } from './outbox.ts'

/** A row as node:sqlite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>

/** Named values of a statement. */
export type Values = Record<string, SQLInputValue>

/** A text column. Throws when it holds something else: the STRICT schema says it cannot. */
export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`column ${column} holds no text`)
  return value
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column)
}

export function integer(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new TypeError(`column ${column} holds no number`)
  return value
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column)
}

/** The one row of a statement that always has one. */
export function one(statement: StatementSync, values: Values = {}): Row {
  const row = statement.get(values)
  if (row === undefined) throw new Error(`no row: ${statement.sourceSQL}`)
  return row
}

// What follows reads back what this program alone has written, so its types are known.

export function receiverOf(row: Row): ResourceKey {
  return text(row, 'receiver') as ResourceKey
}

export function reasonOf(row: Row): DeliveryReason | undefined {
  return optionalText(row, 'reason') as DeliveryReason | undefined
}

export function outcomeOf(row: Row): HistoryRecord['outcome'] {
  return text(row, 'outcome') as HistoryRecord['outcome']
}

export function marksOf(row: Row): readonly string[] {
  return JSON.parse(text(row, 'done')) as readonly string[]
}

export function failuresOf(row: Row): readonly Failure[] {
  return JSON.parse(text(row, 'failed')) as readonly Failure[]
}

/** How often, whose, and about what: the part of a claim that a row holds by itself. */
export function claimOf(row: Row, lease: string): Omit<Claim, 'notification'> {
  return {
    channel: text(row, 'channel'),
    tenant: text(row, 'tenant'),
    queuedAt: integer(row, 'queued_at'),
    attempt: integer(row, 'attempts') + 1,
    done: marksOf(row),
    failed: failuresOf(row),
    lease,
  }
}
