import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { outboxLimits } from '../../src/notify/limits.ts'
import { createPruneSteps } from '../../src/notify/sqlite-prune.ts'
import { createPut } from '../../src/notify/sqlite-put.ts'
import { createReads } from '../../src/notify/sqlite-read.ts'
import { migrate } from '../../src/notify/sqlite-schema.ts'
import { createSettle } from '../../src/notify/sqlite-settle.ts'
import { createSpace } from '../../src/notify/sqlite-space.ts'

class RecordingDatabase extends DatabaseSync {
  readonly statements: string[] = []

  override prepare(sql: string): StatementSync {
    this.statements.push(sql)
    return super.prepare(sql)
  }
}

function planOf(database: DatabaseSync, sql: string): string[] {
  return database
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map((row) => String(row['detail']))
}

it('no statement of the outbox scans or sorts a table that grows, unless it stops at a limit', () => {
  const database = new RecordingDatabase(':memory:')
  migrate(database)
  database.statements.length = 0
  const space = createSpace(database)
  createPut(database, outboxLimits, space)
  createReads(database)
  const { collect } = createSettle(database)
  createPruneSteps({ database, limits: outboxLimits, space, collect })
  const statements = database.statements.slice()
  assert.ok(statements.length > 25)
  for (const sql of statements) {
    const plan = planOf(database, sql)
    const stops = /\bLIMIT\b/u.test(sql)
    const scans = plan.filter((line) =>
      /^SCAN (?:n|notifications|posts|post_slices|dead_letters|state_sets|history)$/u.test(line),
    )
    assert.ok(stops || scans.length === 0, `${sql}\n${plan.join('\n')}`)
    assert.ok(!plan.some((line) => line.includes('TEMP B-TREE')), `${sql}\n${plan.join('\n')}`)
  }
  database.close()
})
