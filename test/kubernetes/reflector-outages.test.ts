import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { waitFor } from '../support/programs/process.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { forever, startClientWorld, type ClientWorld } from './client-world.ts'
import { createReflected, isHeard, isSynced, type Reflected } from './reflector-world.ts'

describe('a reflector whose API server fails', () => {
  let world: ClientWorld
  let ns: Reflected
  let count = 0

  before(async () => {
    world = await startClientWorld()
  })
  after(() => world.stop())
  beforeEach(async () => {
    count += 1
    ns = await createReflected(world, `outage-${count}`)
  })

  it('holds what is there after each of several kills of the API server', async (context) => {
    await ns.put('kept', '0')
    await ns.put('gone-0', '0')
    const running = ns.run(context)
    await isSynced(running)
    for (let kill = 1; kill <= 3; kill += 1) {
      await world.kube.kill()
      await waitFor('the loss noticed', () => (running.reflector.failure() === undefined ? undefined : true))
      assert.equal(running.reflector.objects.size, 2, 'what it held stays')
      await world.kube.restart()
      await ns.put('kept', String(kill))
      await ns.remove(`gone-${kill - 1}`)
      await ns.put(`gone-${kill}`, '0')
      await ns.isLikeKubectl(running)
    }
    assert.ok(running.logger.messages('warn').length <= 6, running.logger.text())
    assert.ok(running.metrics.counted('watch_restarts_total', { kind: 'ConfigMap', reason: 'unreachable' }) >= 3)
  })

  it('lists anew, telling additions, changes and deletions, when its version is too old', async (context) => {
    await ns.put('changes', '1')
    await ns.put('goes', '1')
    await ns.put('stays', '1')
    const proxy = await startTcpProxy(world.port)
    context.after(() => proxy.stop())
    const server = { server: `https://127.0.0.1:${proxy.port}`, 'insecure-skip-tls-verify': true }
    const file = await world.writeKubeconfig('expired', { token: await world.token() }, server)
    const running = ns.run(context, { kubeconfigs: [file], watch: { silenceMs: 2_000 } })
    await isSynced(running)

    proxy.blackHole()
    await ns.put('changes', '2')
    await ns.remove('goes')
    await ns.put('comes', '1')
    await world.kube.compact()
    await world.kube.kill()
    await world.kube.restart()
    await ns.put('after', '1')
    proxy.heal()
    proxy.reset()

    await ns.isLikeKubectl(running)
    assert.ok(running.metrics.counted('watch_restarts_total', { kind: 'ConfigMap', reason: 'expired' }) >= 1)
    const changed = running.told.slice(1).flat()
    assert.deepEqual(
      [...new Set(changed)].sort(),
      ['after', 'changes', 'comes', 'goes'].map((name) => `${ns.namespace}/${name}`),
    )
  })

  it('finds a hanging watch and renews it', async (context) => {
    const running = ns.run(context, { requestTimeoutMs: 3_000, watch: { silenceMs: 2_000 } })
    await isSynced(running)
    const silences = () => running.metrics.counted('watch_restarts_total', { kind: 'ConfigMap', reason: 'silent' })
    world.kube.freeze()
    context.after(() => world.kube.thaw())
    // A watch that was being renewed at that moment fails before it can fall silent.
    await waitFor('the silence noticed', () =>
      silences() > 0 || running.reflector.failure() !== undefined ? true : undefined,
    )
    await running.reflector.relist(forever)
    assert.notEqual(running.reflector.failure(), undefined, 'that list failed')
    world.kube.thaw()
    await ns.put('thawed', '1')

    await ns.isLikeKubectl(running)
    await isHeard(running)
  })

  it('goes on without a gap when the server ends its watches again and again', async (context) => {
    const running = ns.run(context, { watch: { timeoutSeconds: 1 } })
    await isSynced(running)
    const ends = () => running.metrics.counted('watch_restarts_total', { kind: 'ConfigMap', reason: 'ended' })

    for (let step = 0; ends() < 3; step += 1) await ns.put(`step-${step % 5}`, String(step))

    await ns.isLikeKubectl(running)
    assert.deepEqual(running.logger.messages('warn'), [])
  })
})
