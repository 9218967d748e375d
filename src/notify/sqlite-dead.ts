import { type DatabaseSync } from 'node:sqlite'
import { OutboxFullError } from '../model/errors.ts'
import { type OutboxLimits } from './limits.ts'
import { type DeadLetterFilter } from './outbox.ts'
import { type Queued } from './sqlite-put.ts'
import { integer, receiverOf, text, type Row, type Values } from './sqlite-rows.ts'
import { insertHistory } from './sqlite-settle.ts'
import { type Space } from './sqlite-space.ts'

/** Which dead letters, at most how many of them, and when. */
export interface DeadLetterRequest {
  readonly filter: DeadLetterFilter
  readonly limit: number
  readonly now: number
}

/** What people do with dead letters, each to be run inside a transaction. */
export interface DeadLetterOperations {
  /** Puts the oldest that match back into the outbox. Throws OutboxFullError. */
  replay(request: DeadLetterRequest): readonly Queued[]
  /** Deletes the oldest that match, each with a line of history; gives back how many. */
  discard(request: DeadLetterRequest): number
}

/** A dead letter matches when it has all that is asked for. */
export const matches = `
  (:id IS NULL OR id = :id) AND (:receiver IS NULL OR receiver = :receiver) AND (:tenant IS NULL OR tenant = :tenant)
  AND (:channel IS NULL OR channel = :channel) AND (:reason IS NULL OR reason = :reason)`

export function filterValues({ notification, receiver, tenant, channel, reason }: DeadLetterFilter): Values {
  return {
    id: notification ?? null,
    receiver: receiver ?? null,
    tenant: tenant ?? null,
    channel: channel ?? null,
    reason: reason ?? null,
  }
}

export interface DeadLetterDeps {
  readonly database: DatabaseSync
  readonly limits: Pick<OutboxLimits, 'maxPending'>
  readonly space: Space
  readonly collect: (post: number) => void
}

export function createDeadLetterOperations({ database, limits, space, collect }: DeadLetterDeps): DeadLetterOperations {
  const statements = prepare(database)

  function found({ filter, limit }: DeadLetterRequest): readonly Row[] {
    if (filter.notification === undefined) return statements.matching.all({ ...filterValues(filter), limit })
    return statements.byId.all({ id: filter.notification })
  }

  return {
    replay(request) {
      const rows = found(request)
      const { pending } = space()
      if (pending + rows.length > limits.maxPending) {
        throw new OutboxFullError(
          `the outbox holds ${pending} of at most ${limits.maxPending} notifications; replay fewer, or later`,
        )
      }
      return rows.flatMap((row) => {
        const again = statements.resurrect.all({ seq: integer(row, 'seq'), now: request.now })
        statements.remove.run({ seq: integer(row, 'seq') })
        return again.map((queued) => {
          return { seq: integer(queued, 'seq'), receiver: receiverOf(queued), tenant: text(queued, 'tenant') }
        })
      })
    },
    discard(request) {
      const rows = found(request)
      for (const row of rows) {
        const { seq, attempts } = { seq: integer(row, 'seq'), attempts: integer(row, 'attempts') }
        const detail = 'the dead letter was discarded by hand'
        const line = { state: 'discarded', reason: text(row, 'reason'), detail, tookMs: 0 }
        statements.addHistory.run({ seq, attempts, now: request.now, ...line })
        statements.remove.run({ seq })
        collect(integer(row, 'post'))
      }
      return rows.length
    },
  }
}

function prepare(database: DatabaseSync) {
  return {
    byId: database.prepare('SELECT seq, post, attempts, reason FROM dead_letters WHERE id = :id LIMIT 1'),
    matching: database.prepare(`
      SELECT seq, post, attempts, reason FROM dead_letters WHERE ${matches} ORDER BY seq LIMIT :limit`),
    resurrect: database.prepare(`
      INSERT INTO notifications
        (id, post, receiver, channel, tenant, alerts, alert_count, accepted_at, done, queued_at, next_at)
      SELECT id, post, receiver, channel, tenant, alerts, alert_count, accepted_at, done, :now, :now
      FROM dead_letters WHERE seq = :seq
      RETURNING seq, receiver, tenant`),
    remove: database.prepare('DELETE FROM dead_letters WHERE seq = :seq'),
    addHistory: database.prepare(insertHistory('dead_letters', 'n.seq = :seq')),
  }
}
