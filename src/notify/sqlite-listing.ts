import { type DatabaseSync, type StatementSync } from 'node:sqlite'
import { type ResourceKey } from '../model/object.ts'
import { type DeadLetter, type HistoryRecord, type Outbox, type PendingRecord } from './outbox.ts'
import { filterValues, matches } from './sqlite-dead.ts'
import { type Posts } from './sqlite-posts.ts'
import { integer, outcomeOf, reasonOf, receiverOf, text, type Row } from './sqlite-rows.ts'

/** Rows that one query gives back at most, whatever it asks for. */
const maxRows = 10_000

interface Listing {
  readonly all: StatementSync
  readonly ofReceiver: StatementSync
}

/** What people are shown: always what was last committed. */
export function createListings(
  database: DatabaseSync,
  posts: Pick<Posts, 'groupOf'>,
): Pick<Outbox, 'pending' | 'history' | 'deadLetters' | 'deadLetter'> {
  const pending = prepare(database, 'notifications', 'seq ASC')
  const history = prepare(database, 'history', 'id DESC')
  const historyOfOne = database.prepare(`
    SELECT * FROM history WHERE notification = :notification AND (:receiver IS NULL OR receiver = :receiver)
    ORDER BY id DESC LIMIT :limit`)
  const youngestDead = database.prepare(`${selectDead} WHERE ${matches} ORDER BY seq DESC LIMIT :limit`)
  const oldestDead = database.prepare(`${selectDead} WHERE ${matches} ORDER BY seq LIMIT :limit`)
  const deadById = database.prepare(`${selectDead} WHERE id = ? LIMIT 1`)

  return {
    pending: (query) => list(pending, query).map((row) => pendingRecord(row, integer(row, 'next_at'))),
    deadLetters: ({ limit, oldestFirst = false, ...filter }) => {
      const dead = oldestFirst ? oldestDead : youngestDead
      return dead.all({ ...filterValues(filter), limit: bounded(limit) }).map(deadLetterOf)
    },
    deadLetter: async (notification, maxAlerts) => {
      const row = deadById.get(notification)
      if (row === undefined) return undefined
      const { alerts } = await posts.groupOf(row)
      return { ...deadLetterOf(row), alerts: alerts.slice(0, bounded(maxAlerts)) }
    },
    history: ({ notification, receiver, limit }) => {
      if (notification === undefined) {
        return list(history, receiver === undefined ? { limit } : { limit, receiver }).map(historyRecord)
      }
      const values = { notification, receiver: receiver ?? null, limit: bounded(limit) }
      return historyOfOne.all(values).map(historyRecord)
    },
  }
}

/** Posts of the first version tell their group, and the number of its alerts, only in their body. */
const selectDead = `
  SELECT *,
    (SELECT coalesce(group_key, json_extract(body, '$.groupKey')) FROM posts WHERE posts.id = post) AS group_key,
    coalesce(alert_count, json_array_length(alerts),
      (SELECT json_array_length(body, '$.alerts') FROM posts WHERE posts.id = post)) AS amount
  FROM dead_letters`

function deadLetterOf(row: Row): DeadLetter {
  const diedAt = integer(row, 'died_at')
  return {
    ...pendingRecord(row, diedAt),
    diedAt,
    groupKey: text(row, 'group_key'),
    alertCount: integer(row, 'amount'),
  }
}

function prepare(database: DatabaseSync, table: 'notifications' | 'history', order: 'seq ASC' | 'id DESC'): Listing {
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
