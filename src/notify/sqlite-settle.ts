import { type DatabaseSync } from 'node:sqlite'
import { type Refusal } from '../model/delivery.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Head } from './lanes.ts'
import { type Claim, type Postponement, type Settlement } from './outbox.ts'
import { integer, one, reasonOf, receiverOf, type Values } from './sqlite-rows.ts'

/** When a settlement happened and how long its attempt took. */
export interface SettledAt {
  readonly now: number
  readonly tookMs: number
}

/** Where a lane stands after one of its notifications was settled. */
export interface AfterSettle {
  /** The lane's head from now on. */
  readonly next: Head | undefined
  /** Whether the notification has left the lane. */
  readonly removed: boolean
}

/** A notification that gives way although it is not the head of its lane. */
export interface GivingWay {
  readonly seq: number
  readonly claim: Claim
  readonly settlement: Settlement
}

/** The operations that end or move a notification, each to be run inside a transaction. */
export interface SettleOperations {
  settle(seq: number, claim: Claim, settlement: Settlement, at: SettledAt): AfterSettle
  /** Ends notifications unless they have become the head or left meanwhile; gives back how many it ended. */
  giveWay(notifications: readonly GivingWay[], now: number): number
  /** Makes a waiting notification due at `now`. */
  makeDue(seq: number, now: number): void
  replay(id: string, now: number): { readonly seq: number; readonly receiver: ResourceKey } | undefined
  /** Deletes a post that nothing refers to any more. */
  collect(post: number): void
}

export function createSettle(database: DatabaseSync): SettleOperations {
  const statements = prepare(database)

  function settle(seq: number, claim: Claim, settlement: Settlement, at: SettledAt): AfterSettle {
    const addHistory = settlement.state === 'deferred' ? statements.addHistoryOnce : statements.addHistory
    addHistory.run(historyValues(claim, settlement, at))
    if (settlement.state === 'retry' || settlement.state === 'deferred') {
      statements.postpone.run({ seq, ...postponeValues(claim, settlement) })
      return { next: { seq, dueAt: Math.round(settlement.at), reason: settlement.reason }, removed: false }
    }
    if (settlement.state === 'dead') {
      const { reason, done } = settlement
      const attempts = attemptsAfter(claim, settlement)
      const detail = describe(settlement)
      statements.bury.run({ seq, attempts, done: JSON.stringify(done), reason, detail, now: at.now })
    }
    collect(integer(one(statements.remove, { seq }), 'post'))
    return { next: headOf(claim.notification.receiver), removed: true }
  }

  function collect(post: number): void {
    statements.collect.run({ post })
  }

  function headOf(receiver: ResourceKey): Head | undefined {
    const row = statements.head.get({ receiver })
    if (row === undefined) return undefined
    return { seq: integer(row, 'seq'), dueAt: integer(row, 'next_at'), reason: reasonOf(row) }
  }

  function isBehindHead({ seq, claim }: GivingWay): boolean {
    const head = headOf(claim.notification.receiver)
    return head !== undefined && head.seq < seq && statements.exists.get({ seq }) !== undefined
  }

  return {
    settle,
    giveWay: (notifications, now) => {
      const left = notifications.filter(isBehindHead)
      for (const { seq, claim, settlement } of left) settle(seq, claim, settlement, { now, tookMs: 0 })
      return left.length
    },
    makeDue: (seq, now) => void statements.makeDue.run({ seq, now }),
    replay: (id, now) => {
      const row = statements.resurrect.get({ id, now })
      if (row === undefined) return undefined
      statements.unbury.run(id)
      return { seq: integer(row, 'seq'), receiver: receiverOf(row) }
    },
    collect,
  }
}

const insertHistory = `
      INSERT INTO history
        (at, notification, receiver, channel, tenant, group_key, alerts, attempt, outcome, reason, detail, took_ms)
      SELECT
        :at, :notification, :receiver, :channel, :tenant, :groupKey, :alerts, :attempt, :outcome, :reason, :detail, :tookMs`

