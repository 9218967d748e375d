import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type SettledDelivery } from '../../src/notify/settled.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { config, delivery, manager, receiver, statusSuite } from './status-suite.ts'

describe('the last delivery in statuses, on a real API server', () => {
  const suite = statusSuite()

  it('tells the last delivery at most once in half a minute, and the last one in the end; a dead letter in an event', async () => {
    await suite.apply(manager, config, receiver('a'))
    const clock = createFakeClock()
    const start = clock.now()
    const world = await suite.open({ clock })
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/a')
    const told: string[] = []
    const look = async () => {
      await world.observe()
      const outcome = (await suite.api().get('EmailReceiver/a')).status?.lastDelivery?.outcome ?? 'none'
      if (told.at(-1) !== outcome) told.push(outcome)
    }
    await look()
    const settle = (outcome: SettledDelivery['outcome'], reason?: SettledDelivery['reason']): void =>
      world.writer.settled(
        delivery('EmailReceiver/a', { outcome, at: clock.now(), ...(reason === undefined ? {} : { reason }) }),
      )
    settle('retry', 'serverError')
    await world.until('the first', async () => (await look(), told.includes('retry') ? true : undefined))
    const firstAt = clock.now()
    settle('sent')
    settle('dead', 'authError')
    const before = clock.now()
    while (clock.now() < firstAt + 25_000) {
      await clock.advance(5_000)
      await look()
    }
    assert.deepEqual(told, ['none', 'retry'])
    await clock.advance(6_000)
    await world.until('the last', async () => (await look(), told.length > 2 ? true : undefined))

    assert.deepEqual(told, ['none', 'retry', 'dead'])
    assert.deepEqual((await suite.api().get('EmailReceiver/a')).status?.lastDelivery, {
      time: new Date(before).toISOString(),
      outcome: 'dead',
      reason: 'authError',
    })
    assert.ok(clock.now() >= start + 30_000)
    assert.deepEqual(world.events, [
      'Warning EmailReceiver/a DeliveryFailed a notification by email was given up (authError): ok',
    ])
  })

  it('does not let a busy receiver wait with its readiness, nor forget its delivery', async () => {
    await suite.apply(manager, config, receiver('a'))
    const world = await suite.open()
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/a')
    const at = Date.now()
    world.writer.settled(delivery('EmailReceiver/a', { at }))
    await world.until('the delivery', async () =>
      (await suite.api().get('EmailReceiver/a')).status?.lastDelivery === undefined ? undefined : true,
    )
    world.writer.settled(delivery('EmailReceiver/a', { at: at + 1, outcome: 'retry', reason: 'secretNotFound' }))
    world.missing.add('notifications/smtp')
    world.writer.changed()
    await suite.untilReason(world, 'SecretNotFound', 'EmailReceiver/a')

    assert.equal((await suite.api().get('EmailReceiver/a')).status?.lastDelivery?.outcome, 'sent')
  })
})
