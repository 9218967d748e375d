import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { OutboxUnavailableError } from '../../src/model/errors.ts'
import { type Outbox } from '../../src/notify/outbox.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createLogCapture } from '../support/log-capture.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { aGroup, anAlert, aPost, databaseFile, freshName, openSqlite } from './builders.ts'

const clock = createFakeClock()
const page = 4_096

/** A closed outbox with notifications `n0`, `n1` … of some 3 kB each, so that each has pages of its own. */
async function filled(context: TestContext, amount: number): Promise<string> {
  const directory = await temporaryFolder(context)
  const outbox = openSqlite({ directory, clock })
  for (let count = 0; count < amount; count += 1) await put(outbox, `n${count}`)
  await outbox.close()
  return directory
}

function put(outbox: Outbox, id: string): Promise<unknown> {
  const group = aGroup([anAlert(freshName(), { annotations: new Map([['text', 'x'.repeat(1_500)]]) })])
  return outbox.put(aPost({ at: clock.now(), receivers: [`r-${id}`], ids: [id], group }))
}

function pendingOf(outbox: Outbox): readonly string[] {
  return outbox.pending({ limit: 10_000 }).map(({ notification }) => notification)
}

function damage(directory: string, change: (bytes: Buffer) => Buffer | undefined): void {
  const bytes = readFileSync(databaseFile(directory))
  writeFileSync(databaseFile(directory), change(bytes) ?? bytes)
}

describe('an outbox file that is damaged', () => {
  const damages: readonly (readonly [string, (bytes: Buffer) => Buffer | undefined])[] = [
    ['cut in the middle of a page', (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2) + 100)],
    ['cut after its first page', (bytes) => bytes.subarray(0, page)],
    ['of text', () => Buffer.from('not a database '.repeat(5_000))],
    ['of random bytes', () => Buffer.from(Array.from({ length: 50_000 }, (_, place) => (place * 7_919) % 251))],
    ['with zeroes in place of some pages', (bytes) => bytes.fill(0, 6 * page, 9 * page)],
    ['without its header', (bytes) => bytes.fill(0, 0, 100)],
    ['of zeroes', (bytes) => bytes.fill(0)],
  ]
  for (const [name, change] of damages) {
    it(`is set aside, ${name}, and reported, and the outbox goes on`, async (context) => {
      const directory = await filled(context, 30)
      damage(directory, change)
      const before = readFileSync(databaseFile(directory))
      const logger = createLogCapture()
      const outbox = openSqlite({ directory, clock, logger })
      context.after(() => outbox.close())
      await put(outbox, 'new')
      assert.ok(pendingOf(outbox).includes('new'))
      const { recovered, broken } = outbox.condition()
      assert.equal(broken, undefined)
      assert.equal(recovered?.at, clock.now())
      assert.deepEqual(readFileSync(recovered.movedTo), before, 'what was there is kept as it was')
      assert.equal(recovered.notifications, pendingOf(outbox).length - 1)
      assert.equal(logger.messages('error').length, 1)
    })
  }

  it('is read as far as it can be: most of what waited is still sent, in order', async (context) => {
    const directory = await filled(context, 200)
    const length = statSync(databaseFile(directory)).size
    damage(directory, (bytes) => bytes.fill(0xa5, length - 8 * page, length - 3 * page))
    const outbox = openSqlite({ directory, clock })
    context.after(() => outbox.close())
    const { recovered } = outbox.condition()
    const found = pendingOf(outbox)
    assert.ok(found.length >= 150 && found.length < 200, `${found.length} of 200`)
    assert.equal(recovered?.notifications, found.length)
    const numbers = found.map((id) => Number(id.slice(1)))
    assert.deepEqual(
      numbers,
      numbers.toSorted((one, other) => one - other),
    )
    const [claim] = await outbox.claim({ now: clock.now(), limit: 1, leaseMs: 1_000 })
    assert.equal(claim?.notification.group.alerts.length, 1)
  })

  it('is found out in what each notification needs, however large it is', async (context) => {
    const directory = await filled(context, 300)
    const database = new DatabaseSync(databaseFile(directory))
    const root = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'notifications'").get()
    database.close()
    damage(directory, (bytes) =>
      bytes.fill(0xa5, (Number(root?.['rootpage']) - 1) * page + 8, Number(root?.['rootpage']) * page),
    )
    const outbox = openSqlite({ directory, clock, limits: { quickCheckMaxBytes: 0 } })
    context.after(() => outbox.close())
    assert.ok(outbox.condition().recovered !== undefined)
  })

  it('is not damaged when it is empty, or its log was cut', async (context) => {
    const directory = await temporaryFolder(context)
    writeFileSync(databaseFile(directory), '')
    const outbox = openSqlite({ directory, clock })
    await put(outbox, 'n0')
    assert.deepEqual(outbox.condition(), {})
    await outbox.close()
  })
})

