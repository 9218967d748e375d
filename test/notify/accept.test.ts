import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type Alert } from '../../src/model/alert.ts'
import { NotReadyError, OutboxFullError } from '../../src/model/errors.ts'
import { createAccept, type Accept } from '../../src/notify/accept.ts'
import { type InForce } from '../../src/notify/in-force.ts'
import { type OutboxLimits } from '../../src/notify/limits.ts'
import { type Outbox } from '../../src/notify/outbox.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { createLogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics, type MemoryMetrics } from '../support/memory-metrics.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { aGroup, anAlert, fixedRandom, openSqlite, receiverKey } from './builders.ts'
import { storedPost } from '../../src/notify/stored-post.ts'
import { type Routing } from '../../src/rules/ruleset.ts'
import { compiled, inForce, type RulesetOptions } from './rulesets.ts'

interface Rig {
  readonly accept: Accept
  readonly outbox: Outbox
  readonly clock: FakeClock
  readonly metrics: MemoryMetrics
  readonly rung: () => number
  use(next: InForce | undefined): void
}

async function rig(context: TestContext, options?: RulesetOptions, limits: Partial<OutboxLimits> = {}): Promise<Rig> {
  const clock = createFakeClock()
  const metrics = createMemoryMetrics()
  const outbox = openSqlite({ directory: await temporaryFolder(context), clock, limits })
  context.after(() => outbox.close())
  let current = options === undefined ? undefined : inForce(options)
  let rung = 0
  const accept = createAccept({
    current: () => current,
    outbox,
    clock,
    random: fixedRandom(),
    metrics,
    logger: createLogCapture(),
    stored: () => (rung += 1),
  })
  return { accept, outbox, clock, metrics, rung: () => rung, use: (next) => void (current = next) }
}

const everybody: RulesetOptions = {
  receivers: [compiled('ann'), compiled('bob', { class: 'tenant', tenant: 'payments' })],
}