function prepare(database: DatabaseSync) {
  return {
    addHistory: database.prepare(insertHistory),
    addHistoryOnce: database.prepare(`${insertHistory}
      WHERE NOT EXISTS (SELECT 1 FROM history WHERE notification = :notification AND outcome = :outcome)`),
    postpone: database.prepare(`
      UPDATE notifications
      SET attempts = :attempts, next_at = :at, reason = :reason, detail = :detail, done = :done, failed = :failed
      WHERE seq = :seq`),
    bury: database.prepare(`
      INSERT INTO dead_letters
        (id, post, receiver, channel, tenant, alerts, accepted_at, attempts, done, reason, detail, died_at)
      SELECT id, post, receiver, channel, tenant, alerts, accepted_at, :attempts, :done, :reason, :detail, :now
      FROM notifications WHERE seq = :seq`),
    remove: database.prepare('DELETE FROM notifications WHERE seq = :seq RETURNING post'),
    collect: database.prepare(`
      DELETE FROM posts WHERE id = :post
        AND NOT EXISTS (SELECT 1 FROM notifications WHERE post = :post)
        AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE post = :post)`),
    head: database.prepare(
      'SELECT seq, next_at, reason FROM notifications WHERE receiver = :receiver ORDER BY seq LIMIT 1',
    ),
    exists: database.prepare('SELECT 1 FROM notifications WHERE seq = :seq'),
    makeDue: database.prepare('UPDATE notifications SET next_at = :now WHERE seq = :seq AND next_at > :now'),
    resurrect: database.prepare(`
      INSERT INTO notifications (id, post, receiver, channel, tenant, alerts, accepted_at, done, queued_at, next_at)
      SELECT id, post, receiver, channel, tenant, alerts, accepted_at, done, :now, :now FROM dead_letters WHERE id = :id
      RETURNING seq, receiver`),
    unbury: database.prepare('DELETE FROM dead_letters WHERE id = ?'),
  }
}

function historyValues(claim: Claim, settlement: Settlement, at: SettledAt): Values {
  const { notification, channel, tenant } = claim
  return {
    at: at.now,
    notification: notification.id,
    receiver: notification.receiver,
    channel,
    tenant,
    groupKey: notification.group.groupKey,
    alerts: notification.group.alerts.length,
    attempt: attemptsAfter(claim, settlement),
    outcome: settlement.state,
    reason: 'reason' in settlement ? settlement.reason : null,
    detail: describe(settlement),
    tookMs: Math.round(at.tookMs),
  }
}

function postponeValues(claim: Claim, settlement: Extract<Settlement, Postponement>): Values {
  const { at, reason, done, failed = [] } = settlement
  const lists = { done: JSON.stringify(done), failed: JSON.stringify(failed) }
  const attempts = attemptsAfter(claim, settlement)
  return { attempts, at: Math.round(at), reason, detail: describe(settlement), ...lists }
}

/** A notification that was cancelled or deferred was not attempted this time. */
function attemptsAfter({ attempt }: Claim, { state }: Settlement): number {
  return state === 'cancelled' || state === 'deferred' ? attempt - 1 : attempt
}

/** History is for people, who stop reading; and a remote side's answer must not fill the disk. */
const maxDetail = 2_000
const maxRefusals = 20

function describe(settlement: Settlement): string {
  const refusals = 'refusals' in settlement ? settlement.refusals : []
  const parts = [settlement.detail, ...refusals.slice(0, maxRefusals).map(describeRefusal)]
  if (refusals.length > maxRefusals) parts.push(`and ${refusals.length - maxRefusals} more refused`)
  const whole = parts.filter((part) => part !== '').join('; ')
  return whole.length > maxDetail ? `${whole.slice(0, maxDetail - 1)}…` : whole
}

function describeRefusal({ target, reason, detail }: Refusal): string {
  return `${target} refused (${reason}: ${detail})`
}
