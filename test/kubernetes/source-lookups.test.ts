import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import {
  apply,
  clean,
  configMap,
  installCrds,
  manager,
  ownNamespace,
  startSource,
  startWorld,
  type Harness,
  type World,
} from './source-fixture.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { waitFor } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

let world: World

before(async () => {
  world = await startWorld(['limited'])
  await installCrds(world.kube)
})
after(() => world.stop())
afterEach(() => clean(world.kube))

const byUser = manager().replace('tenantKey: namespace', 'tenantKey: user')
const asks = ({ asked }: Harness, plural: string): boolean => asked.some((query) => query.startsWith(`${plural}@`))

describe('RoleBindings', () => {
  it('are watched only while they are a tenant source', async (t) => {
    await apply(world.kube, manager())
    const harness = await startSource(t, world)
    assert.equal(asks(harness, 'rolebindings'), false)
    assert.equal(harness.snapshots[0]?.roleBindings, 'unavailable')
    await world.kube.kubectl(['create', 'rolebinding', 'r', '-n', ownNamespace, '--clusterrole=view', '--user=ada'])
    await apply(world.kube, byUser)
    const has =
      (wanted: string) =>
      ({ roleBindings }: Snapshot): boolean =>
        roleBindings !== 'unavailable' &&
        roleBindings.some(
          ({ name, subjects }) => `${name}:${subjects.map((subject) => subject.name).join()}` === wanted,
        )
    await harness.until(has('r:ada'))
    const patch = [{ op: 'replace', path: '/subjects/0/name', value: 'bob' }]
    await world.kube.kubectl([
      'patch',
      'rolebinding',
      'r',
      '-n',
      ownNamespace,
      '--type=json',
      '-p',
      JSON.stringify(patch),
    ])
    await harness.until(has('r:bob'))
    await apply(world.kube, manager())
    await harness.until((snapshot) => snapshot.roleBindings === 'unavailable' && snapshot !== harness.snapshots[0])
  })

  it('are there in the first snapshot, and every snapshot holds them or says that they are unavailable', async (t) => {
    await world.kube.kubectl(['create', 'rolebinding', 'r', '-n', ownNamespace, '--clusterrole=view', '--user=ada'])
    await apply(world.kube, byUser)
    const { snapshots } = await startSource(t, world)
    const [first] = snapshots
    assert.ok(first !== undefined && first.roleBindings !== 'unavailable')

    assert.deepEqual(
      first.roleBindings.filter(({ namespace }) => namespace === ownNamespace),
      [{ namespace: ownNamespace, name: 'r', subjects: [{ kind: 'User', name: 'ada' }] }],
    )
  })

  it('that must not be read are unavailable, with a Problem that says what is lacking', async (t) => {
    await world.kube.kubectl([
      'create',
      'clusterrole',
      'ours',
      '--verb=list,watch',
      '--resource=*.notification.kubesphere.io',
    ])
    await world.kube.kubectl(['create', 'clusterrolebinding', 'ours', '--clusterrole=ours', '--user=limited'])
    t.after(() => world.kube.kubectl(['delete', 'clusterrole/ours', 'clusterrolebinding/ours']))
    await apply(world.kube, byUser)
    const { snapshots, until } = await startSource(t, world, { user: 'limited' })
    await world.kube.kubectl(['create', 'clusterrole', 'more', '--verb=list,watch', '--resource=rolebindings'])
    await world.kube.kubectl(['create', 'clusterrolebinding', 'more', '--clusterrole=more', '--user=limited'])
    t.after(() => world.kube.kubectl(['delete', 'clusterrole/more', 'clusterrolebinding/more']))
    const granted = await until(({ roleBindings }) => roleBindings !== 'unavailable')

    assert.equal(snapshots[0]?.roleBindings, 'unavailable')
    assert.deepEqual(snapshots[0].problems, [
      {
        severity: 'error',
        reason: 'SourceUnreadable',
        object: { kind: 'NotificationManager', name: 'notification-manager' },
        path: 'spec.receivers.tenantSources',
        message: 'RoleBindings may not be read',
        remedy: "allow the server's account to list and watch rolebindings",
      },
    ])
    assert.deepEqual(granted.problems, [])
  })
})

describe('Namespaces', () => {
  it('are watched for their labels, and only while those lead to tenants', async (t) => {
    await apply(world.kube, manager())
    const harness = await startSource(t, world)
    assert.equal(asks(harness, 'namespaces'), false)
    await apply(world.kube, manager().replace('tenantKey: namespace', 'tenantKey: team'))
    const owned =
      (owner: string | undefined) =>
      ({ namespaces }: Snapshot): boolean =>
        namespaces !== 'unavailable' &&
        namespaces.some(({ name, labels }) => name === ownNamespace && labels['team'] === owner)
    await harness.until(owned(undefined))
    await world.kube.kubectl(['label', 'namespace', ownNamespace, 'team=money'])
    const labelled = await harness.until(owned('money'))
    const count = harness.snapshots.length
    await world.kube.kubectl(['annotate', 'namespace', ownNamespace, 'note=x'])
    await harness.source.reload()

    assert.equal(harness.snapshots.length, count)
    assert.equal(labelled.roleBindings, 'unavailable')
    await world.kube.kubectl(['label', 'namespace', ownNamespace, 'team-', 'note-'])
  })
})

