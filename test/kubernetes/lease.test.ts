import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { type Cluster } from '../../src/kubernetes/cluster.ts'
import { leaseKind } from '../../src/kubernetes/kinds.ts'
import { createLease, type Lease } from '../../src/kubernetes/lease.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { createLogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics, type MemoryMetrics } from '../support/memory-metrics.ts'
import { waitFor } from '../support/programs/process.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { forever, startClientWorld, type ClientWorld } from './client-world.ts'

/** A fifth of the shipped times. */
const times = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 400 }

interface Candidate {
  readonly lease: Lease
  readonly told: boolean[]
  readonly metrics: MemoryMetrics
  readonly proxy: TcpProxy
  stop(): Promise<void>
}

describe('a lease on a real API server', () => {
  let world: ClientWorld
  let admin: Cluster

  before(async () => {
    world = await startClientWorld()
    admin = world.connect()
  })
  after(() => world.stop())

  /** A candidate with a connection of its own, as in a pod of its own. */
  async function candidate(context: TestContext, name: string, identity: string): Promise<Candidate> {
    const proxy = await startTcpProxy(world.port)
    const server = { server: `https://127.0.0.1:${proxy.port}`, 'insecure-skip-tls-verify': true }
    const file = await world.writeKubeconfig(identity, { token: await world.token() }, server)
    const metrics = createMemoryMetrics()
    const deps = { clock: systemClock, random: systemRandom, elapsed: () => performance.now(), metrics }
    const cluster = world.connect({ kubeconfigs: [file] })
    const lease = createLease(
      { namespace: 'default', name, identity, ...times },
      { ...deps, cluster, logger: createLogCapture() },
    )
    const told: boolean[] = []
    const ending = new AbortController()
    const running = lease.run((leading) => told.push(leading), ending.signal)
    const stop = async (): Promise<void> => {
      ending.abort()
      await running
    }
    context.after(async () => {
      await stop()
      await proxy.stop()
    })
    return { lease, told, metrics, proxy, stop }
  }

  /** Looks at both candidates every few milliseconds until the test is over, and fails it when both lead. */
  function neverTwo(context: TestContext, candidates: readonly Candidate[]): void {
    let samples = 0
    let doubled = 0
    const timer = setInterval(() => {
      samples += 1
      if (candidates.filter(({ lease }) => lease.isLeader()).length > 1) doubled += 1
    }, 3)
    context.after(() => {
      clearInterval(timer)
      assert.ok(samples > 50, `${samples} samples`)
      assert.equal(doubled, 0)
    })
  }

  const leads = ({ lease }: Candidate) => waitFor('to lead', () => (lease.isLeader() ? true : undefined))
  const holderOf = async (name: string): Promise<unknown> => {
    const lease = await admin.get({ kind: leaseKind, namespace: 'default', name }, forever)
    return (lease?.['spec'] as { readonly holderIdentity?: string } | undefined)?.holderIdentity
  }

  it('is held by one of two, and by the other within the lease time when the first is cut off', async (context) => {
    const first = await candidate(context, 'cut-off', 'first')
    await leads(first)
    const second = await candidate(context, 'cut-off', 'second')
    neverTwo(context, [first, second])
    await waitFor('the holder known', () => (second.lease.holder() === 'first' ? true : undefined))
    assert.equal(await holderOf('cut-off'), 'first')

    first.proxy.blackHole()
    const cutAt = performance.now()
    await waitFor('the first to step down', () => (first.lease.isLeader() ? undefined : true))
    const downAfterMs = performance.now() - cutAt
    await leads(second)
    const upAfterMs = performance.now() - cutAt

    assert.ok(downAfterMs <= times.renewDeadlineMs + 200, `down after ${downAfterMs} ms`)
    // It may have looked up to two retry periods after the last renewal.
    assert.ok(upAfterMs <= times.leaseDurationMs + 3 * times.retryPeriodMs, `up after ${upAfterMs} ms`)
    await waitFor('told', () => (first.told.length === 2 ? true : undefined))
    assert.deepEqual([first.told, second.told], [[true, false], [true]])
    assert.equal(first.metrics.level('leader', { lease: 'cut-off' }), 0)
    assert.equal(second.metrics.level('leader', { lease: 'cut-off' }), 1)
  })

  it('is given up when its holder stops, so that the next takes it at once', async (context) => {
    const first = await candidate(context, 'given-up', 'leaver')
    await leads(first)
    await first.stop()
    assert.equal(await holderOf('given-up'), '')
    assert.deepEqual(first.told, [true, false])

    const startedAt = performance.now()
    const second = await candidate(context, 'given-up', 'heir')
    await leads(second)

    assert.ok(performance.now() - startedAt < 1_000)
    assert.equal(await holderOf('given-up'), 'heir')
    const record = await admin.get({ kind: leaseKind, namespace: 'default', name: 'given-up' }, forever)
    const { leaseTransitions, renewTime } = record?.['spec'] as Readonly<Record<string, unknown>>
    assert.equal(leaseTransitions, 1)
    assert.match(String(renewTime), /T\d\d:\d\d:\d\d\.\d{6}Z$/u)
  })

  it('is nobody’s while the API server hangs, and again one’s when it goes on', async (context) => {
    const one = await candidate(context, 'frozen', 'one')
    await leads(one)
    const other = await candidate(context, 'frozen', 'other')
    neverTwo(context, [one, other])
    await waitFor('the holder known', () => (other.lease.holder() === 'one' ? true : undefined))

    world.kube.freeze()
    const frozenAt = performance.now()
    await waitFor('the leader to step down', () => (one.lease.isLeader() ? undefined : true))
    assert.ok(performance.now() - frozenAt <= times.renewDeadlineMs + 200)
    await waitFor('told', () => (one.told.length === 2 ? true : undefined))
    await waitFor('the lease run out', () =>
      performance.now() - frozenAt > 2 * times.leaseDurationMs ? true : undefined,
    )
    assert.ok(!one.lease.isLeader() && !other.lease.isLeader())
    world.kube.thaw()

    await waitFor('a leader', () => (one.lease.isLeader() || other.lease.isLeader() ? true : undefined))
  })

  it('stays its holder’s while others write labels on it, and is lost to one who takes it by force', async (context) => {
    const held = await candidate(context, 'touched', 'holder')
    await leads(held)
    await world.kube.kubectl(['label', 'lease', 'touched', 'team=a'])
    const target = { kind: leaseKind, namespace: 'default', name: 'touched' }
    const renewed = (await admin.get(target, forever))?.metadata.resourceVersion
    await waitFor('a renewal', async () =>
      (await admin.get(target, forever))?.metadata.resourceVersion === renewed ? undefined : true,
    )
    assert.deepEqual(held.told, [true])
    assert.deepEqual((await admin.get(target, forever))?.metadata.labels, { team: 'a' })

    await world.kube.kubectl(['patch', 'lease', 'touched', '--type=merge', '-p', '{"spec":{"holderIdentity":"force"}}'])

    await waitFor('the loss', () => (held.told.length === 2 ? true : undefined))
    assert.equal(held.lease.holder(), 'force')
  })

  it('goes to one of two again after the API server was killed', async (context) => {
    const one = await candidate(context, 'killed', 'survivor')
    const other = await candidate(context, 'killed', 'rival')
    neverTwo(context, [one, other])
    await waitFor('a leader', () => (one.lease.isLeader() || other.lease.isLeader() ? true : undefined))

    await world.kube.kill()
    await waitFor('nobody', () => (one.lease.isLeader() || other.lease.isLeader() ? undefined : true))
    await world.kube.restart()

    await waitFor('a leader', () => (one.lease.isLeader() || other.lease.isLeader() ? true : undefined))
  })

  it('refuses times that would allow two leaders', () => {
    const deps = {
      cluster: admin,
      clock: systemClock,
      random: systemRandom,
      elapsed: () => performance.now(),
      logger: createLogCapture(),
      metrics: createMemoryMetrics(),
    }
    const options = { namespace: 'default', name: 'wrong', identity: 'one' }

    assert.throws(() => createLease({ ...options, renewDeadlineMs: 15_000 }, deps), {
      name: 'SettingsError',
      message: /^a lease of 15000 ms must outlast its renew deadline of 15000 ms/u,
    })
  })
})
