import { type DatabaseSync } from 'node:sqlite'
import { type DeliveryReason } from '../model/delivery.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Head } from './lanes.ts'
import { type SettleRequest } from './settle-request.ts'
import { integer, one, reasonOf, text, type Values } from './sqlite-rows.ts'

/** Where a lane stands after one of its notifications was settled. */
export interface AfterSettle {
  /** The lane's head from now on. */
  readonly next: Head | undefined
  /** Whether the notification has left the lane. */
  readonly removed: boolean
}

/** Notifications of a lane that are given up without an attempt, the oldest first. */
export interface GiveWayRequest {
  readonly receiver: ResourceKey
  readonly limit: number
  /** The head is on its way, and stays. */
  readonly keepHead: boolean
  readonly reason: DeliveryReason
  readonly detail: string
  readonly now: number
}

/** Where a lane stands after some of its notifications gave way. */
export interface AfterGivingWay {
  readonly left: number
  /** The channel of those that left; empty when none did. */
  readonly channel: string
  readonly next: Head | undefined
}

/** The operations that end or move a notification, each to be run inside a transaction. */
export interface SettleOperations {
  settle(request: SettleRequest): AfterSettle
  giveWay(request: GiveWayRequest): AfterGivingWay
  /** Makes waiting notifications due at `now`. */
  makeDue(request: { readonly seqs: readonly number[]; readonly now: number }): void
  /** Deletes a post that nothing refers to any more. */
  collect(post: number): void
}

export function createSettle(database: DatabaseSync): SettleOperations {
  const statements = prepare(database)

  function settle(request: SettleRequest): AfterSettle {
    const { seq, receiver, state, attempts, reason, detail, at, done, failed, now } = request
    const addHistory = state === 'deferred' ? statements.addHistoryOnce : statements.addHistory
    addHistory.run(historyValues(request))
    if (at !== null) {
      statements.postpone.run({ seq, attempts, at, reason, detail, done, failed })
      return { next: { seq, dueAt: at, reason: reason ?? undefined, tenant: request.tenant }, removed: false }
    }
    if (state === 'dead') statements.bury.run({ seq, attempts, done, reason, detail, now })
    collect(integer(one(statements.remove, { seq }), 'post'))
    return { next: headOf(receiver), removed: true }
  }

  function giveWay({ receiver, limit, keepHead, reason, detail, now }: GiveWayRequest): AfterGivingWay {
    const rows = statements.oldest.all({ receiver, limit, offset: keepHead ? 1 : 0 })
    for (const row of rows) {
      const seq = integer(row, 'seq')
      const [attempts, done] = [integer(row, 'attempts'), text(row, 'done')]
      const end = { seq, receiver, state: 'dead', attempts, reason, detail, now, tookMs: 0 } as const
      settle({ ...end, tenant: text(row, 'tenant'), at: null, done, failed: '[]' })
    }
    const [first] = rows
    return { left: rows.length, channel: first === undefined ? '' : text(first, 'channel'), next: headOf(receiver) }
  }

  function collect(post: number): void {
    statements.collect.run({ post })
  }

  function headOf(receiver: ResourceKey): Head | undefined {
    const row = statements.head.get({ receiver })
    if (row === undefined) return undefined
    const [seq, dueAt] = [integer(row, 'seq'), integer(row, 'next_at')]
    return { seq, dueAt, reason: reasonOf(row), tenant: text(row, 'tenant') }
  }

  return {
    settle,
    giveWay,
    makeDue: ({ seqs, now }) => {
      for (const seq of seqs) statements.makeDue.run({ seq, now })
    },
    collect,
  }
}

/** A line of history about the rows of `source`; posts of the first version tell their group only in their body. */
export function insertHistory(source: 'notifications' | 'dead_letters', where: string): string {
  return `
    INSERT INTO history
      (at, notification, receiver, channel, tenant, group_key, alerts, attempt, outcome, reason, detail, took_ms)
    SELECT
      :now, n.id, n.receiver, n.channel, n.tenant,
      coalesce(p.group_key, json_extract(p.body, '$.groupKey')),
      coalesce(n.alert_count, json_array_length(n.alerts), json_array_length(p.body, '$.alerts')),
      :attempts, :state, :reason, :detail, :tookMs
    FROM ${source} AS n JOIN posts AS p ON p.id = n.post WHERE ${where}`
}

function prepare(database: DatabaseSync) {
  return {
    addHistory: database.prepare(insertHistory('notifications', 'n.seq = :seq')),
    addHistoryOnce: database.prepare(
      insertHistory(
        'notifications',
        'n.seq = :seq AND NOT EXISTS (SELECT 1 FROM history AS h WHERE h.notification = n.id AND h.outcome = :state)',
      ),
    ),
    postpone: database.prepare(`
      UPDATE notifications
      SET attempts = :attempts, next_at = :at, reason = :reason, detail = :detail, done = :done, failed = :failed
      WHERE seq = :seq`),
    bury: database.prepare(`
      INSERT INTO dead_letters
        (id, post, receiver, channel, tenant, alerts, alert_count, accepted_at, attempts, done, reason, detail, died_at)
      SELECT
        id, post, receiver, channel, tenant, alerts, alert_count, accepted_at, :attempts, :done, :reason, :detail, :now
      FROM notifications WHERE seq = :seq`),
    remove: database.prepare('DELETE FROM notifications WHERE seq = :seq RETURNING post'),
    collect: database.prepare(`
      DELETE FROM posts WHERE id = :post
        AND NOT EXISTS (SELECT 1 FROM notifications WHERE post = :post)
        AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE post = :post)`),
    head: database.prepare(
      'SELECT seq, next_at, reason, tenant FROM notifications WHERE receiver = :receiver ORDER BY seq LIMIT 1',
    ),
    oldest: database.prepare(`
      SELECT seq, attempts, done, channel, tenant FROM notifications
      WHERE receiver = :receiver ORDER BY seq LIMIT :limit OFFSET :offset`),
    makeDue: database.prepare('UPDATE notifications SET next_at = :now WHERE seq = :seq AND next_at > :now'),
  }
}

function historyValues({ seq, now, attempts, state, reason, detail, tookMs }: SettleRequest): Values {
  return { seq, now, attempts, state, reason, detail, tookMs }
}
