import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, it, type TestContext } from 'node:test'
import { runProgram } from '../../src/directory/run-program.ts'
import { systemClock } from '../../src/system.ts'
import { brief, createFolder, load, receiver, receiversOf, secret, startSource, type Folder } from './fixture.ts'

function createOverlay(t: TestContext): Folder {
  return createFolder(t, {
    'base/kustomization.yaml': 'resources:\n- receivers.yaml\n',
    'base/receivers.yaml': `${receiver('a')}---\n${receiver('b')}`,
    'overlay/kustomization.yaml': 'resources:\n- ../base\n- more/secret.yaml\npatches:\n- path: patch.yaml\n',
    'overlay/patch.yaml': receiver('a', 'patched@example.com').replace(/ {2}labels:\n.*\n/u, ''),
    'overlay/more/secret.yaml': secret('s', { password: 'hunter2' }),
  })
}

describe('a folder with a kustomization', () => {
  before(() => {
    assert.match(execFileSync('kubectl', ['version', '--client'], { encoding: 'utf8' }), /Kustomize Version/u)
  })

  it('is built, files that it does not list and folders below it are not read', async (t) => {
    const folder = createOverlay(t)
    folder.write('overlay/more/unlisted.yaml', receiver('unlisted'))
    const { snapshot, secrets } = await load([join(folder.path, 'overlay')])
    const read = await secrets.read(
      { namespace: 'monitoring', name: 's', key: 'password' },
      new AbortController().signal,
    )

    assert.deepEqual(snapshot.problems, [])
    assert.deepEqual(
      snapshot.receivers.map(({ metadata, spec }) => [metadata.name, spec]),
      [
        ['a', { to: ['patched@example.com'] }],
        ['b', { to: ['a@example.com'] }],
      ],
    )
    assert.equal(read.reveal(), 'hunter2')
  })

  it('may be named by its kustomization file', async (t) => {
    const { snapshot } = await load([join(createOverlay(t).path, 'overlay', 'kustomization.yaml')])

    assert.deepEqual(receiversOf(snapshot), ['a', 'b'])
  })

  it('points to the file that an object was written in, or else to the kustomization', async (t) => {
    const folder = createOverlay(t)
    const plain = await load([join(folder.path, 'overlay')])
    folder.write('overlay/kustomization.yaml', 'namePrefix: team-\nresources:\n- ../base\n')
    const prefixed = await load([join(folder.path, 'overlay')])
    const origins = ({ snapshot }: typeof plain) =>
      snapshot.receivers.map(({ origin }) => `${origin?.file}:${origin?.line}`)

    assert.deepEqual(origins(plain), [
      join(folder.path, 'overlay/patch.yaml:1'),
      join(folder.path, 'base/receivers.yaml:11'),
    ])
    assert.deepEqual(receiversOf(prefixed.snapshot), ['team-a', 'team-b'])
    assert.deepEqual(new Set(origins(prefixed)), new Set([join(folder.path, 'overlay/kustomization.yaml:1')]))
  })

  it('is nothing by itself when it is a Component', async (t) => {
    const folder = createFolder(t, {
      'kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [a.yaml]\n',
      'a.yaml': receiver('a'),
    })
    const { snapshot } = await load([folder.path])

    assert.deepEqual(receiversOf(snapshot), [])
    assert.deepEqual(snapshot.problems, [])
  })

  it('that does not build is a Problem with the reason, beside the exact place of a syntax error in its files', async (t) => {
    const folder = createOverlay(t)
    folder.write('base/receivers.yaml', `${receiver('a')}---\n${receiver('b').replace('metadata:', 'metadata')}`)
    const { snapshot } = await load([join(folder.path, 'overlay')])

    assert.deepEqual(brief(snapshot.problems), ['KustomizeFailed @1', 'InvalidSyntax @13'])
    assert.match(snapshot.problems[0]!.message, /`kubectl kustomize .*overlay` failed: .*receivers\.yaml/u)
    assert.deepEqual(snapshot.problems[1]?.object, { kind: 'EmailReceiver', name: 'b' })
  })

  it('that does not build shows nothing of a Secret', async (t) => {
    const folder = createOverlay(t)
    folder.write('overlay/more/secret.yaml', secret('s', { password: 'hunter2' }).replace('kind: Secret\n', ''))
    const { snapshot } = await load([join(folder.path, 'overlay')])

    assert.equal(snapshot.problems[0]?.reason, 'KustomizeFailed')
    assert.ok(!JSON.stringify(snapshot.problems).includes('hunter2'))
  })

  it('that does not build shows nothing of what a kustomization makes Secrets of', async (t) => {
    const generator = 'secretGenerator:\n- name: s\n  literals: [correct-horse-battery]\n'
    const folder = createFolder(t, { 'kustomization.yaml': generator })
    const { snapshot } = await load([folder.path])

    assert.match(snapshot.problems[0]!.message, /invalid literal source <redacted>/u)
    assert.ok(!JSON.stringify(snapshot.problems).includes('correct-horse'))
  })

  it('that misses a file says which', async (t) => {
    const folder = createFolder(t, { 'kustomization.yaml': 'resources: [missing.yaml]\n' })
    const { snapshot } = await load([folder.path])

    assert.match(snapshot.problems[0]!.message, /missing\.yaml/u)
    assert.ok(snapshot.problems[0]!.message.length < 1_500)
  })

  it('names both programs when neither is on PATH', async (t) => {
    const folder = createOverlay(t)
    const { snapshot } = await load([join(folder.path, 'overlay')], {
      environment: { PATH: join(folder.path, 'base') },
    })

    assert.deepEqual(brief(snapshot.problems), ['KustomizeFailed @1'])
    assert.match(snapshot.problems[0]!.message, /neither `kubectl` nor `kustomize` is on PATH/u)
  })

  it('is built by `kustomize` when there is no `kubectl`', async (t) => {
    const folder = createOverlay(t)
    const program = folder.write(
      'bin/kustomize',
      `#!/bin/sh\n[ "$1" = build ] && cat "${folder.path}/base/receivers.yaml"\n`,
    )
    chmodSync(program, 0o755)
    const { snapshot } = await load([join(folder.path, 'overlay')], {
      environment: { PATH: `${join(folder.path, 'bin')}:${dirname('/bin/cat')}` },
    })

    assert.deepEqual(receiversOf(snapshot), ['a', 'b'])
  })

  it('is built again when a file of its base changes, and keeps what was good when that breaks', async (t) => {
    const folder = createOverlay(t)
    const { until } = await startSource(t, [join(folder.path, 'overlay')])
    folder.write('base/receivers.yaml', `${receiver('a')}---\n${receiver('c')}`)
    await until((snapshot) => receiversOf(snapshot).join() === 'a,c')
    folder.write('base/receivers.yaml', 'a: [')
    await until((snapshot) => receiversOf(snapshot).join() === 'a*,c*' && snapshot.problems.length === 2)
    folder.write('base/receivers.yaml', receiver('a'))
    await until((snapshot) => receiversOf(snapshot).join() === 'a' && snapshot.problems.length === 0)
  })
})