describe('accept', () => {
  it('stores one notification a receiver, with the alerts as routed, and says so', async (context) => {
    const { accept, outbox, metrics, clock, rung } = await rig(context, {
      ...everybody,
      route: (alert, receivers) => ({
        alert: { ...alert, labels: new Map([...alert.labels, ['cluster', 'default']]) },
        receivers: alert.fingerprint === 'B' ? receivers.slice(1) : receivers,
      }),
    })
    const group = aGroup([anAlert('A'), anAlert('B', { status: 'resolved' }), anAlert('C')])
    assert.deepEqual(await accept(group), { accepted: 3, duplicates: 0, unrouted: 0, dropped: 0, ruleset: 'v1' })
    const claims = await outbox.claim({ now: clock.now(), limit: 10, leaseMs: 1_000 })
    assert.deepEqual(
      claims.map(({ notification: { receiver, group: told }, channel, tenant }) => ({
        receiver,
        channel,
        tenant,
        alerts: told.alerts.map(({ fingerprint }) => fingerprint),
        cluster: told.commonLabels.get('cluster'),
      })),
      [
        { receiver: receiverKey('ann'), channel: 'memory', tenant: '', alerts: ['A', 'C'], cluster: 'default' },
        {
          receiver: receiverKey('bob'),
          channel: 'memory',
          tenant: 'payments',
          alerts: ['A', 'B', 'C'],
          cluster: 'default',
        },
      ],
    )
    assert.equal(metrics.counted('alerts_received_total', { status: 'firing' }), 2)
    assert.equal(metrics.counted('alerts_received_total', { status: 'resolved' }), 1)
    assert.equal(metrics.counted('notifications_accepted_total', { channel: 'memory' }), 2)
    assert.equal(rung(), 1)
  })

  it('counts every alert exactly once: accepted, duplicate or unrouted', async (context) => {
    const { accept, metrics, rung } = await rig(context, {
      ...everybody,
      route: (alert, receivers) => {
        if (alert.fingerprint === 'dropped') return { receivers: [], droppedBy: 'watchdog' }
        if (alert.fingerprint === 'lonely') return { receivers: [] }
        return { receivers: alert.fingerprint === 'ann' ? receivers.slice(0, 1) : receivers.slice(1) }
      },
    })
    const names = (...list: readonly string[]): ReturnType<typeof aGroup> => aGroup(list.map((name) => anAlert(name)))
    await accept(names('ann'))
    const second = await accept(names('ann', 'bob', 'dropped', 'lonely', 'dropped'))
    assert.deepEqual(second, { accepted: 1, duplicates: 1, unrouted: 3, dropped: 2, ruleset: 'v1' })
    const third = await accept(names('ann', 'bob'))
    assert.deepEqual(third, { accepted: 0, duplicates: 2, unrouted: 0, dropped: 0, ruleset: 'v1' })
    assert.equal(metrics.counted('alerts_dropped_total', { rule: 'watchdog' }), 2)
    assert.equal(metrics.counted('alerts_unrouted_total'), 3)
    assert.equal(metrics.counted('alerts_duplicate_total'), 3)
    assert.equal(rung(), 2, 'the dispatcher is called when something was stored')
  })

  it('takes an empty group', async (context) => {
    const { accept, outbox } = await rig(context, everybody)
    assert.deepEqual(await accept(aGroup([])), { accepted: 0, duplicates: 0, unrouted: 0, dropped: 0, ruleset: 'v1' })
    assert.equal(outbox.counts().pending, 0)
  })

  it('refuses with NotReadyError while nothing is in force, no manager is, or a tenant lookup is unavailable', async (context) => {
    const { accept, use, outbox } = await rig(context)
    await assert.rejects(accept(aGroup([])), NotReadyError)
    use(inForce({ ...everybody, managed: false }))
    await assert.rejects(accept(aGroup([anAlert('A')])), NotReadyError)
    use(
      inForce({
        ...everybody,
        route: ({ fingerprint }) => {
          if (fingerprint === 'B') throw new NotReadyError('namespaces cannot be read')
          return {}
        },
      }),
    )
    await assert.rejects(accept(aGroup([anAlert('A'), anAlert('B')])), NotReadyError)
    assert.equal(outbox.counts().pending, 0, 'nothing is stored, not even for the alert that could be routed')
  })

  it('lets the outbox refuse', async (context) => {
    const { accept, metrics } = await rig(context, everybody, { maxPending: 1 })
    await assert.rejects(accept(aGroup([anAlert('A')])), OutboxFullError)
    assert.equal(metrics.counted('alerts_received_total'), 0)
  })

  it('lets a reminder pass', async (context) => {
    const { accept } = await rig(context, everybody)
    const group = aGroup([anAlert('A')])
    await accept(group)
    assert.equal((await accept({ ...group, notificationReason: 'new alerts added' })).duplicates, 1)
    assert.equal((await accept({ ...group, notificationReason: 'repeat interval elapsed' })).accepted, 1)
  })

  it('keeps the ruleset that it took, though another comes into force meanwhile', async (context) => {
    const { accept, use, outbox } = await rig(context)
    const swap = (alert: Alert): Record<string, never> => {
      if (alert.fingerprint === 'A0') use(inForce({ receivers: [], version: 'v2' }))
      return {}
    }
    use(inForce({ ...everybody, route: swap }))
    const { ruleset, accepted } = await accept(aGroup(Array.from({ length: 200 }, (_, index) => anAlert(`A${index}`))))
    assert.deepEqual([ruleset, accepted], ['v1', 200])
    assert.equal(outbox.counts().pending, 2)
  })

  it('lets others run while it routes ten thousand alerts, and stops when it is told to', async (context) => {
    const { accept, outbox } = await rig(context, everybody)
    const group = aGroup(Array.from({ length: 10_000 }, (_, index) => anAlert(`A${index}`)))
    let turns = 0
    const count = (): void => {
      turns += 1
      if (turns < 10_000) setImmediate(count)
    }
    setImmediate(count)
    assert.equal((await accept(group)).accepted, 10_000)
    assert.ok(turns >= 150, `${turns} turns`)
    turns = 10_000
    const stop = new AbortController()
    const stopped = accept(aGroup(group.alerts, { groupKey: 'another' }), stop.signal)
    stop.abort(new Error('the deadline of the request'))
    await assert.rejects(stopped, /the deadline of the request/u)
    assert.equal(outbox.counts().pending, 2)
  })

  it('lets others run while it tells for how many receivers ten thousand alerts are, and counts those', async () => {
    const receivers = Array.from({ length: 120 }, (_, index) => compiled(`r${index}`))
    const odd = receivers.filter((_, index) => index % 2 === 1)
    const even = receivers.filter((_, index) => index % 2 === 0)
    const route = ({ fingerprint }: Alert): Partial<Routing> => ({
      receivers: fingerprint.endsWith('1') ? odd : even,
    })
    const turnsOf = { writing: 0, counting: 0 }
    let turns = 0
    const count = (): void => {
      turns += 1
      if (turns < 100_000) setImmediate(count)
    }
    const accept = createAccept({
      ...{ current: () => inForce({ receivers, route }), clock: createFakeClock(), random: fixedRandom() },
      ...{ metrics: createMemoryMetrics(), logger: createLogCapture() },
      outbox: {
        async put(post) {
          const before = turns
          const { notifications } = await storedPost(post)
          turnsOf.writing = turns - before
          turnsOf.counting = turns
          const stored = notifications.flatMap(({ id, receiver }) => (receiver === odd[0]?.key ? [] : [id]))
          return { stored, duplicates: [] }
        },
      },
    })
    setImmediate(count)
    const group = aGroup(Array.from({ length: 10_000 }, (_, index) => anAlert(`A${index}`)))
    assert.deepEqual(await accept(group), {
      ...{ accepted: 10_000, duplicates: 0, unrouted: 0, dropped: 0, ruleset: 'v1' },
    })
    turnsOf.counting = turns - turnsOf.counting
    turns = 100_000
    assert.ok(turnsOf.counting >= 10, `${turnsOf.counting} turns for counting`)
    assert.ok(turnsOf.writing >= 40, `${turnsOf.writing} turns for writing`)
  })
})
