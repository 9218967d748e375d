import { type DatabaseSync, type StatementSync } from 'node:sqlite'
import { type OutboxLimits } from './limits.ts'
import { integer, text, type Values } from './sqlite-rows.ts'
import { type Space } from './sqlite-space.ts'

/** Rows forgotten in one transaction, so that no put waits long behind one. */
const chunk = 1_000
/** Dead letters give way before a full outbox refuses posts. */
const roomShare = 0.8
/** Freed pages are handed back to the disk only after an outage: when they are most of a file of some size. */
const vacuumBytes = 16 * 1_024 * 1_024
const vacuumShare = 0.5

/** What one piece of forgetting did. */
export interface Pruned {
  /** There may be more. */
  readonly more: boolean
  /** Dead letters that were deleted because of their number, or to make room: before their time. */
  readonly evicted: number
}

/** One piece of forgetting, to be run inside a transaction. */
export type PruneStep = (now: number) => Pruned

export interface PruneDeps {
  readonly database: DatabaseSync
  readonly limits: OutboxLimits
  readonly space: Space
  readonly collect: (post: number) => void
}

/** The steps of pruning, each to be repeated until it says that nothing is left. */
export function createPruneSteps({ database, limits, space, collect }: PruneDeps): readonly PruneStep[] {
  const oldHistory = database.prepare(`
    DELETE FROM history WHERE at < :before AND id IN (SELECT id FROM history ORDER BY id LIMIT :limit)`)
  const excessHistory = database.prepare(`
    DELETE FROM history WHERE id IN
      (SELECT id FROM history WHERE id <= (SELECT max(id) FROM history) - :keep ORDER BY id LIMIT :limit)`)
  const oldDead = database.prepare(`
    DELETE FROM dead_letters WHERE died_at < :before AND seq IN (SELECT seq FROM dead_letters ORDER BY seq LIMIT :limit)
    RETURNING post`)
  const oldStates = database.prepare(`
    DELETE FROM state_sets WHERE id IN (SELECT id FROM state_sets WHERE accepted_at < :before LIMIT :limit)`)
  const futureStates = database.prepare(`
    DELETE FROM state_sets WHERE id IN (SELECT id FROM state_sets WHERE accepted_at > :after LIMIT :limit)`)
  const stateWindowMs = Math.max(limits.windowMs, limits.reminderWindowMs)

  const forgetDead = createForgetting(collect)
  const evict = createEviction({ database, limits, space, collect })

  function vacuum(): boolean {
    const { bytes, usedBytes } = space()
    const freeBytes = bytes - usedBytes
    if (freeBytes < vacuumBytes || freeBytes < bytes * vacuumShare) return false
    database.exec(`PRAGMA incremental_vacuum(${chunk})`)
    return true
  }

  function forget(statement: typeof oldHistory, values: Values): Pruned {
    return { more: statement.run({ ...values, limit: chunk }).changes === chunk, evicted: 0 }
  }

  return [
    (now) => forget(oldHistory, { before: now - limits.historyMaxAgeMs }),
    () => forget(excessHistory, { keep: limits.historyMaxRows }),
    (now) => {
      const values = { before: now - limits.deadLetterMaxAgeMs, limit: chunk }
      return { more: forgetDead(oldDead, values) === chunk, evicted: 0 }
    },
    evict,
    (now) => forget(oldStates, { before: now - stateWindowMs }),
    (now) => forget(futureStates, { after: now + stateWindowMs }),
    () => ({ more: vacuum(), evicted: 0 }),
  ]
}

const nothing: Pruned = { more: false, evicted: 0 }

type Forgetting = (statement: StatementSync, values: Values) => number

/** Runs a statement that deletes dead letters, and deletes the posts that nothing refers to any more; gives back how many. */
function createForgetting(collect: (post: number) => void): Forgetting {
  return (statement, values) => {
    const posts = statement.all(values).map((row) => integer(row, 'post'))
    for (const post of new Set(posts)) collect(post)
    return posts.length
  }
}

/** Deletes dead letters that are too many. Whoever has most gives way, down to the next: nobody pushes out what others have. */
function createEviction({ database, limits, space, collect }: PruneDeps): () => Pruned {
  const forgetDead = createForgetting(collect)
  const tenants = database.prepare('SELECT tenant, count(*) AS amount FROM dead_letters GROUP BY tenant')
  const oldest = database.prepare(`
    DELETE FROM dead_letters WHERE seq IN
      (SELECT seq FROM dead_letters WHERE tenant = :tenant ORDER BY seq LIMIT :limit) RETURNING post`)

  function excess(): number {
    const { dead, usedBytes, payloadBytes } = space()
    const tooMany = Math.max(0, dead - limits.maxDeadLetters)
    const isTight = usedBytes > limits.maxBytes * roomShare || payloadBytes > limits.maxPayloadBytes * roomShare
    return Math.min(chunk, Math.max(tooMany, isTight ? Math.min(dead, chunk / 10) : 0))
  }

  return () => {
    const limit = excess()
    if (limit === 0) return nothing
    const amounts = tenants.all().map((row) => ({ tenant: text(row, 'tenant'), amount: integer(row, 'amount') }))
    const [first, second] = amounts.toSorted((one, other) => other.amount - one.amount)
    if (first === undefined) return nothing
    const share = Math.max(Math.ceil(limit / amounts.length), first.amount - (second?.amount ?? 0))
    const evicted = forgetDead(oldest, { tenant: first.tenant, limit: Math.min(limit, share) })
    return { more: evicted > 0, evicted }
  }
}
