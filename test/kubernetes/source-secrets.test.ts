import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { after, afterEach, before, describe, it, type TestContext } from 'node:test'
import {
  apply,
  clean,
  config,
  installCrds,
  manager,
  ownNamespace,
  secret,
  startSource,
  startWorld,
  type Harness,
  type World,
} from './source-fixture.ts'
import { waitFor } from '../support/programs/process.ts'

let world: World

before(async () => {
  world = await startWorld(['limited'])
  await installCrds(world.kube)
  await world.kube.kubectl(['create', 'namespace', 'team'])
  await world.kube.kubectl(['create', 'namespace', 'vault'])
})
after(() => world.stop())
afterEach(async () => {
  await clean(world.kube)
  await world.kube.kubectl(['delete', 'secrets', '--all', '-n', 'team'])
})

const missing = (harness: Harness, name: string, namespace = ownNamespace): string | undefined =>
  harness.source.secrets.missing({ namespace, name, key: 'password' })

const read = async (harness: Harness, name: string, namespace = ownNamespace): Promise<string> =>
  (await harness.source.secrets.read({ namespace, name, key: 'password' }, new AbortController().signal)).reveal()

/** Resolves when it is told that the Secret changed once more than `times`. */
async function changed(harness: Harness, name: string, times = 0): Promise<void> {
  const count = (): number => harness.changedSecrets.filter((other) => other === name).length
  await waitFor(`news of ${name}`, () => (count() > times ? true : undefined))
}

const secretsAsked = ({ asked }: Harness): readonly string[] => [
  ...new Set(asked.filter((query) => query.startsWith('secrets@'))),
]

describe('a Secret that a config refers to', () => {
  it('is told at once when it comes, is rotated and goes, without a new snapshot', async (t) => {
    await apply(world.kube, manager(), config('c', 's'))
    const harness = await startSource(t, world)
    assert.equal(missing(harness, 's'), 'there is no Secret monitoring/s; create it')
    const before = harness.changedSecrets.length
    await apply(world.kube, secret('s', 'one'), secret('other', 'unseen'))
    await changed(harness, 'monitoring/s', before)
    assert.equal(missing(harness, 's'), undefined)
    assert.equal(await read(harness, 's'), 'one')
    await apply(world.kube, secret('s', 'two'))
    await changed(harness, 'monitoring/s', before + 1)
    assert.equal(await read(harness, 's'), 'two')
    await world.kube.kubectl(['annotate', 'secret', 's', '-n', ownNamespace, 'note=x'])
    await world.kube.kubectl(['delete', 'secret', 's', '-n', ownNamespace])
    await changed(harness, 'monitoring/s', before + 2)

    await assert.rejects(read(harness, 's'), { name: 'SecretNotFoundError' })
    assert.equal(harness.changedSecrets.length, before + 3)
    assert.equal(harness.snapshots.length, 1)
    assert.match(missing(harness, 'other') ?? '', /nothing in force refers to it/u)
    const shown = inspect([harness.source, harness.log.text(), harness.snapshots], { depth: null, showHidden: true })
    for (const value of ['one', 'two', 'unseen'].map((text) => Buffer.from(text).toString('base64'))) {
      assert.ok(!shown.includes(value), value)
    }
  })

  it('is read when it was there before the reference, and let go with it', async (t) => {
    await apply(world.kube, manager(), config('c', 's'), secret('s', 'one'), secret('later', 'two'))
    const harness = await startSource(t, world)
    assert.equal(await read(harness, 's'), 'one')
    await apply(world.kube, config('c', 'later'))
    await changed(harness, 'monitoring/later')

    assert.equal(await read(harness, 'later'), 'two')
    assert.match(missing(harness, 's') ?? '', /nothing in force refers to it/u)
    assert.deepEqual(secretsAsked(harness), ['secrets@monitoring?', 'secrets@monitoring?get=later'])
  })

  it('is read with one list when many become wanted at once', async (t) => {
    const names = Array.from({ length: 30 }, (_, at) => `s${at}`)
    await apply(world.kube, manager(), config('c', 's'), ...names.map((name) => secret(name, name)))
    const harness = await startSource(t, world)
    await apply(world.kube, ...names.map((name) => config(name, name)))
    await waitFor('all of them', () => (names.every((name) => missing(harness, name) === undefined) ? true : undefined))

    assert.equal(await read(harness, 's29'), 's29')
  })

  it('is followed to the default namespace of the NotificationManager in force, and back', async (t) => {
    await apply(world.kube, manager(), config('c', 's'), secret('s', 'own'), secret('s', 'theirs', 'team'))
    const harness = await startSource(t, world)
    assert.match(missing(harness, 's', 'team') ?? '', /may not be read; allow the namespace/u)
    await apply(world.kube, manager('  defaultSecretNamespace: team\n'))
    await changed(harness, 'team/s')
    assert.equal(await read(harness, 's', 'team'), 'theirs')
    assert.match(missing(harness, 's') ?? '', /nothing that is in force refers to it/u)
    await apply(world.kube, manager())
    await waitFor('the own one', () => (missing(harness, 's') === undefined ? true : undefined))

    assert.match(missing(harness, 's', 'team') ?? '', /may not be read/u)
  })

  it('is never asked for in a namespace that is not allowed', async (t) => {
    await apply(world.kube, manager(), config('c', 's', 'vault'), config('d', 's', 'team'), config('e', 's'))
    await apply(world.kube, secret('s', 'one', 'team'), secret('s', 'stolen', 'vault'))
    const harness = await startSource(t, world, { allowedSecretNamespaces: ['team'] })
    assert.equal(await read(harness, 's', 'team'), 'one')

    assert.match(missing(harness, 's', 'vault') ?? '', /--allowed-secret-namespaces/u)
    assert.deepEqual([...secretsAsked(harness)].sort(), ['secrets@monitoring?', 'secrets@team?'])
  })
})