describe('a program', () => {
  const options = { clock: systemClock, timeoutMs: 5_000, maxBytes: 1_000, signal: new AbortController().signal }

  it('that does not end is ended with all that it started', async () => {
    const end = await runProgram('sh', ['-c', 'sleep 60 & sleep 60'], { ...options, timeoutMs: 100 })

    assert.deepEqual(end, { end: 'failed', detail: 'did not end within 0.1 s' })
  })

  it('that writes too much is ended', async () => {
    assert.deepEqual(await runProgram('sh', ['-c', 'yes'], options), {
      end: 'failed',
      detail: 'wrote more than 1000 bytes',
    })
  })

  it('that hides a child from its group does not hold us', async () => {
    const end = await runProgram('setsid', ['-f', 'sh', '-c', 'sleep 5'], { ...options, timeoutMs: 200 })

    assert.notEqual(end.end, 'absent')
  })

  it('ends with the signal', async () => {
    const stop = new AbortController()
    const running = runProgram('sleep', ['60'], { ...options, signal: stop.signal })
    stop.abort()

    assert.deepEqual(await running, { end: 'failed', detail: 'was stopped' })
    assert.equal((await runProgram('sleep', ['60'], { ...options, signal: AbortSignal.abort() })).end, 'failed')
  })

  it('that is not there is absent', async () => {
    assert.deepEqual(await runProgram('no-such-program-here', [], options), { end: 'absent' })
  })
})
