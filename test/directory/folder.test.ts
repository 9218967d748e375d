import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { brief, createFolder, load, receiver, receiversOf } from './fixture.ts'

describe('what a folder holds', () => {
  it('is found in every folder below, in .yaml, .yml and .json files, and nowhere else', async (t) => {
    const asJson = JSON.stringify({
      apiVersion: 'notification.kubesphere.io/v2alpha1',
      kind: 'EmailReceiver',
      metadata: { name: 'j' },
      spec: { to: ['a@example.com'] },
    })
    const folder = createFolder(t, {
      'a.yaml': receiver('a'),
      'deep/er/b.yml': receiver('b'),
      'deep/j.json': asJson,
      'c.txt': receiver('not'),
      'd.yaml~': receiver('not'),
      '.hidden.yaml': receiver('not'),
      '.e.yaml.swp': receiver('not'),
      '.git/f.yaml': receiver('not'),
      'node_modules/g.yaml': receiver('not'),
      '..2026_01_01/h.yaml': receiver('not'),
    })
    const { snapshot } = await load([folder.path])

    assert.deepEqual(receiversOf(snapshot), ['a', 'b', 'j'])
    assert.deepEqual(snapshot.problems, [])
  })

  it('may be a single file, whatever its name', async (t) => {
    const folder = createFolder(t, { 'a.txt': receiver('a'), 'b.yaml': receiver('b') })
    const { snapshot } = await load([join(folder.path, 'a.txt')])

    assert.deepEqual(receiversOf(snapshot), ['a'])
    assert.equal(snapshot.receivers[0]?.origin?.file, join(folder.path, 'a.txt'))
  })

  it('is reached through links, once, and a link back up ends there', async (t) => {
    const folder = createFolder(t, { 'real/a.yaml': receiver('a') })
    symlinkSync('..', join(folder.path, 'real', 'up'))
    symlinkSync('real', join(folder.path, 'alias'))
    symlinkSync('loop', join(folder.path, 'loop'))
    const { snapshot } = await load([folder.path])

    assert.deepEqual(receiversOf(snapshot), ['a'])
    assert.deepEqual(
      snapshot.problems.map(({ reason, message }) => [reason, message.includes('leads back to itself')]),
      [['SourceUnreadable', true]],
    )
  })

  it('may be nothing at all', async (t) => {
    const { snapshot } = await load([createFolder(t).path])

    assert.deepEqual(receiversOf(snapshot), [])
    assert.deepEqual(snapshot.roleBindings, [])
    assert.deepEqual(snapshot.problems, [])
    assert.match(snapshot.version, /^[0-9a-f]{64}$/u)
  })

  it('is a Problem when the path is not there, and then no lookup can be trusted', async (t) => {
    const { snapshot } = await load([join(createFolder(t).path, 'missing')])

    assert.deepEqual(brief(snapshot.problems), ['SourceUnreadable @1'])
    assert.equal(snapshot.roleBindings, 'unavailable')
    assert.equal(snapshot.namespaces, 'unavailable')
  })

  it('is ours or ignored: other kinds, empty files and values of other tools are no Problem', async (t) => {
    const folder = createFolder(t, {
      'deployment.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\n',
      'values.yaml': 'replicas: 3\n',
      'list.yaml': '- 1\n- 2\n',
      'empty.yaml': '',
      'comment.yaml': '# nothing yet\n',
      'other.yaml': 'apiVersion: example.com/v1\nkind: EmailReceiver\nmetadata:\n  name: x\n',
    })
    const { snapshot } = await load([folder.path])

    assert.deepEqual(snapshot.problems, [])
  })

  it('is told by place when it is nearly ours', async (t) => {
    const folder = createFolder(t, {
      'a.yaml': receiver('a').replace('EmailReceiver', 'EmailReciever'),
      'b.yaml': `${receiver('x')}---\n${receiver('b').replace('v2alpha1', 'v9')}`,
      'c.yaml': receiver('c').replace(/^apiVersion.*\n/u, ''),
      'd.yaml': `- ${receiver('d').trimEnd().replaceAll('\n', '\n  ')}\n`,
    })
    const { snapshot } = await load([folder.path])

    assert.deepEqual(brief(snapshot.problems), [
      'UnknownKind kind@2',
      'UnknownKind apiVersion@11',
      'InvalidObject apiVersion@1',
      'InvalidObject @1',
    ])
  })

  it('is told by line and path when its schema refuses it, and only that object is left out', async (t) => {
    const bad = receiver('bad').replace('  to:\n  - a@example.com', '  to: 5')
    const folder = createFolder(t, { 'a.yaml': `${receiver('good')}---\n# the bad one\n${bad}` })
    const { snapshot } = await load([folder.path])

    assert.deepEqual(receiversOf(snapshot), ['good'])
    assert.deepEqual(brief(snapshot.problems), ['InvalidObject spec.to@19'])
    assert.deepEqual(snapshot.problems[0]?.object, { kind: 'EmailReceiver', name: 'bad' })
  })

  it('is bounded by file size, total size and number of files, each with a Problem', async (t) => {
    const folder = createFolder(t, { 'a.yaml': receiver('a'), 'b.yaml': receiver('b'), 'c.yaml': receiver('c') })
    const size = receiver('a').length
    const large = await load([folder.path], { limits: { maxFileBytes: size - 1 } })
    const total = await load([folder.path], { limits: { maxTotalBytes: size * 2 } })
    const many = await load([folder.path], { limits: { maxFiles: 1 } })

    assert.deepEqual(receiversOf(large.snapshot), [])
    assert.equal(large.snapshot.problems.length, 3)
    assert.deepEqual(receiversOf(total.snapshot), ['a', 'b'])
    assert.match(total.snapshot.problems[0]!.message, /c\.yaml lies beyond/u)
    assert.deepEqual(receiversOf(many.snapshot), ['a'])
    assert.match(many.snapshot.problems[0]!.message, /beyond the first 1 files/u)
  })
})
