import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import {
  apply,
  clean,
  config,
  holds,
  installCrds,
  manager,
  ownNamespace,
  prepare,
  receiver,
  receiversOf,
  secret,
  startSource,
  startWorld,
  type World,
} from './source-fixture.ts'
import { waitFor } from '../support/programs/process.ts'

let world: World

before(async () => {
  world = await startWorld()
  await installCrds(world.kube)
})
after(() => world.stop())
afterEach(() => clean(world.kube))

const byUser = manager().replace('tenantKey: namespace', 'tenantKey: user')

describe('an API server that is gone', () => {
  it('leaves everything as it was, is told by a reload, and what changed later arrives', async (t) => {
    const { kube } = world
    await kube.kubectl(['create', 'rolebinding', 'r', '-n', ownNamespace, '--clusterrole=view', '--user=ada'])
    await apply(kube, byUser, receiver('a'), config('c', 's'), secret('s', 'one'))
    const { source, snapshots, until, metrics } = await startSource(t, world)
    const password = { namespace: ownNamespace, name: 's', key: 'password' }
    const heard = metrics.level('source_synced_timestamp_seconds')
    await kube.kill()
    await assert.rejects(source.reload(), { name: 'SourceUnavailableError', code: 'SOURCE_UNAVAILABLE', status: 503 })
    assert.equal(snapshots.length, 1)
    assert.notEqual(snapshots[0]?.roleBindings, 'unavailable')
    assert.equal(source.secrets.missing(password), undefined)
    assert.equal(source.observed().size, 3)
    await kube.restart()
    await apply(kube, receiver('b'), secret('s', 'two'))
    const later = await until(holds('a,b'))
    await waitFor('the rotated Secret', async () => {
      const value = await source.secrets.read(password, new AbortController().signal)
      return value.reveal() === 'two' ? true : undefined
    })
    const reloaded = await source.reload()

    assert.equal(reloaded, later)
    assert.ok(snapshots.every((snapshot) => snapshot.roleBindings !== 'unavailable'))
    assert.ok((metrics.level('source_synced_timestamp_seconds') ?? 0) > (heard ?? 0))
  })

  it('is found again by all watches soon after one of them has found it', async (t) => {
    const { kube } = world
    await apply(kube, manager(), receiver('a'))
    const { source, snapshots, until } = await startSource(t, world)
    for (let round = 0; round < 2; round += 1) {
      await kube.kill()
      await kube.restart()
      await apply(kube, receiver(`r${round}`), config(`c${round}`, 's'))
      await until(({ receivers, configs }) => receivers.length === round + 2 && configs.length === round + 1)
    }

    assert.equal(receiversOf(await source.reload()), 'a,r0,r1')
    assert.ok(snapshots.every((snapshot) => snapshot.managers.length === 1 && receiversOf(snapshot).startsWith('a')))
  })

  it('is waited for when it comes later than the source', async (t) => {
    const { kube } = world
    await apply(kube, manager(), receiver('a'))
    await kube.kill()
    const harness = prepare(t, world)
    const started = harness.start()
    await waitFor('a complaint', () => (harness.log.text().includes('Waiting for the API server') ? true : undefined))
    await assert.rejects(harness.source.reload(), { name: 'SourceUnavailableError' })
    await kube.restart()
    await started

    assert.equal(receiversOf(harness.snapshots[0]!), 'a')
  })

  it('and hangs is not waited for by a reload', async (t) => {
    const { kube } = world
    await apply(kube, manager(), receiver('a'))
    const { source, snapshots } = await startSource(t, world, { reloadTimeoutMs: 1_000 })
    kube.freeze()
    t.after(() => kube.thaw())
    await assert.rejects(source.reload(), { name: 'SourceUnavailableError', message: /did not answer in time/u })
    kube.thaw()

    await waitFor('an answer', () => source.reload().catch(() => undefined))
    assert.equal(snapshots.length, 1)
  })

  it('and forgets what it told is listed anew', async (t) => {
    const { kube } = world
    await apply(kube, manager(), receiver('a'), receiver('b'))
    const { until } = await startSource(t, world)
    await kube.kill()
    await kube.restart()
    await kube.kubectl(['delete', 'emailreceiver', 'a'])
    await kube.compact()
    await until(holds('b'))
  })
})
