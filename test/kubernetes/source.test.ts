import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import {
  apply,
  clean,
  holds,
  installCrds,
  kinds,
  manager,
  prepare,
  receiver,
  receiversOf,
  refusedReceiver,
  startSource,
  startWorld,
  writeStatus,
  type World,
} from './source-fixture.ts'
import { waitFor } from '../support/programs/process.ts'

let world: World

before(async () => {
  world = await startWorld(['nobody'])
})
after(() => world.stop())

describe('a cluster without our kinds', () => {
  it('is waited for, says so, and is taken over when they are installed', async (t) => {
    const harness = prepare(t, world)
    const started = harness.start()
    await waitFor('a complaint', () =>
      harness.log.messages('warn').some((line) => line.startsWith('Waiting for')) ? true : undefined,
    )
    assert.deepEqual(harness.snapshots, [])
    await installCrds(world.kube)
    await apply(world.kube, manager(), receiver('a'))
    await started
    await harness.until(holds('a'))

    const complaint = harness.log.lines.find(({ message }) => message.startsWith('Waiting for'))
    assert.match(JSON.stringify(complaint?.fields), /emailreceivers\.notification\.kubesphere\.io: .*installed/u)
    await clean(world.kube)
  })
})

describe('a cluster', () => {
  before(() => installCrds(world.kube))
  afterEach(() => clean(world.kube))

  it('is handed over whole, whatever came first', async (t) => {
    const { kube } = world
    await apply(kube, receiver('b'), manager(), receiver('a'))
    const { snapshots, metrics } = await startSource(t, world)
    const [first] = snapshots
    assert.ok(first !== undefined)
    await kube.kubectl(['delete', 'emailreceivers,notificationmanagers', '--all'])
    const late = await startSource(t, world)
    await apply(kube, receiver('a'))
    await late.until(holds('a'))
    await apply(kube, manager())
    await apply(kube, receiver('b'))
    const last = await late.until(holds('a,b'))

    assert.equal(receiversOf(first), 'a,b')
    assert.equal(first.managers[0]?.metadata.name, 'notification-manager')
    assert.deepEqual(first.problems, [])
    assert.deepEqual(
      last.receivers.map(({ spec }) => spec),
      first.receivers.map(({ spec }) => spec),
    )
    assert.equal(last.managers.length, 1)
    assert.ok((metrics.level('source_synced_timestamp_seconds') ?? 0) > Date.now() / 1_000 - 60)
    assert.ok(metrics.counted('source_reloads_total', { outcome: 'complete' }) >= 1)
  })

  it('tells a change well within half a second', async (t) => {
    await apply(world.kube, manager())
    const { until, source } = await startSource(t, world)
    await apply(world.kube, receiver('a'))
    const seen = await waitFor('the object', () => source.observed().get('EmailReceiver/a'), { timeoutMs: 5_000 })
    const seenAt = performance.now()
    await until(holds('a'))
    const tookMs = performance.now() - seenAt

    assert.equal(seen.generation, 1)
    assert.ok(tookMs < 400, `${tookMs} ms`)
  })

  it('follows edits, new labels, deletions and objects that are made anew', async (t) => {
    await apply(world.kube, manager(), receiver('a'))
    const { until, snapshots } = await startSource(t, world)
    await apply(world.kube, receiver('a', 'b@example.com'))
    const edited = await until(({ receivers }) => JSON.stringify(receivers[0]?.spec).includes('b@'))
    await world.kube.kubectl(['label', 'emailreceiver', 'a', 'type=tenant', '--overwrite'])
    const moved = await until(({ receivers }) => receivers[0]?.metadata.labels['type'] === 'tenant')
    await world.kube.kubectl(['delete', 'emailreceiver', 'a'])
    await until(holds(''))
    await apply(world.kube, receiver('a', 'b@example.com', 'tenant'))
    const again = await until(
      (snapshot) =>
        receiversOf(snapshot) === 'a' && snapshot !== moved && snapshots.indexOf(snapshot) > snapshots.indexOf(moved),
    )

    assert.equal(moved.receivers[0]?.metadata.generation, edited.receivers[0]?.metadata.generation)
    assert.notEqual(moved.version, edited.version)
    assert.notEqual(again.receivers[0]?.metadata.uid, moved.receivers[0]?.metadata.uid)
    assert.equal(new Set(snapshots.map(({ version }) => version)).size, snapshots.length)
  })

  it('keeps the last good version of an object, marked stale, until it is mended or gone', async (t) => {
    await apply(world.kube, manager(), receiver('a'), receiver('b'), refusedReceiver('never'))
    const { until, snapshots } = await startSource(t, world)
    assert.equal(receiversOf(snapshots[0]!), 'a,b')
    await apply(world.kube, refusedReceiver('a'))
    const stale = await until(holds('a*,b'))
    await apply(world.kube, receiver('a', 'mended@example.com'))
    const mended = await until(
      (snapshot) => receiversOf(snapshot) === 'a,b' && snapshot.refused?.size === 1 && snapshot !== snapshots[0],
    )
    await apply(world.kube, refusedReceiver('b'))
    await until(holds('a,b*'))
    await world.kube.kubectl(['delete', 'emailreceiver', 'b'])
    await until(holds('a'))
    await apply(world.kube, refusedReceiver('b'))
    await until(({ refused }) => refused?.has('EmailReceiver/b') === true)

    const problem = stale.problems.find(({ object }) => object?.name === 'a')
    assert.deepEqual(problem, {
      severity: 'error',
      reason: 'InvalidSelector',
      object: { kind: 'EmailReceiver', name: 'a' },
      path: 'spec.alertSelector.matchExpressions[0]',
      message: problem?.message,
      remedy: problem?.remedy,
    })
    assert.equal(stale.refused?.get('EmailReceiver/a')?.generation, 2)
    assert.equal(stale.receivers[0]?.metadata.generation, 1)
    assert.deepEqual(mended.receivers[0]?.spec, { to: ['mended@example.com'] })
    assert.equal(receiversOf(snapshots.at(-1)!), 'a')
  })

  it('hands nothing over when only a status, an annotation or nothing at all changed, and tells that it was observed', async (t) => {
    await apply(world.kube, manager(), receiver('a'))
    const { source, snapshots, observations } = await startSource(t, world)
    const before = observations()
    await world.kube.kubectl(['annotate', 'emailreceiver', 'a', 'note=x'])
    await writeStatus(world.kube, 'a', { conditions: [], observedGeneration: 1 })
    await waitFor('the status', () =>
      source.observed().get('EmailReceiver/a')?.status === undefined ? undefined : true,
    )
    const again = await source.reload()

    assert.equal(again, snapshots[0])
    assert.equal(snapshots.length, 1)
    assert.ok(observations() > before)
    assert.deepEqual(source.observed().get('EmailReceiver/a')?.status, { conditions: [], observedGeneration: 1 })
  })

  it('folds a burst of a thousand objects into few snapshots', async (t) => {
    await apply(world.kube, manager())
    const { until, snapshots } = await startSource(t, world)
    const names = Array.from({ length: 1_000 }, (_, at) => `r${String(at).padStart(4, '0')}`)
    const since = performance.now()
    await world.kube.kubectl(
      ['create', '--validate=false', '-f', '-'],
      names.map((name) => receiver(name)).join('---\n'),
    )
    await until(({ receivers }) => receivers.length === 1_000)
    const tookMs = performance.now() - since

    assert.ok(snapshots.length <= 2 + tookMs / 300, `${snapshots.length} snapshots in ${tookMs} ms`)
  })

  it('is read anew when asked to, and gives the same snapshot when nothing is new', async (t) => {
    await apply(world.kube, manager(), receiver('a'))
    const { source, snapshots } = await startSource(t, world)
    assert.equal(await source.reload(), snapshots[0])
    await apply(world.kube, receiver('b'))
    const reloaded = await source.reload()

    assert.equal(receiversOf(reloaded), 'a,b')
    assert.equal(snapshots.at(-1), reloaded)
  })

  it('offers a snapshot again that its taker failed to take', async (t) => {
    await apply(world.kube, manager(), receiver('a'))
    const harness = prepare(t, world)
    const taken: string[] = []
    await harness.source.start((snapshot) => {
      taken.push(receiversOf(snapshot))
      if (taken.length === 2) throw new Error('boom')
    }, new AbortController().signal)
    await apply(world.kube, receiver('b'))
    await waitFor('a third', () => (taken.length >= 3 ? true : undefined))

    assert.deepEqual(taken.slice(0, 3), ['a', 'a,b', 'a,b'])
    assert.ok(harness.log.messages('error').includes('Taking over the resources of the cluster failed'))
  })

  it('ends with its signal, also while it still waits', async (t) => {
    const stopping = new AbortController()
    const harness = prepare(t, world, { user: 'nobody' })
    const started = harness.source.start(() => assert.fail('nothing can have been read'), stopping.signal)
    await waitFor('questions', () => (harness.asked.length >= kinds.list.length ? true : undefined))
    stopping.abort()
    await started
    await harness.source.close()

    await assert.rejects(harness.source.reload(), { name: 'SourceUnavailableError' })
  })
})
