import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { conditionOf, type World } from './status-world.ts'
import { config, delivery, group, manager, receiver, statusSuite } from './status-suite.ts'

describe('the writer of statuses in trouble, on a real API server', () => {
  const suite = statusSuite(['limited'])
  const written = (world: World, outcome: string): number => world.metrics.counted('status_writes_total', { outcome })

  it('goes on when the API server comes back, and holds nobody up meanwhile', async () => {
    await suite.apply(manager, config, receiver('a'))
    const world = await suite.open()
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/a')
    await suite.api().api.kill()
    world.missing.add('notifications/smtp')
    world.writer.changed()
    world.writer.settled(delivery('EmailReceiver/a'))
    await world.until('a failure', () => (written(world, 'away') > 0 ? true : undefined))
    await suite.api().api.restart()
    await suite.untilReason(world, 'SecretNotFound', 'EmailReceiver/a', 'EmailConfig/default')

    assert.deepEqual([...new Set(world.logger.messages('warn'))], ['a status could not be written; trying again'])
    assert.ok(written(world, 'away') < 20, 'it does not hammer a server that is away')
  })

  it('ends although the API server hangs', async () => {
    await suite.apply(manager, config, receiver('a'))
    const world = await suite.open()
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/a')
    suite.api().api.freeze()
    try {
      world.missing.add('notifications/smtp')
      world.writer.changed()
      await world.until('two writes under way', () =>
        world.metrics.level('status_writes_pending') === 2 ? true : undefined,
      )
      const since = performance.now()
      await world.stop()
      assert.ok(performance.now() - since < 2_000)
    } finally {
      suite.api().api.thaw()
    }
  })

  it('writes the other objects when one kind is refused, says so, and writes it when it may', async () => {
    const bind = (name: string, rules: readonly object[]): object[] => [
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'limited' }],
      },
    ]
    const grant = (name: string, resources: readonly string[], verbs: readonly string[]): Promise<string> => {
      const items = bind(name, [{ apiGroups: [group], resources, verbs }])
      return suite.api().api.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    }
    await grant('reads', ['*'], ['get', 'list'])
    await grant('writes-some', ['emailconfigs/status', 'notificationmanagers/status'], ['patch'])
    await suite.apply(manager, config, receiver('a'))
    const world = await suite.open({ user: 'limited' })
    await suite.untilReason(world, 'Ready', 'EmailConfig/default', 'NotificationManager/main')
    await world.until('the refusal', () => (written(world, 'refused') > 0 ? true : undefined))
    assert.equal((await suite.api().get('EmailReceiver/a')).status, undefined)
    assert.match(world.logger.text(), /EmailReceiver\/a/u)

    await grant('writes-the-rest', ['emailreceivers/status'], ['patch'])
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/a')
  })

  it('forgets an object that is gone, and says nothing of a version that it has not seen', async () => {
    await suite.apply(manager, config, receiver('gone'), receiver('edited'))
    const world = await suite.open({ leads: false })
    await suite.api().api.kubectl(['delete', 'er/gone'])
    await suite.apply(receiver('edited', { type: 'global' }, { to: ['other@example.com'] }))
    world.lead(true)
    await world.until('both failures', () =>
      written(world, 'gone') === 1 && written(world, 'outdated') > 0 ? true : undefined,
    )
    assert.equal((await suite.api().get('EmailReceiver/edited')).status, undefined)

    await world.refresh()
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/edited')
    assert.deepEqual(world.logger.messages('warn'), [])
  })

  it('says nothing of an object that was deleted and made anew until that one is compiled', async () => {
    await suite.apply(manager, config, receiver('a'))
    const world = await suite.open()
    await suite.untilReason(world, 'DefaultConfig', 'EmailReceiver/a')
    await suite.api().api.kubectl(['delete', 'er/a'])
    await suite.apply(receiver('a'), receiver('witness'))
    await world.observe()
    world.missing.add('notifications/smtp')
    world.writer.changed()
    await suite.untilReason(world, 'SecretNotFound', 'EmailConfig/default')
    assert.equal(conditionOf(await suite.api().get('EmailReceiver/a')), undefined)

    await world.compile()
    await suite.untilReason(world, 'SecretNotFound', 'EmailReceiver/a')
  })
})
