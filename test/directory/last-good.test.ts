import assert from 'node:assert/strict'
import {
  appendFileSync,
  closeSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { clean, configMap, createFolder, faulty, manager, receiver, secret, startSource } from './fixture.ts'

describe('what was good', () => {
  it('stays, marked stale, while its file is broken; mending and deleting end that', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a'), 'b.yaml': `${receiver('b')}---\n${receiver('c')}` })
    const { until, log, metrics } = await startSource(t, [folder.path])
    folder.write('b.yaml', `${receiver('b').replace('kind:', 'kind')}---\n${receiver('c', 'new@example.com')}`)
    const broken = await until(faulty('a,b*,c'))
    folder.write('b.yaml', receiver('b', 'mended@example.com'))
    await until(clean('a,b'))
    folder.write('b.yaml', '{')
    await until(faulty('a,b*'))
    folder.remove('b.yaml')
    await until(clean('a'))

    assert.equal(broken.problems[0]?.origin?.line, 2)
    assert.ok(log.text().includes('b.yaml:2: error: '))
    assert.ok(metrics.counted('source_reloads_total', { outcome: 'incomplete' }) >= 2)
  })

  it('stays when its schema refuses the new version, by its own name even in another file', async (t) => {
    const folder = createFolder(t, { 'a.yaml': `${receiver('a')}---\n${receiver('b')}` })
    const { until } = await startSource(t, [folder.path])
    const invalid = receiver('b').replace(/ {2}to:[^]*/u, '  to: 5\n')
    folder.write('a.yaml', `${receiver('a')}---\n${invalid}`)
    const refused = await until(faulty('a,b*'))
    folder.write('moved.yaml', invalid)
    folder.write('a.yaml', receiver('a'))
    await until((snapshot) => faulty('a,b*')(snapshot) && snapshot.problems[0]!.origin!.file.endsWith('moved.yaml'))
    folder.remove('moved.yaml')
    await until(clean('a'))

    assert.deepEqual(refused.receivers[1]?.spec, { to: ['a@example.com'] })
  })

  it('stays when its kind is misspelt or its name is lost, until the file is mended', async (t) => {
    const folder = createFolder(t, { 'a.yaml': `${receiver('a')}---\n${receiver('b')}` })
    const { until } = await startSource(t, [folder.path])
    folder.write('a.yaml', `${receiver('a')}---\n${receiver('b').replace('EmailReceiver', 'EmailReciever')}`)
    await until(faulty('a,b*'))
    folder.write('a.yaml', `${receiver('a')}---\n${receiver('b').replace('  name: b\n', '')}`)
    await until(faulty('a,b*'))
    folder.write('a.yaml', receiver('a'))
    await until(clean('a'))
  })

  it('stays when a file is emptied, and only the file’s deletion or new content counts', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a'), 'b.yaml': receiver('b') })
    const { until } = await startSource(t, [folder.path])
    truncateSync(join(folder.path, 'a.yaml'))
    const emptied = await until(faulty('a*,b'))
    folder.write('a.yaml', '# moved away\n')
    await until(clean('b'))

    assert.match(emptied.problems[0]!.message, /held objects and now is empty/u)
  })

  it('stays while a file is being written bit by bit', async (t) => {
    const text = Array.from({ length: 20 }, (_, at) => receiver(`r${at}`, 'new@example.com')).join('---\n')
    const folder = createFolder(t, { 'a.yaml': text.replaceAll('new@', 'old@') })
    const { until, snapshots } = await startSource(t, [folder.path], { pollMs: 20 })
    const file = openSync(join(folder.path, 'a.yaml'), 'w')
    for (let at = 0; at < text.length; at += 97) {
      writeSync(file, text.slice(at, at + 97))
      await new Promise(setImmediate)
    }
    closeSync(file)
    await until((snapshot) => snapshot.receivers.every(({ spec }) => JSON.stringify(spec).includes('new@')))

    assert.ok(snapshots.every(({ receivers }) => receivers.length === 20))
  })

  it('stays when the folder vanishes or must not be read, and the folder is found again', async (t) => {
    const folder = createFolder(t, { 'mount/a.yaml': receiver('a'), 'b.yaml': receiver('b') })
    const mount = join(folder.path, 'mount')
    const { until } = await startSource(t, [mount, join(folder.path, 'b.yaml')])
    renameSync(mount, join(folder.path, 'gone'))
    const vanished = await until(faulty('a*,b'))
    renameSync(join(folder.path, 'gone'), mount)
    await until(clean('a,b'))
    folder.write('mount/a.yaml', receiver('c'))
    await until(clean('b,c'))

    assert.deepEqual(
      vanished.problems.map(({ reason }) => reason),
      ['SourceUnreadable'],
    )
    assert.match(vanished.problems[0]!.message, /mount is not there/u)
  })

  it('stays when a file grows too large or becomes something else', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a'), 'b.yaml': receiver('b') })
    const { until } = await startSource(t, [folder.path], { limits: { maxFileBytes: 1_000 } })
    appendFileSync(join(folder.path, 'a.yaml'), '#'.repeat(1_000))
    await until(faulty('a*,b'))
    folder.write('a.yaml', Buffer.from(receiver('a'), 'utf16le'))
    await until((snapshot) => faulty('a*,b')(snapshot) && snapshot.problems[0]!.message.includes('UTF-16'))
    unlinkSync(join(folder.path, 'b.yaml'))
    symlinkSync('b.yaml', join(folder.path, 'b.yaml'))
    await until((snapshot) => faulty('a*,b*')(snapshot) && snapshot.problems[0]!.message.includes('back to itself'))
    unlinkSync(join(folder.path, 'b.yaml'))
    symlinkSync('nowhere.yaml', join(folder.path, 'b.yaml'))
    await until(
      (snapshot) =>
        faulty('a*,b*')(snapshot) && snapshot.problems.some(({ message }) => message.includes('link to nothing')),
    )
  })
})

