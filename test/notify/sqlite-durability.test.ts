import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { SettingsError } from '../../src/model/errors.ts'
import { openOutboxDatabase } from '../../src/notify/sqlite-database.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createLogCapture } from '../support/log-capture.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { aPost, databaseFile, openSqlite } from './builders.ts'

const program = join(import.meta.dirname, 'put-until-killed.ts')
const clock = createFakeClock()

/** Runs the program until it has acknowledged some puts, kills it, and gives back what it had acknowledged. */
async function putUntilKilled(directory: string, prefix: string, bytes: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [program, directory, prefix], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    output += text
    if (output.length >= bytes) child.kill('SIGKILL')
  })
  const [, signal] = (await once(child, 'close')) as [number | null, string | null]
  assert.equal(signal, 'SIGKILL', 'the program lived until it was killed')
  return output.split('\n').slice(0, -1)
}

describe('durability of the SQLite outbox', () => {
  it('loses nothing that was acknowledged when the process is killed, and stores no post by half', async (context) => {
    const directory = await temporaryFolder(context)
    const acknowledged: string[] = []
    for (let round = 0; round < 10; round += 1) {
      acknowledged.push(...(await putUntilKilled(directory, `round${round}`, 40 + round * 230)))
    }
    const logger = createLogCapture()
    const outbox = openSqlite({ directory, clock, logger })
    context.after(() => outbox.close())
    const stored = new Set(outbox.pending({ limit: 10_000 }).map(({ notification }) => notification))
    assert.ok(acknowledged.length > 100)
    assert.deepEqual(
      acknowledged.filter((id) => !stored.has(id)),
      [],
    )
    const halves = [...stored].filter((id) => !stored.has(id.replace(/[ab]$/u, id.endsWith('a') ? 'b' : 'a')))
    assert.deepEqual(halves, [])
    assert.equal(outbox.counts().pending, stored.size)
    assert.deepEqual(logger.lines, [])
  })

  it('finds whole posts, in order and without a gap, after a power cut at any moment of writing', async (context) => {
    const directory = await temporaryFolder(context)
    const outbox = openSqlite({ directory, clock })
    context.after(() => outbox.close())
    const ids: string[] = []
    for (let count = 0; count < 20; count += 1) {
      const stored = ['a', 'b'].map((name) => `${count}${name}`)
      await outbox.put(aPost({ at: clock.now(), receivers: ['ann', 'bob'], ids: stored }))
      ids.push(...stored)
    }
    const whole = statSync(`${databaseFile(directory)}-wal`).size
    const cuts = 12
    for (let cut = 0; cut <= cuts; cut += 1) {
      const copy = join(directory, `copy${cut}`)
      mkdirSync(copy)
      // Another process copies: closing a handle of the file in this one would drop the outbox's lock.
      const copied = spawn('cp', [databaseFile(directory), `${databaseFile(directory)}-wal`, copy])
      await once(copied, 'close')
      truncateSync(`${databaseFile(copy)}-wal`, Math.floor((whole * cut) / cuts))
      const after = openSqlite({ directory: copy, clock })
      const found = after.pending({ limit: 1_000 }).map(({ notification }) => notification)
      assert.equal(found.length % 2, 0)
      assert.deepEqual(found, ids.slice(0, found.length))
      if (cut === cuts) assert.equal(found.length, ids.length)
      await after.close()
    }
  })

  it('writes through to the disk, with a write-ahead log of its own and foreign keys', async (context) => {
    const file = databaseFile(await temporaryFolder(context))
    const { database, lock } = openOutboxDatabase({ file, clock, logger: createLogCapture(), quickCheckMaxBytes: 0 })
    const read = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    const names = ['journal_mode', 'synchronous', 'foreign_keys', 'auto_vacuum']
    assert.deepEqual(names.map(read), ['wal', 2, 1, 2])
    assert.equal(read('foreign_key_check'), undefined)
    database.close()
    lock.close()
  })

  it('is held by one process: a second opener fails at once and says so', async (context) => {
    const directory = await temporaryFolder(context)
    const outbox = openSqlite({ directory, clock })
    const file = databaseFile(directory)
    assert.throws(
      () => openSqlite({ directory, clock }),
      (error) => {
        assert.ok(error instanceof SettingsError)
        assert.equal(error.message, `another process holds ${file}; stop it, or name another folder with --data`)
        return true
      },
    )
    const child = spawn(process.execPath, [program, directory, 'x'], { stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.setEncoding('utf8')
    child.stderr.on('data', (text: string) => (errors += text))
    const [code] = (await once(child, 'close')) as [number | null]
    assert.notEqual(code, 0)
    assert.match(errors, /SettingsError: another process holds/u)
    await outbox.put(aPost({ at: clock.now(), receivers: ['ann'] }))
    await outbox.close()
    const next = openSqlite({ directory, clock })
    assert.equal(next.counts().pending, 1)
    await next.close()
  })

  it('makes its folder and files for its own user alone', async (context) => {
    const directory = join(await temporaryFolder(context), 'a', 'b')
    const outbox = openSqlite({ directory, clock })
    context.after(() => outbox.close())
    await outbox.put(aPost({ at: clock.now(), receivers: ['ann'] }))
    const modes = readdirSync(directory).map((name) => [name, statSync(join(directory, name)).mode & 0o777])
    assert.deepEqual(modes, [
      ['outbox.db', 0o600],
      ['outbox.db-shm', 0o600],
      ['outbox.db-wal', 0o600],
      ['outbox.lock', 0o600],
    ])
    assert.equal(statSync(directory).mode & 0o777, 0o700)
  })

  it('says which folder cannot be written', async (context) => {
    const directory = await temporaryFolder(context)
    writeFileSync(join(directory, 'file'), '')
    assert.throws(() => openSqlite({ directory: join(directory, 'file', 'data'), clock }), {
      name: 'SettingsError',
      message: /cannot write .*file\/data\/outbox\.db .*name a writable folder with --data/u,
    })
  })

  it('sets a file that is no database aside, whole, and begins a new one', async (context) => {
    const directory = await temporaryFolder(context)
    const garbage = 'not a database at all '.repeat(1_000)
    writeFileSync(databaseFile(directory), garbage)
    const logger = createLogCapture()
    const outbox = openSqlite({ directory, clock, logger })
    context.after(() => outbox.close())
    await outbox.put(aPost({ at: clock.now(), receivers: ['ann'] }))
    const aside = `${databaseFile(directory)}.corrupt-2026-01-01T00-00-00.000Z`
    assert.equal(readFileSync(aside, 'utf8'), garbage)
    const [line] = logger.lines
    assert.deepEqual([line?.level, line?.fields['movedTo']], ['error', aside])
    assert.match(line?.message ?? '', /corrupt/u)
  })

  it('sets a damaged outbox aside, and a second one beside it', async (context) => {
    const directory = await temporaryFolder(context)
    for (let round = 0; round < 2; round += 1) {
      const outbox = openSqlite({ directory, clock })
      await outbox.put(aPost({ at: clock.now(), receivers: Array.from({ length: 500 }, (_, index) => `r${index}`) }))
      await outbox.close()
      const bytes = readFileSync(databaseFile(directory))
      bytes.fill(0xa5, 4_096 * 3, bytes.length - 4_096)
      writeFileSync(databaseFile(directory), bytes)
    }
    const outbox = openSqlite({ directory, clock, limits: { quickCheckMaxBytes: 0 } })
    context.after(() => outbox.close())
    assert.equal(outbox.counts().pending, 0)
    assert.equal(readdirSync(directory).filter((name) => /\.corrupt-[\dT.-]+Z(?:-\d+)?$/u.test(name)).length, 2)
  })

  it('leaves the database of another program, and of a newer version, as it is', async (context) => {
    const directory = await temporaryFolder(context)
    const foreign = new DatabaseSync(databaseFile(directory))
    foreign.exec('CREATE TABLE theirs (id INTEGER)')
    foreign.close()
    const before = readFileSync(databaseFile(directory))
    assert.throws(() => openSqlite({ directory, clock }), { name: 'SettingsError', message: /another program/u })
    assert.deepEqual(readFileSync(databaseFile(directory)), before)

    const newer = await temporaryFolder(context)
    await openSqlite({ directory: newer, clock }).close()
    const database = new DatabaseSync(databaseFile(newer))
    database.exec('PRAGMA user_version = 99')
    database.close()
    assert.throws(() => openSqlite({ directory: newer, clock }), { name: 'SettingsError', message: /newer version/u })
  })

  it('narrows the mode of a file that others could read', async (context) => {
    const directory = await temporaryFolder(context)
    await openSqlite({ directory, clock }).close()
    chmodSync(databaseFile(directory), 0o644)
    await openSqlite({ directory, clock }).close()
    assert.equal(statSync(databaseFile(directory)).mode & 0o777, 0o600)
  })
})
