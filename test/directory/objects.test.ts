import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { brief, createFolder, load, manager, receiver, secret } from './fixture.ts'

const signal = new AbortController().signal

describe('the same object twice', () => {
  it('is tolerated when both say the same, whatever the order of fields', async (t) => {
    const twice = secret('s', { password: 'p' })
    const folder = createFolder(t, {
      'a.yaml': `${twice}---\n${twice}`,
      'b.json': JSON.stringify({
        kind: 'Secret',
        apiVersion: 'v1',
        stringData: { password: 'p' },
        metadata: { namespace: 'monitoring', name: 's' },
      }),
    })
    const { snapshot, secrets } = await load([folder.path])

    assert.deepEqual(snapshot.problems, [])
    assert.equal((await secrets.read({ namespace: 'monitoring', name: 's', key: 'password' }, signal)).reveal(), 'p')
  })

  it('is an error that names both places when they differ; the first by file and line stays', async (t) => {
    const folder = createFolder(t, {
      'b.yaml': `---\n${receiver('a', 'second@example.com')}`,
      'a.yaml': receiver('a', 'first@example.com'),
    })
    const { snapshot } = await load([folder.path])

    assert.deepEqual(snapshot.receivers[0]?.spec, { to: ['first@example.com'] })
    assert.deepEqual(brief(snapshot.problems), ['DuplicateObject @2'])
    assert.equal(snapshot.problems[0]?.origin?.file, join(folder.path, 'b.yaml'))
    assert.ok(snapshot.problems[0].message.includes(`${join(folder.path, 'a.yaml')}:1`))
  })

  it('is none when the namespaces of Secrets differ', async (t) => {
    const folder = createFolder(t, {
      'a.yaml': `${secret('s', { k: '1' }, 'one')}---\n${secret('s', { k: '2' }, 'two')}`,
    })
    const { snapshot, secrets } = await load([folder.path])

    assert.deepEqual(snapshot.problems, [])
    assert.equal((await secrets.read({ namespace: 'two', name: 's', key: 'k' }, signal)).reveal(), '2')
  })
})

describe('the version', () => {
  it('is of what was said, not of where or how', async (t) => {
    const one = createFolder(t, { 'a.yaml': `${receiver('a')}---\n${receiver('b')}---\n${manager()}` })
    const other = createFolder(t, { 'x/b.yaml': `# moved\n${receiver('b')}`, 'y.yaml': manager() })
    mkdirSync(join(other.path, 'z'))
    other.write(
      'z/a.json',
      JSON.stringify({
        spec: { to: ['a@example.com'] },
        metadata: { labels: { type: 'global' }, name: 'a', annotations: { note: 'x' } },
        kind: 'EmailReceiver',
        apiVersion: 'notification.kubesphere.io/v2alpha1',
      }),
    )

    assert.equal((await load([one.path])).snapshot.version, (await load([other.path])).snapshot.version)
  })

  it('changes with each thing that matters', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a'), 'm.yaml': manager() })
    const versions = new Set<string>()
    const note = async (more = {}): Promise<void> =>
      void versions.add((await load([folder.path], more)).snapshot.version)
    await note()
    await note({ managerName: 'x' })
    await note({ platformRules: [{ document: { a: 1 }, origin: { file: 'r', line: 1 } }] })
    folder.write('a.yaml', receiver('a', 'b@example.com'))
    await note()
    folder.write('a.yaml', receiver('a').replace('type: global', 'type: tenant'))
    await note()
    folder.write('m.yaml', `${manager()}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n`)
    await note()
    folder.write('b.yaml', 'a: [')
    await note()

    assert.equal(versions.size, 7)
  })

  it('does not change with a Secret', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a'), 's.yaml': secret('s', { k: '1' }) })
    const before = await load([folder.path])
    folder.write('s.yaml', secret('s', { k: '2' }))

    assert.equal((await load([folder.path])).snapshot.version, before.snapshot.version)
  })
})