describe('problems', () => {
  it('that move to another line are handed over with the same version', async (t) => {
    const folder = createFolder(t, { 'a.yaml': 'a: [\n' })
    const { until, snapshots } = await startSource(t, [folder.path])
    folder.write('a.yaml', '\n\na: [\n')
    const moved = await until((snapshot) => snapshot.problems[0]?.origin?.line === 3)

    assert.equal(moved.version, snapshots[0]?.version)
  })
})

describe('secrets of a watched folder', () => {
  it('change without a new version, and those who wait are told which', async (t) => {
    const folder = createFolder(t, {
      'a.yaml': receiver('a'),
      's.yaml': `${secret('s', { k: 'one' })}---\n${secret('t', { k: 'one' })}`,
    })
    const { source, changedSecrets, snapshots } = await startSource(t, [folder.path])
    const read = async (): Promise<string> =>
      (
        await source.secrets.read({ namespace: 'monitoring', name: 's', key: 'k' }, new AbortController().signal)
      ).reveal()
    assert.deepEqual(changedSecrets, ['monitoring/s', 'monitoring/t'])
    folder.write('s.yaml', `${secret('s', { k: 'two' })}---\n${secret('t', { k: 'one' })}`)
    await source.reload()

    assert.equal(await read(), 'two')
    assert.deepEqual(changedSecrets.slice(2), ['monitoring/s'])
    assert.equal(snapshots.length, 1)
    folder.write('s.yaml', secret('t', { k: 'one' }))
    await source.reload()
    assert.deepEqual(changedSecrets.slice(3), ['monitoring/s'])
    await assert.rejects(read(), /there is no Secret monitoring\/s/u)
  })

  it('keep the value of a key whose new value is not base64, and all of a Secret that is refused', async (t) => {
    const encoded = (value: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  k: ${value}\n`
    const folder = createFolder(t, { 's.yaml': encoded('b25l') })
    const { source } = await startSource(t, [folder.path])
    const read = async (): Promise<string> =>
      (
        await source.secrets.read({ namespace: 'monitoring', name: 's', key: 'k' }, new AbortController().signal)
      ).reveal()
    for (const broken of [encoded('b25'), encoded('[b25l]'), 'kind: [', encoded('b25l').replace('s}', 's')]) {
      folder.write('s.yaml', broken)
      const snapshot = await source.reload()
      assert.equal(snapshot.problems.length, 1)
      assert.equal(await read(), 'one')
    }
    folder.write('s.yaml', encoded('dHdv'))
    await source.reload()
    assert.equal(await read(), 'two')
  })
})

describe('templates of a watched folder', () => {
  it('change with their ConfigMap and with their file', async (t) => {
    const spec =
      '    options:\n      global:\n        templateFile: [/nm/a, disk.tmpl]\n  volumeMounts: [{name: v, mountPath: /nm}]\n  volumes: [{name: v, configMap: {name: c}}]\n'
    const folder = createFolder(t, { 'm.yaml': manager(spec), 'c.yaml': configMap('c', { a: '1' }), 'disk.tmpl': '1' })
    const { until } = await startSource(t, [folder.path])
    const texts = (wanted: string) => (snapshot: Snapshot) =>
      snapshot.templateFiles.map(({ text }) => text).join() === wanted
    await until(texts('1,1'))
    folder.write('c.yaml', configMap('c', { a: '2' }))
    await until(texts('2,1'))
    folder.write('disk.tmpl', '2')
    await until(texts('2,2'))
  })
})
