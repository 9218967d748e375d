import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { databaseFile, openSqlite, receiverKey } from './builders.ts'

const acceptedAt = Date.UTC(2026, 0, 1)
/** Written and closed by the version before: see the test for what is in it. */
const fixture = join(import.meta.dirname, 'fixtures', 'outbox-schema-1.db.gz')

describe('an outbox file of schema 1', () => {
  it('is taken over with all that waits, is dead, was told and is remembered', async (context) => {
    const directory = await temporaryFolder(context)
    writeFileSync(databaseFile(directory), gunzipSync(readFileSync(fixture)))
    const clock = { now: () => acceptedAt + 10 }
    const outbox = openSqlite({ directory, clock })
    context.after(() => outbox.close())

    const { pending, dead, payloadBytes } = outbox.counts()
    assert.deepEqual([pending, dead, outbox.condition()], [3, 1, {}])
    assert.ok(payloadBytes > 1_000)
    assert.deepEqual(
      outbox.pending({ limit: 10 }).map((one) => [one.notification, one.attempts, one.nextAttemptAt - acceptedAt]),
      [
        ['a1', 1, 60_000],
        ['a2', 0, 1],
        ['d1', 0, 3],
      ],
    )
    assert.deepEqual(
      outbox.history({ limit: 10 }).map(({ notification, outcome }) => `${notification} ${outcome}`),
      ['c1 dead', 'b1 sent', 'a1 retry'],
    )
    const letter = await outbox.deadLetter('c1', 10)
    assert.deepEqual(
      [letter?.alertCount, letter?.groupKey, letter?.alerts.map(({ fingerprint }) => fingerprint)],
      [2, '{}:{alertname="A"}', ['D', 'F']],
    )
  })

  it('goes on as any other: what was in it is claimed, settled, replayed and discarded', async (context) => {
    const directory = await temporaryFolder(context)
    writeFileSync(databaseFile(directory), gunzipSync(readFileSync(fixture)))
    let now = acceptedAt + 10
    const outbox = openSqlite({ directory, clock: { now: () => now } })
    context.after(() => outbox.close())
    const claim = async () => (await outbox.claim({ now, limit: 10, leaseMs: 1_000 }))[0]!

    const dan = await claim()
    assert.deepEqual(
      [dan.notification.receiver, dan.notification.group.alerts[0]?.fingerprint],
      [receiverKey('dan'), 'G'],
    )
    await outbox.settle(dan, { state: 'sent', detail: '', refusals: [] }, { now, tookMs: 1 })
    const [line] = outbox.history({ limit: 1 })
    assert.deepEqual([line?.groupKey, line?.alerts], ['{}:{alertname="A"}', 1])
    now += 60_000
    const ann = await claim()
    assert.deepEqual([ann.notification.id, ann.attempt, ann.done], ['a1', 2, ['to:a']])
    await outbox.settle(ann, { state: 'cancelled', detail: '' }, { now, tookMs: 1 })
    assert.deepEqual(
      (await claim()).notification.group.alerts.map(({ fingerprint }) => fingerprint),
      ['B', 'C'],
    )
    assert.equal(await outbox.replay('c1', now), true)
    assert.equal((await claim()).notification.id, 'c1')
    assert.equal(outbox.counts().dead, 0)
  })

  it('is not taken for one of this version by the version before', async (context) => {
    const directory = await temporaryFolder(context)
    await openSqlite({ directory, clock: { now: () => acceptedAt } }).close()
    const database = new DatabaseSync(databaseFile(directory))
    context.after(() => database.close())
    assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], 2)
  })
})
