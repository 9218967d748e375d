import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ResourceKey } from '../../src/model/object.ts'
import { goodSpecs } from '../api/objects.ts'
import { kstatusOf } from './kstatus.ts'
import { config, delivery, group, manager, manifest, receiver, statusSuite } from './status-suite.ts'
import { conditionOf, kinds } from './status-world.ts'

describe('the writer of statuses, on a real API server', () => {
  const suite = statusSuite()

  it('lets kubectl wait for every kind, and kubectl get show what is in force', async () => {
    const objects = kinds.list.map(({ kind, role }) =>
      role === 'manager'
        ? manager
        : manifest(
            kind,
            'x',
            role === 'config' ? { type: 'default' } : { type: 'tenant', namespace: 'payments' },
            goodSpecs[kind],
          ),
    )
    await suite.apply(...objects)
    await suite.open()

    const all = kinds.list.map(({ plural }) => `${plural}.${group}`).join(',')
    const waited = await suite.api().api.kubectl(['wait', '--for=condition=Ready', '--all', all, '--timeout=20s'])
    assert.equal(waited.trim().split('\n').length, kinds.list.length)
    const [header, row] = (await suite.api().api.kubectl(['get', 'er', '-o', 'wide']))
      .trim()
      .split('\n')
      .map((line) => line.split(/\s{2,}/u))
    assert.deepEqual(header, ['NAME', 'READY', 'TENANT', 'CONFIG', 'LAST DELIVERY', 'REASON', 'AGE'])
    assert.deepEqual(row?.slice(0, 4), ['x', 'True', 'payments', 'x'])
    assert.equal(row.at(-2), 'DefaultConfig')
    for (const { kind, metadata } of objects) {
      assert.equal(kstatusOf(await suite.api().get(`${kind}/${metadata.name}`)), 'Current', kind)
    }
  })

  it('writes nothing when nothing changed: not in a second pass, and not in a process that comes after', async () => {
    await suite.apply(manager, config, receiver('a'))
    const first = await suite.open()
    await suite.untilReason(first, 'DefaultConfig', 'EmailReceiver/a')
    await first.until('all written', () => (first.metrics.counted('status_writes_total') === 3 ? true : undefined))
    const versions = await versionsOf()
    await first.refresh()
    await suite.apply(receiver('b'))
    await first.refresh()
    await suite.untilReason(first, 'DefaultConfig', 'EmailReceiver/b')
    await first.stop()
    const second = await suite.open()
    await suite.apply(receiver('c'))
    await second.refresh()
    await suite.untilReason(second, 'DefaultConfig', 'EmailReceiver/c')

    assert.deepEqual(await versionsOf(), versions)
    assert.deepEqual(
      [first, second].map(({ metrics }) => metrics.counted('status_writes_total')),
      [4, 1],
    )
  })

  async function versionsOf(): Promise<readonly string[]> {
    const keys: ResourceKey[] = ['NotificationManager/main', 'EmailConfig/default', 'EmailReceiver/a']
    return Promise.all(keys.map(async (key) => (await suite.api().get(key)).metadata.resourceVersion))
  }

  it('does not claim an edit before it is compiled', async () => {
    await suite.apply(manager, config, receiver('a'))
    const world = await suite.open()
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/a')
    await suite.apply(receiver('a', { type: 'global' }, { to: ['other@example.com'] }))
    await world.observe()
    world.writer.settled(delivery('EmailReceiver/a', { outcome: 'sent' }))
    await world.until('the delivery', async () =>
      (await suite.api().get('EmailReceiver/a')).status?.lastDelivery === undefined ? undefined : true,
    )

    const wait = ['wait', '--for=condition=Ready', 'er/a']
    assert.equal((await suite.api().get('EmailReceiver/a')).status?.observedGeneration, 1)
    assert.notEqual((await suite.api().api.tryKubectl([...wait, '--timeout=1s'])).code, 0)
    await world.compile()
    await suite.api().api.kubectl([...wait, '--timeout=10s'])
  })

  it('tells of a newest version that is refused, that the last good one stays, and when it is mended', async () => {
    const broken = { alertSelector: { matchExpressions: [{ key: 'severity', operator: 'In' }] } }
    await suite.apply(manager, config, receiver('a'))
    const world = await suite.open()
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/a')
    await suite.apply(receiver('a', { type: 'global' }, broken), receiver('never', { type: 'global' }, broken))
    await world.refresh()
    for (const name of ['a', 'never'] as const)
      await suite.untilReason(world, 'InvalidSelector', `EmailReceiver/${name}`)

    const { status } = await suite.api().get('EmailReceiver/a')
    assert.match(String(conditionOf({ status })?.message), /^spec\.alertSelector\..*\(generation 1\) stays in force$/u)
    assert.equal(status?.config, 'default')
    await suite.apply(receiver('a'), receiver('never'))
    await world.refresh()
    for (const name of ['a', 'never'] as const) await suite.untilReason(world, 'DefaultConfig', `EmailReceiver/${name}`)
  })

  it('says within two seconds that a Secret is gone, on whose account, and that it is back; once each in events', async () => {
    await suite.apply(manager, config, receiver('a'))
    const world = await suite.open()
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/a')
    assert.deepEqual(world.events, [], 'that something is ready from the beginning is no news')
    const since = performance.now()
    world.missing.add('notifications/smtp')
    world.writer.changed()
    await suite.untilReason(world, 'SecretNotFound', 'EmailReceiver/a')
    const tookMs = performance.now() - since
    assert.ok(tookMs < 2_000, `${tookMs} ms`)

    const message = 'spec.authPassword: there is no Secret notifications/smtp; create it with password'
    assert.equal(
      conditionOf(await suite.api().get('EmailReceiver/a'))?.message,
      `EmailConfig/default is not ready: ${message}`,
    )
    await suite.untilReason(world, 'SecretNotFound', 'EmailConfig/default')
    world.missing.clear()
    world.writer.changed()
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/a')
    await suite.untilReason(world, 'Ready', 'EmailConfig/default')
    await world.until('four events', () => (world.events.length === 4 ? true : undefined))
    assert.deepEqual([...world.events].sort(), [
      'Normal EmailConfig/default Ready it is ready: it is in force',
      'Normal EmailReceiver/a DefaultConfig it is ready: the default EmailConfig/default is used',
      `Warning EmailConfig/default SecretNotFound it is not ready: ${message}`,
      `Warning EmailReceiver/a SecretNotFound it is not ready: EmailConfig/default is not ready: ${message}`,
    ])
  })

  it('leaves what others own, and takes back what is ours', async () => {
    await suite.apply(manager, config, receiver('a'))
    const lastTransitionTime = '2020-01-01T00:00:00Z'
    const conditions = [
      { type: 'Ready', status: 'True', reason: 'Forged', message: 'all is well', lastTransitionTime },
      { type: 'Deployed', status: 'False', reason: 'Waiting', message: 'no pods', lastTransitionTime },
    ]
    const forged = { status: { observedGeneration: 99, tenant: 'nobody', config: 'none', conditions } }
    for (const target of ['nm/main', 'er/a']) {
      await suite
        .api()
        .api.kubectl(['patch', target, '--subresource=status', '--type=merge', '-p', JSON.stringify(forged)])
    }
    const world = await suite.open()
    for (const [key, reason] of [
      ['NotificationManager/main', 'Ready'],
      ['EmailReceiver/a', 'DefaultConfig'],
    ] as const) {
      await suite.untilReason(world, reason, key)
      await world.until('the tenant gone', async () =>
        (await suite.api().get(key)).status?.tenant === undefined ? true : undefined,
      )
      const object = await suite.api().get(key)

      assert.deepEqual(conditionOf(object, 'Deployed'), conditions[1])
      assert.equal(object.status?.observedGeneration, 1)
      assert.equal(conditionOf(object)?.lastTransitionTime, lastTransitionTime, 'the status did not change')
    }
    assert.equal((await suite.api().get('EmailReceiver/a')).status?.config, 'default')
    const { resourceVersion } = (await suite.api().get('EmailReceiver/a')).metadata
    await world.refresh()
    await suite.apply(receiver('b'))
    await world.refresh()
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/b')
    assert.equal((await suite.api().get('EmailReceiver/a')).metadata.resourceVersion, resourceVersion)
  })

  it('takes tenant and config away again when a receiver has none any more', async () => {
    await suite.apply(manager, config, receiver('a', { type: 'tenant', namespace: 'payments' }))
    const world = await suite.open()
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/a')
    assert.equal((await suite.api().get('EmailReceiver/a')).status?.tenant, 'payments')
    await suite.apply(receiver('a', { type: 'global' }))
    await suite.api().api.kubectl(['label', 'er/a', 'namespace-'])
    await suite.api().api.kubectl(['delete', 'ec/default'])
    await world.refresh()
    await suite.untilReason(world, 'ConfigNotFound', 'EmailReceiver/a')
    const { status } = await suite.api().get('EmailReceiver/a')

    assert.deepEqual(Object.keys(status ?? {}).sort(), ['conditions', 'observedGeneration'])
  })
})
