import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { clean, createFolder, receiver, receiversOf, startSource } from './fixture.ts'

describe('a watched folder', () => {
  it('hands over what is there, and within a second every edit', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a') })
    const { until, snapshots, metrics } = await startSource(t, [folder.path])
    assert.deepEqual(receiversOf(snapshots[0]!), ['a'])
    const editedAt = performance.now()
    folder.write('a.yaml', receiver('b'))
    await until(clean('b'))
    const tookMs = performance.now() - editedAt

    assert.ok(tookMs < 1_000, `${tookMs} ms`)
    assert.ok(metrics.counted('source_reloads_total', { outcome: 'complete' }) >= 2)
  })

  it('sees new files in new folders, renames and deletions', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a') })
    const { until } = await startSource(t, [folder.path])
    folder.write('x/y/z/b.yaml', receiver('b'))
    await until(clean('a,b'))
    folder.write('x/y/z/c.yaml', receiver('c'))
    await until(clean('a,b,c'))
    renameSync(join(folder.path, 'x'), join(folder.path, 'w'))
    folder.write('w/y/z/c.yaml', receiver('d'))
    await until(clean('a,b,d'))
    rmSync(join(folder.path, 'w'), { recursive: true })
    await until(clean('a'))
  })

  it('sees a save by rename, past the editor’s own files', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a') })
    const { until } = await startSource(t, [folder.path])
    folder.write('.a.yaml.swp', 'swap')
    folder.write('4913', '')
    folder.write('a.yaml~', receiver('a'))
    folder.write('a.yaml.tmp', receiver('b'))
    renameSync(join(folder.path, 'a.yaml.tmp'), join(folder.path, 'a.yaml'))

    await until(clean('b'))
  })

  it('sees a mounted ConfigMap change by its links', async (t) => {
    const folder = createFolder(t, { '..2026_01_01/a.yaml': receiver('a'), '..2026_01_01/b.yaml': receiver('b') })
    symlinkSync('..2026_01_01', join(folder.path, '..data'))
    for (const file of ['a.yaml', 'b.yaml']) symlinkSync(`..data/${file}`, join(folder.path, file))
    const { until, snapshots } = await startSource(t, [folder.path])
    assert.deepEqual(receiversOf(snapshots[0]!), ['a', 'b'])
    folder.write('..2026_01_02/a.yaml', receiver('c'))
    folder.write('..2026_01_02/b.yaml', receiver('d'))
    symlinkSync('..2026_01_02', join(folder.path, '..data_tmp'))
    renameSync(join(folder.path, '..data_tmp'), join(folder.path, '..data'))
    rmSync(join(folder.path, '..2026_01_01'), { recursive: true })

    await until(clean('c,d'))
    assert.ok(snapshots.every((snapshot) => ['a,b', 'c,d'].includes(receiversOf(snapshot).join())))
  })

  it('sees the whole folder replaced through a link, as git-sync does', async (t) => {
    const folder = createFolder(t, { 'one/a.yaml': receiver('a'), 'two/b.yaml': receiver('b') })
    symlinkSync('one', join(folder.path, 'current'))
    const { until } = await startSource(t, [join(folder.path, 'current')])
    symlinkSync('two', join(folder.path, 'next'))
    renameSync(join(folder.path, 'next'), join(folder.path, 'current'))

    await until(clean('b'))
  })

  it('sees what no event told of, by polling', async (t) => {
    const folder = createFolder(t, { 'elsewhere/a.yaml': receiver('a') })
    mkdirSync(join(folder.path, 'root'))
    symlinkSync('../elsewhere/a.yaml', join(folder.path, 'root', 'a.yaml'))
    const { until } = await startSource(t, [join(folder.path, 'root')], { pollMs: 50 })
    folder.write('elsewhere/a.yaml', receiver('b'))

    await until(clean('b'))
  })

  it('takes a thousand files written at once in few steps', async (t) => {
    const folder = createFolder(t)
    const write = (to: string): void => {
      for (let at = 0; at < 1_000; at += 1) folder.write(`${at % 10}/r${at}.yaml`, receiver(`r${at}`, to))
    }
    write('one@example.com')
    const { until, snapshots } = await startSource(t, [folder.path])
    assert.equal(snapshots[0]?.receivers.length, 1_000)
    write('two@example.com')
    const done = (snapshot: Snapshot): boolean =>
      snapshot.receivers.length === 1_000 &&
      snapshot.receivers.every(({ spec }) => JSON.stringify(spec).includes('two@'))
    await until(done)

    assert.ok(snapshots.length <= 20, `${snapshots.length} snapshots`)
    assert.ok(snapshots.every(({ receivers, problems }) => receivers.length === 1_000 && problems.length === 0))
  })

  it('hands over nothing when nothing changed', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a') })
    const { source, snapshots } = await startSource(t, [folder.path])
    folder.write('a.yaml', receiver('a'))
    folder.write('notes.txt', 'x')
    const again = await source.reload()

    assert.equal(again, snapshots[0])
    assert.equal(snapshots.length, 1)
  })

  it('reads at once when asked to', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a') })
    const { source, snapshots } = await startSource(t, [folder.path])
    folder.write('b.yaml', receiver('b'))
    const snapshot = await source.reload()

    assert.deepEqual(receiversOf(snapshot), ['a', 'b'])
    assert.equal(snapshots.at(-1), snapshot)
  })

  it('goes on after its taker failed, and offers the same snapshot again', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a') })
    let calls = 0
    const take = (): void => {
      calls += 1
      if (calls === 2) throw new Error('boom')
    }
    const { until, log } = await startSource(t, [folder.path], { pollMs: 50, take })
    folder.write('a.yaml', receiver('b'))
    await until(clean('b'))

    assert.equal(calls, 3)
    assert.deepEqual(log.messages('error'), ['taking over the manifests failed'])
  })

  it('stops with the signal and leaves nothing behind', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a') })
    const { source, snapshots } = await startSource(t, [folder.path])
    await source.close()
    folder.write('a.yaml', receiver('b'))
    await source.close()

    assert.equal(snapshots.length, 1)
  })
})
