import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ResourceKey } from '../../src/model/object.ts'
import { config, delivery, manager, receiver, statusSuite } from './status-suite.ts'

describe('the writers of statuses of several processes, on a real API server', () => {
  const suite = statusSuite()
  const names = Array.from({ length: 30 }, (_, place) => `r${place}`)
  const keys = names.map((name): ResourceKey => `EmailReceiver/${name}`)

  async function versionsOf(of: readonly ResourceKey[]): Promise<readonly string[]> {
    return Promise.all(of.map(async (key) => (await suite.api().get(key)).metadata.resourceVersion))
  }

  it('write only where one leads, and whoever takes over writes nothing that is right already', async () => {
    await suite.apply(manager, config, receiver('a'))
    const follower = await suite.open({ leads: false })
    const leader = await suite.open()
    await suite.untilReason(leader, 'DefaultConfig', 'EmailReceiver/a')
    await leader.until('three writes', () => (leader.metrics.counted('status_writes_total') === 3 ? true : undefined))
    const versions = await versionsOf(['NotificationManager/main', 'EmailConfig/default', 'EmailReceiver/a'])
    assert.equal(follower.metrics.counted('status_writes_total'), 0)

    leader.lead(false)
    await follower.refresh()
    follower.lead(true)
    follower.missing.add('notifications/smtp')
    await suite.apply(receiver('b'))
    for (const world of [leader, follower]) await world.refresh()
    await suite.untilReason(follower, 'SecretNotFound', 'EmailReceiver/a', 'EmailReceiver/b', 'EmailConfig/default')

    assert.equal(leader.metrics.counted('status_writes_total'), 3)
    assert.equal((await versionsOf(['NotificationManager/main']))[0], versions[0])
    assert.ok(follower.events.some((event) => event.startsWith('Warning EmailReceiver/a SecretNotFound')))
    assert.deepEqual(leader.events, [])
  })

  it('leave what another replica delivered last', async () => {
    await suite.apply(manager, config, receiver('a'))
    const first = await suite.open()
    await suite.untilReason(first, 'DefaultConfig', 'EmailReceiver/a')
    first.writer.settled(delivery('EmailReceiver/a', { at: Date.now() }))
    const told = await first.until(
      'the delivery',
      async () => (await suite.api().get('EmailReceiver/a')).status?.lastDelivery,
    )
    first.lead(false)
    const second = await suite.open()
    second.missing.add('notifications/smtp')
    second.writer.changed()
    await suite.untilReason(second, 'SecretNotFound', 'EmailReceiver/a')

    assert.deepEqual((await suite.api().get('EmailReceiver/a')).status?.lastDelivery, told)
  })

  it('stop at once when leading ends, in the middle of many writes', async () => {
    await suite.apply(manager, config, ...names.map((name) => receiver(name)))
    const slow = await suite.open({ limits: { perSecond: 10, burst: 3 } })
    await slow.until('the first writes', () => (slow.metrics.counted('status_writes_total') >= 3 ? true : undefined))
    slow.lead(false)
    const written = slow.metrics.counted('status_writes_total')
    const next = await suite.open()
    await suite.untilReason(next, 'DefaultConfig', ...keys)

    assert.ok(written < names.length, `${written}`)
    assert.equal(slow.metrics.counted('status_writes_total'), written)
    assert.equal(slow.metrics.level('status_writes_pending'), 0)
    assert.deepEqual(slow.logger.messages('warn'), [], 'writes that were cut off are no failures')
  })

  it('keep the pace that is set', async () => {
    await suite.apply(manager, config, ...names.map((name) => receiver(name)))
    const since = performance.now()
    const world = await suite.open({ limits: { perSecond: 20, burst: 2 } })
    await world.until('all', () => (world.metrics.counted('status_writes_total') === 32 ? true : undefined))
    const tookMs = performance.now() - since

    assert.ok(tookMs >= 1_500, `32 writes, of which 30 at 20 a second, took ${tookMs} ms`)
  })
})
