import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { apiKindOf } from '../../src/kubernetes/kinds.ts'
import { startHttpPeer } from '../support/http-peer.ts'
import { waitFor } from '../support/programs/process.ts'
import { tlsFixture } from '../support/tls.ts'
import { forever, startClientWorld, type ClientWorld } from './client-world.ts'
import { createReflected, isSynced, type Reflected } from './reflector-world.ts'

describe('a reflector of a real API server', () => {
  let world: ClientWorld
  let ns: Reflected
  let count = 0

  before(async () => {
    world = await startClientWorld()
  })
  after(() => world.stop())
  beforeEach(async () => {
    count += 1
    ns = await createReflected(world, `reflected-${count}`)
  })

  it('is synced once everything was listed, and follows every change', async (context) => {
    const names = Array.from({ length: 600 }, (_, index) => `many-${index}`)
    await Promise.all(names.map((name) => ns.put(name, '1')))
    const running = ns.run(context)
    const { reflector, told } = running
    assert.equal(reflector.synced(), false)
    assert.equal(reflector.heardAt(), undefined)
    await isSynced(running)
    assert.deepEqual([...(told[0] ?? [])].sort(), names.map((name) => `${ns.namespace}/${name}`).sort())

    await ns.put('many-7', '2')
    await ns.remove('many-8')
    await ns.put('new', '1')
    await waitFor('three changes', () => (told.length === 4 ? true : undefined))

    assert.deepEqual(told.slice(1), [[`${ns.namespace}/many-7`], [`${ns.namespace}/many-8`], [`${ns.namespace}/new`]])
    assert.deepEqual(reflector.objects.get(`${ns.namespace}/many-7`)?.['data'], { step: '2' })
    assert.ok(Date.now() - (reflector.heardAt() ?? 0) < 5_000)
    await ns.isLikeKubectl(running)
  })

  it('tells the first list even when there is nothing in it', async (context) => {
    const { told } = ns.run(context)

    await waitFor('the first list', () => (told.length > 0 ? true : undefined))

    assert.deepEqual(told, [[]])
  })

  it('lists anew on demand, and tells only what differs', async (context) => {
    await ns.put('same', '1')
    const running = ns.run(context)
    await isSynced(running)
    const before = running.reflector.heardAt() ?? 0
    await waitFor('time to pass', () => (Date.now() > before ? true : undefined))

    await Promise.all([running.reflector.relist(forever), running.reflector.relist(forever)])

    assert.ok((running.reflector.heardAt() ?? 0) > before)
    assert.deepEqual(running.told, [[`${ns.namespace}/same`]])
    await ns.put('same', '2')
    await waitFor('the change', () => (running.told.length === 2 ? true : undefined))
  })

  it('runs once at a time', async (context) => {
    const { reflector } = ns.run(context)

    await assert.rejects(
      reflector.run(() => undefined, forever),
      /the reflector of ConfigMap runs already/u,
    )
  })

  it('does not spin when a server ends every watch at once', async (context) => {
    const peer = await startHttpPeer({ tls: { keyPair: tlsFixture().server } })
    context.after(() => peer.stop())
    peer.answer = ({ path }) => ({
      status: 200,
      body: path.includes('watch=') ? '' : '{"metadata":{"resourceVersion":"1"}}',
    })
    const server = { server: peer.origin, 'insecure-skip-tls-verify': true }
    const running = ns.run(context, { kubeconfigs: [await world.writeKubeconfig('closing', { token: 'x' }, server)] })
    await isSynced(running)
    const begin = Date.now()

    await waitFor('four watches', () => (peer.requests.length >= 5 ? true : undefined))

    // Three pauses, of at least 250, 500 and 1000 ms.
    assert.ok(Date.now() - begin >= 1_700, `${Date.now() - begin} ms`)
    assert.equal(peer.requests.filter(({ path }) => !path.includes('watch=')).length, 1, 'one list')
  })

  it('lists anew from time to time, so that an event which a server forgot is not missed for ever', async (context) => {
    const peer = await startHttpPeer({ tls: { keyPair: tlsFixture().server } })
    context.after(() => peer.stop())
    const listed = (name: string): string =>
      JSON.stringify({ metadata: { resourceVersion: '1' }, items: [{ metadata: { name, namespace: ns.namespace } }] })
    const lists = () => peer.requests.filter(({ path }) => !path.includes('watch=')).length
    peer.answer = ({ path }) => ({ status: 200, body: path.includes('watch=') ? '' : listed(`at-${lists()}`) })
    const server = { server: peer.origin, 'insecure-skip-tls-verify': true }
    const file = await world.writeKubeconfig('forgetful', { token: 'x' }, server)
    const { told } = ns.run(context, { kubeconfigs: [file] }, { limits: { baseMs: 20, relistMs: 10 } })

    await waitFor('two lists', () => (told.length >= 2 ? true : undefined))

    assert.equal(told[0]?.length, 1)
    assert.equal(told[1]?.length, 2, 'one object gone, one new')
  })

  it('waits for a kind whose CRD is not installed yet, and says so', async (context) => {
    const kind = apiKindOf({ kind: 'SlackReceiver', plural: 'slackreceivers' })
    const running = ns.run(context, {}, { query: { kind } })
    const failure = await waitFor('the failure', () => running.reflector.failure())
    assert.equal(failure.reason, 'not_served')
    assert.match(failure.message, /is its CustomResourceDefinition installed\?$/u)
    assert.equal(running.reflector.synced(), false)

    const crd = join(import.meta.dirname, '..', '..', 'crds', 'slackreceivers.yaml')
    await world.kube.kubectl(['apply', '--validate=false', '-f', crd])
    await isSynced(running)

    assert.equal(running.reflector.failure(), undefined)
    assert.deepEqual(running.logger.messages('warn'), ['the API server cannot be read'], 'said once')
    assert.deepEqual(running.logger.messages('info'), ['the API server answers again'])
  })

  it('waits for a credential that the server takes', async (context) => {
    const file = await world.writeKubeconfig('late', { token: 'not-a-token' })
    const running = ns.run(context, { kubeconfigs: [file] })
    const failure = await waitFor('the failure', () => running.reflector.failure())
    assert.equal(failure.reason, 'unauthorized')

    await world.writeKubeconfig('late', { token: await world.token() })

    await isSynced(running)
    assert.ok(!running.logger.text().includes('not-a-token'))
  })
})
