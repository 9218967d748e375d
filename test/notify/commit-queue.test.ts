import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { OutboxUnavailableError } from '../../src/model/errors.ts'
import { createCommitQueue, type CommitQueue } from '../../src/notify/commit-queue.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createMemoryMetrics, type MemoryMetrics } from '../support/memory-metrics.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Rig {
  readonly queue: CommitQueue
  readonly database: DatabaseSync
  readonly metrics: MemoryMetrics
  add(value: string, applied?: () => void): Promise<string>
  values(): readonly unknown[]
  commits(): number
}

async function rig(context: TestContext, maxBatch = 512): Promise<Rig> {
  const database = new DatabaseSync(join(await temporaryFolder(context), 'queue.db'))
  context.after(() => database.close())
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE items (value TEXT NOT NULL UNIQUE) STRICT')
  const metrics = createMemoryMetrics()
  const queue = createCommitQueue({ database, clock: createFakeClock(), metrics, maxBatch })
  const insert = database.prepare('INSERT INTO items VALUES (?)')
  return {
    queue,
    database,
    metrics,
    add: (value, applied) =>
      queue.run(() => {
        insert.run(value)
        return value
      }, applied),
    values: () =>
      database
        .prepare('SELECT value FROM items ORDER BY rowid')
        .all()
        .map((row) => row['value']),
    commits: () => metrics.observed('outbox_commit_duration_seconds').length,
  }
}

describe('group commit', () => {
  it('writes everything that was asked for in one turn in one transaction', async (context) => {
    const { add, values, commits } = await rig(context)
    const names = Array.from({ length: 100 }, (_, index) => `v${index}`)
    assert.deepEqual(await Promise.all(names.map((name) => add(name))), names)
    assert.deepEqual(values(), names)
    assert.equal(commits(), 1)
  })

  it('bounds a transaction, and goes on with the rest', async (context) => {
    const { add, values, commits } = await rig(context, 10)
    await Promise.all(Array.from({ length: 25 }, (_, index) => add(`v${index}`)))
    assert.equal(values().length, 25)
    assert.equal(commits(), 3)
  })

  it('undoes an operation that throws, wholly and alone', async (context) => {
    const { add, queue, database, values } = await rig(context)
    const results = await Promise.allSettled([
      add('before'),
      queue.run(() => {
        database.exec("INSERT INTO items VALUES ('half')")
        throw new RangeError('no')
      }),
      add('before'),
      add('after'),
    ])
    assert.deepEqual(
      results.map((result) => (result.status === 'rejected' ? (result.reason as Error).name : result.value)),
      ['before', 'RangeError', 'Error', 'after'],
    )
    assert.deepEqual(values(), ['before', 'after'])
  })

  it('applies effects after the commit, in the order of the operations', async (context) => {
    const { add, database } = await rig(context)
    const seen: string[] = []
    const note = (name: string) => () => {
      assert.equal(database.isTransaction, false)
      seen.push(name)
    }
    await Promise.all([add('a', note('a')), add('b', note('b'))])
    assert.deepEqual(seen, ['a', 'b'])
  })

  it('refuses everybody with OutboxUnavailableError when the disk is full, applies nothing, and works again after', async (context) => {
    const { add, database, values } = await rig(context)
    await add('small')
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count'])
    database.exec(`PRAGMA max_page_count = ${pages + 2}`)
    const applied: string[] = []
    const results = await Promise.allSettled([
      add('innocent', () => applied.push('innocent')),
      add('x'.repeat(100_000), () => applied.push('large')),
      add('late', () => applied.push('late')),
    ])
    for (const result of results) {
      assert.ok(result.status === 'rejected' && result.reason instanceof OutboxUnavailableError)
      assert.match(result.reason.message, /disk is full/u)
      assert.equal(result.reason.status, 503)
    }
    assert.deepEqual([applied, values()], [[], ['small']])
    database.exec('PRAGMA max_page_count = 1000000')
    await add('again')
    assert.deepEqual(values(), ['small', 'again'])
  })

  it('refuses everybody when the commit itself fails, and works again after', async (context) => {
    const { add, queue, database, values } = await rig(context)
    database.exec(`
      CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT;
      CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED) STRICT`)
    const orphan = queue.run(() => database.exec('INSERT INTO children VALUES (1)'))
    const results = await Promise.allSettled([add('beside'), orphan])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    assert.deepEqual(values(), [])
    await add('again')
    assert.deepEqual(values(), ['again'])
  })

  it('writes what waits when it is closed, and refuses what comes later', async (context) => {
    const { add, queue, values } = await rig(context, 2)
    const early = Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => add(name)))
    const closed = queue.close()
    await assert.rejects(add('late'), OutboxUnavailableError)
    await closed
    assert.equal((await early).length, 5)
    assert.equal(values().length, 5)
  })
})