describe('the log of an outbox that was killed', () => {
  /** An outbox as a killed process leaves it: what was written is in the log. */
  async function killed(context: TestContext): Promise<string> {
    const directory = await temporaryFolder(context)
    const outbox = openSqlite({ directory, clock })
    context.after(() => outbox.close())
    for (let count = 0; count < 5; count += 1) await put(outbox, `n${count}`)
    const copy = await temporaryFolder(context)
    spawnSync('cp', [databaseFile(directory), `${databaseFile(directory)}-wal`, copy])
    return copy
  }

  it('is copied before SQLite overwrites it when its beginning is damaged', async (context) => {
    const directory = await killed(context)
    const log = `${databaseFile(directory)}-wal`
    const bytes = readFileSync(log).fill(0xa5, 0, 64)
    writeFileSync(log, bytes)
    const logger = createLogCapture()
    const outbox = openSqlite({ directory, clock, logger })
    context.after(() => outbox.close())
    const { recovered } = outbox.condition()
    assert.deepEqual(readFileSync(recovered?.movedTo ?? ''), bytes)
    assert.match(recovered?.reason ?? '', /log/u)
    await put(outbox, 'new')
    assert.ok(pendingOf(outbox).includes('new'))
  })

  it('is set aside with a database that has lost all its pages', async (context) => {
    const directory = await killed(context)
    truncateSync(databaseFile(directory), 0)
    const outbox = openSqlite({ directory, clock })
    context.after(() => outbox.close())
    await put(outbox, 'new')
    assert.deepEqual(pendingOf(outbox), ['new'])
    const aside = outbox.condition().recovered?.movedTo ?? ''
    assert.ok(statSync(`${aside}-wal`).size > 0)
  })
})

describe('an outbox that is damaged while it is open', () => {
  for (const threaded of [false, true]) {
    it(`refuses posts from then on and says so, and a restart recovers${threaded ? ', with a thread' : ''}`, async (context) => {
      const directory = await filled(context, 200)
      const logger = createLogCapture()
      const outbox = openSqlite({ directory, clock, logger, threaded, limits: { quickCheckMaxBytes: 0 } })
      // Another process writes: closing a handle of the file in this one would drop the outbox's locks.
      const size = statSync(databaseFile(directory)).size
      const script = `
        const fs = require('node:fs')
        const handle = fs.openSync(process.argv[1], 'r+')
        fs.writeSync(handle, Buffer.alloc(${size - page}, 0xa5), 0, ${size - page}, ${page})`
      assert.equal(spawnSync(process.execPath, ['-e', script, databaseFile(directory)]).status, 0)
      let refusals = 0
      for (let count = 0; count < 5; count += 1) {
        await put(outbox, `late${count}`).catch((error: unknown) => {
          assert.ok(error instanceof OutboxUnavailableError)
          refusals += 1
        })
      }
      assert.ok(refusals >= 4, `${refusals} refusals`)
      assert.equal(outbox.condition().broken, 'the file is corrupt')
      assert.ok(logger.messages('error').some((message) => message.includes('restarted')))
      await outbox.close().catch(() => undefined)
      const next = openSqlite({ directory, clock, logger })
      context.after(() => next.close())
      assert.ok(next.condition().recovered !== undefined)
      await put(next, 'after')
      assert.ok(pendingOf(next).includes('after'))
      assert.ok(readdirSync(directory).some((name) => name.startsWith('outbox.db.corrupt-')))
      assert.ok(statSync(join(directory, 'outbox.lock')).size === 0)
    })
  }
})
