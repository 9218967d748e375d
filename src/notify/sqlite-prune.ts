import { type DatabaseSync } from 'node:sqlite'
import { type OutboxLimits } from './limits.ts'
import { integer, type Values } from './sqlite-rows.ts'
import { type Space } from './sqlite-space.ts'

/** Rows forgotten in one transaction, so that no put waits long behind one. */
const chunk = 1_000
/** Dead letters give way before a full outbox refuses posts. */
const roomShare = 0.8
/** Freed pages are handed back to the disk only after an outage: when they are most of a file of some size. */
const vacuumBytes = 16 * 1_024 * 1_024
const vacuumShare = 0.5

/** One piece of forgetting, to be run inside a transaction; true when there may be more. */
export type PruneStep = (now: number) => boolean

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
  const oldestDead = database.prepare(`
    DELETE FROM dead_letters WHERE seq IN (SELECT seq FROM dead_letters ORDER BY seq LIMIT :limit) RETURNING post`)
  const oldStates = database.prepare(`
    DELETE FROM states WHERE identity IN (SELECT identity FROM states WHERE accepted_at < :before LIMIT :limit)`)
  const futureStates = database.prepare(`
    DELETE FROM states WHERE identity IN (SELECT identity FROM states WHERE accepted_at > :after LIMIT :limit)`)
  const stateWindowMs = Math.max(limits.windowMs, limits.reminderWindowMs)

  function forgetDead(statement: typeof oldDead, values: Values): number {
    const posts = statement.all(values).map((row) => integer(row, 'post'))
    for (const post of new Set(posts)) collect(post)
    return posts.length
  }

  function excessDead(): number {
    const { dead, usedBytes } = space()
    const tooMany = Math.max(0, dead - limits.maxDeadLetters)
    const tooBig = usedBytes > limits.maxBytes * roomShare ? Math.min(dead, chunk / 10) : 0
    return Math.min(chunk, Math.max(tooMany, tooBig))
  }

  function vacuum(): boolean {
    const { bytes, usedBytes } = space()
    const freeBytes = bytes - usedBytes
    if (freeBytes < vacuumBytes || freeBytes < bytes * vacuumShare) return false
    database.exec(`PRAGMA incremental_vacuum(${chunk})`)
    return true
  }

  return [
    (now) => oldHistory.run({ before: now - limits.historyMaxAgeMs, limit: chunk }).changes === chunk,
    () => excessHistory.run({ keep: limits.historyMaxRows, limit: chunk }).changes === chunk,
    (now) => forgetDead(oldDead, { before: now - limits.deadLetterMaxAgeMs, limit: chunk }) === chunk,
    () => {
      const limit = excessDead()
      return limit > 0 && forgetDead(oldestDead, { limit }) > 0
    },
    (now) => oldStates.run({ before: now - stateWindowMs, limit: chunk }).changes === chunk,
    (now) => futureStates.run({ after: now + stateWindowMs, limit: chunk }).changes === chunk,
    vacuum,
  ]
}
