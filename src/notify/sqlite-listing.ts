import { type DatabaseSync, type StatementSync } from 'node:sqlite'
import { type AlertGroup } from '../model/alert.ts'
import { type ResourceKey } from '../model/object.ts'
import { type HistoryRecord, type Outbox, type PendingRecord } from './outbox.ts'
import { alertsOf, integer, outcomeOf, reasonOf, receiverOf, text, type Row } from './sqlite-rows.ts'

/** Rows that one query gives back at most, whatever it asks for. */
const maxRows = 10_000

interface Listing {
  readonly all: StatementSync
  readonly ofReceiver: StatementSync
}

/** What people are shown: always what was last committed. `groupOf` finds the posted group that a row belongs to. */
export function createListings(
  database: DatabaseSync,
  groupOf: (row: Row) => AlertGroup,
): Pick<Outbox, 'pending' | 'history' | 'deadLetters'> {
  const pending = prepare(database, 'notifications', 'seq ASC')
  const dead = prepare(database, 'dead_letters', 'seq DESC')
  const history = prepare(database, 'history', 'id DESC')
  const historyOfOne = database.prepare(`
    SELECT * FROM history WHERE notification = :notification AND (:receiver IS NULL OR receiver = :receiver)
    ORDER BY id DESC LIMIT :limit`)

  return {
    pending: (query) => list(pending, query).map((row) => pendingRecord(row, integer(row, 'next_at'))),
    deadLetters: (query) =>
      list(dead, query).map((row) => {
        const diedAt = integer(row, 'died_at')
        return { ...pendingRecord(row, diedAt), diedAt, alerts: alertsOf(row, groupOf(row)) }
      }),
    history: ({ notification, receiver, limit }) => {
      if (notification === undefined) {
        return list(history, receiver === undefined ? { limit } : { limit, receiver }).map(historyRecord)
      }
      const values = { notification, receiver: receiver ?? null, limit: bounded(limit) }
      return historyOfOne.all(values).map(historyRecord)
    },
  }
}

function prepare(
  database: DatabaseSync,
  table: 'notifications' | 'dead_letters' | 'history',
  order: 'seq ASC' | 'seq DESC' | 'id DESC',
): Listing {
  return {
    all: database.prepare(`SELECT * FROM ${table} ORDER BY ${order} LIMIT :limit`),
    ofReceiver: database.prepare(`SELECT * FROM ${table} WHERE receiver = :receiver ORDER BY ${order} LIMIT :limit`),
  }
}

function list(
  statements: Listing,
  { limit, receiver }: { readonly limit: number; readonly receiver?: ResourceKey },
): readonly Row[] {
  return receiver === undefined
    ? statements.all.all({ limit: bounded(limit) })
    : statements.ofReceiver.all({ receiver, limit: bounded(limit) })
}

function bounded(limit: number): number {
  return Math.max(0, Math.min(maxRows, Math.floor(limit)))
}

function pendingRecord(row: Row, nextAttemptAt: number): PendingRecord {
  const reason = reasonOf(row)
  return {
    notification: text(row, 'id'),
    receiver: receiverOf(row),
    channel: text(row, 'channel'),
    tenant: text(row, 'tenant'),
    acceptedAt: integer(row, 'accepted_at'),
    attempts: integer(row, 'attempts'),
    nextAttemptAt,
    ...(reason === undefined ? {} : { reason }),
    detail: text(row, 'detail'),
  }
}

function historyRecord(row: Row): HistoryRecord {
  const reason = reasonOf(row)
  return {
    at: integer(row, 'at'),
    notification: text(row, 'notification'),
    receiver: receiverOf(row),
    channel: text(row, 'channel'),
    tenant: text(row, 'tenant'),
    groupKey: text(row, 'group_key'),
    alerts: integer(row, 'alerts'),
    attempt: integer(row, 'attempt'),
    outcome: outcomeOf(row),
    ...(reason === undefined ? {} : { reason }),
    detail: text(row, 'detail'),
    tookMs: integer(row, 'took_ms'),
  }
}