describe('a Secret', () => {
  it('with a key that is missing or no text is told so', async (t) => {
    await apply(world.kube, manager(), config('c', 's'), config('d', 'binary'))
    await apply(
      world.kube,
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: ${ownNamespace}}\nstringData: {user: x}\n`,
      `apiVersion: v1\nkind: Secret\nmetadata: {name: binary, namespace: ${ownNamespace}}\ndata: {password: /u3+7Q==}\n`,
    )
    const harness = await startSource(t, world)

    assert.equal(missing(harness, 's'), 'Secret monitoring/s has no key password; it has user')
    assert.match(missing(harness, 'binary') ?? '', /is not text$/u)
  })

  it('that the account may not read is told with the Role that is lacking, and the rest goes on', async (t) => {
    await limit(t)
    await apply(world.kube, manager(), config('c', 's'), config('d', 's', 'team'))
    await apply(world.kube, secret('s', 'own'), secret('s', 'theirs', 'team'))
    const harness = await startSource(t, world, { user: 'limited', allowedSecretNamespaces: ['team'] })
    assert.equal(await read(harness, 's'), 'own')
    assert.equal(
      missing(harness, 's', 'team'),
      "the Secrets of namespace team may not be read; give the server's account a Role there with get, list and watch on secrets",
    )
    const before = harness.changedSecrets.filter((name) => name === 'team/s').length
    await world.kube.kubectl([
      'create',
      'rolebinding',
      'r',
      '-n',
      'team',
      '--clusterrole=secret-reader',
      '--user=limited',
    ])
    t.after(() => world.kube.kubectl(['delete', 'rolebinding', 'r', '-n', 'team']))
    await changed(harness, 'team/s', before)

    assert.equal(await read(harness, 's', 'team'), 'theirs')
  })
})

/** Gives `limited` our kinds everywhere and Secrets in the own namespace, and nothing else. */
async function limit(t: TestContext): Promise<void> {
  const { kube } = world
  await kube.kubectl(['create', 'clusterrole', 'ours', '--verb=list,watch', '--resource=*.notification.kubesphere.io'])
  await kube.kubectl(['create', 'clusterrolebinding', 'ours', '--clusterrole=ours', '--user=limited'])
  await kube.kubectl(['create', 'clusterrole', 'secret-reader', '--verb=get,list,watch', '--resource=secrets'])
  await kube.kubectl([
    'create',
    'rolebinding',
    'r',
    '-n',
    ownNamespace,
    '--clusterrole=secret-reader',
    '--user=limited',
  ])
  t.after(() => kube.kubectl(['delete', 'clusterrole/ours', 'clusterrole/secret-reader', 'clusterrolebinding/ours']))
}