describe('templates', () => {
  const mounting = (entry: string): string =>
    manager(`  volumes:
  - {name: t, configMap: {name: templates}}
  - {name: unrelated, secret: {secretName: s}}
  volumeMounts:
  - {name: t, mountPath: /etc/templates}
`).replace('  receivers:\n', `  receivers:\n    options: {global: {templateFile: ["${entry}"]}}\n`)
  const texts =
    (wanted: string) =>
    ({ templateFiles }: Snapshot): boolean =>
      templateFiles.map(({ path, text }) => `${path}=${text}`).join() === wanted

  it('of a mounted ConfigMap are live, and no other ConfigMap is asked for', async (t) => {
    await apply(
      world.kube,
      mounting('/etc/templates/*.tmpl'),
      configMap('templates', { 'a.tmpl': 'one', 'b.txt': 'x' }),
    )
    const harness = await startSource(t, world)
    assert.ok(texts('/etc/templates/a.tmpl=one')(harness.snapshots[0]!))
    await apply(world.kube, configMap('templates', { 'a.tmpl': 'two' }))
    const edited = await harness.until(texts('/etc/templates/a.tmpl=two'))
    await world.kube.kubectl(['delete', 'configmap', 'templates', '-n', ownNamespace])
    const gone = await harness.until(texts(''))
    await apply(world.kube, manager())
    await harness.until(({ problems }) => problems.length === 0)

    assert.notEqual(edited.version, harness.snapshots[0]?.version)
    assert.match(gone.problems[0]?.remedy ?? '', /add the ConfigMap templates/u)
    assert.deepEqual(
      [...new Set(harness.asked.filter((query) => query.startsWith('configmaps@')))],
      [`configmaps@${ownNamespace}?metadata.name=templates`],
    )
  })

  it('on disk are read as the pod sees them, and live', async (t) => {
    const folder = await temporaryFolder(t)
    writeFileSync(join(folder, 'a.tmpl'), 'one')
    await apply(world.kube, mounting(join(folder, '*.tmpl')))
    const { snapshots, until } = await startSource(t, world)
    assert.ok(texts(`${join(folder, 'a.tmpl')}=one`)(snapshots[0]!))
    writeFileSync(join(folder, 'a.tmpl'), 'two')
    await until(texts(`${join(folder, 'a.tmpl')}=two`))
  })
})

describe('platform rules in a ConfigMap', () => {
  const rulesConfigMap = { namespace: ownNamespace, name: 'rules' }
  const rule = (name: string): string => JSON.stringify({ name, conditions: { all: [] }, event: { type: 'drop' } })
  const names =
    (wanted: string) =>
    ({ platformRules }: Snapshot): boolean =>
      platformRules.map(({ document }) => (document as { readonly name: string }).name).join() === wanted

  it('stand beside those of files, change live, and keep what was good of a key', async (t) => {
    const fromFile = { document: { name: 'file' }, origin: { file: 'rules.yaml', line: 1 } }
    await apply(
      world.kube,
      manager(),
      configMap('rules', { 'b.yaml': rule('b'), 'a.yaml': `${rule('a1')}\n---\n${rule('a2')}` }),
    )
    const { snapshots, until } = await startSource(t, world, { rulesConfigMap, platformRules: [fromFile] })
    assert.ok(names('file,a1,a2,b')(snapshots[0]!))
    await apply(world.kube, configMap('rules', { 'b.yaml': rule('new'), 'a.yaml': 'name: [' }))
    const broken = await until(names('file,a1,a2,new'))
    await apply(world.kube, configMap('rules', { 'b.yaml': rule('new') }))
    await until(names('file,new'))
    await world.kube.kubectl(['delete', 'configmap', 'rules', '-n', ownNamespace])
    const gone = await until(names('file'))

    const [problem] = broken.problems
    assert.deepEqual(problem?.object, { kind: 'ConfigMap', ...rulesConfigMap })
    assert.equal(problem.origin?.file, `ConfigMap ${ownNamespace}/rules/a.yaml`)
    assert.equal(snapshots[0]?.platformRules[2]?.origin.line, 3)
    assert.match(gone.problems[0]?.message ?? '', /is not there/u)
  })

  it('that must not be read hold everything back, for without them alerts would go elsewhere', async (t) => {
    await world.kube.kubectl([
      'create',
      'clusterrole',
      'ours',
      '--verb=list,watch',
      '--resource=*.notification.kubesphere.io',
    ])
    await world.kube.kubectl(['create', 'clusterrolebinding', 'ours', '--clusterrole=ours', '--user=limited'])
    t.after(() => world.kube.kubectl(['delete', 'clusterrole/ours', 'clusterrolebinding/ours']))
    const stopping = new AbortController()
    const { prepare } = await import('./source-fixture.ts')
    const harness = prepare(t, world, { user: 'limited', rulesConfigMap })
    const started = harness.source.start(() => assert.fail('the rules were not read'), stopping.signal)
    const complaint = await waitFor('a complaint', () =>
      harness.log.lines.find(({ message }) => message.startsWith('Waiting for')),
    )
    stopping.abort()
    await started

    const { waitingFor } = complaint.fields as { readonly waitingFor: readonly string[] }
    assert.deepEqual(waitingFor.length, 1)
    assert.match(waitingFor[0] ?? '', /^configmaps in monitoring: .*forbidden/iu)
  })
})
