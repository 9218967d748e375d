import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Resource } from '../../src/model/object.ts'
import { type ProblemReason } from '../../src/model/problem.ts'
import { type Compilation } from '../../src/rules/ruleset.ts'
import { aManager, aResource, aSnapshot, anEmailConfig, anEmailReceiver } from '../support/resources.ts'
import { compiled } from '../support/rulesets.ts'

async function compiledWith(receivers: readonly Resource[], configs: readonly Resource[] = []): Promise<Compilation> {
  return compiled(aSnapshot({ receivers, configs }))
}

function reasonsOf({ problems }: Compilation): readonly ProblemReason[] {
  return problems.map(({ reason }) => reason)
}

const defaults = anEmailConfig('default', { type: 'default' })

describe('the class of a receiver', () => {
  it('is global or tenant by its labels, with the tenant that the tenant key names', async () => {
    const { ruleset, problems } = await compiledWith(
      [anEmailReceiver('g', { type: 'global' }), anEmailReceiver('t', { type: 'tenant', namespace: 'payments' })],
      [defaults],
    )

    assert.deepEqual(
      ruleset.receivers.map(({ key, class: name, tenant }) => [key, name, tenant]),
      [
        ['EmailReceiver/g', 'global', undefined],
        ['EmailReceiver/t', 'tenant', 'payments'],
      ],
    )
    assert.deepEqual(problems, [])
  })

  it('is none without a selector that matches, and a person is told', async () => {
    const compilation = await compiledWith([anEmailReceiver('r', { type: 'other' })])

    assert.deepEqual(compilation.ruleset.receivers, [])
    assert.equal(compilation.ruleset.excluded[0]?.reason, 'NotSelected')
    assert.deepEqual(reasonsOf(compilation), ['NotSelected'])
  })

  for (const labels of [{ type: 'tenant' }, { type: 'tenant', namespace: '' }]) {
    it(`is none for a tenant's receiver with the labels ${JSON.stringify(labels)}`, async () => {
      const compilation = await compiledWith([anEmailReceiver('r', labels)])

      assert.deepEqual(compilation.ruleset.receivers, [])
      assert.deepEqual(reasonsOf(compilation), ['TenantLabelMissing'])
      assert.match(compilation.problems[0]!.remedy, /add the label namespace/)
    })
  }

  it('is the narrower one when both selectors match, with a warning', async () => {
    const manager = aManager({
      globalReceiverSelector: {},
      tenantReceiverSelector: { matchExpressions: [{ key: 'namespace', operator: 'Exists' }] },
    })
    const receivers = [anEmailReceiver('r', { namespace: 'a' }), anEmailReceiver('s', {})]
    const compilation = await compiled(aSnapshot({ managers: [manager], receivers, configs: [defaults] }))

    assert.deepEqual(
      compilation.ruleset.receivers.map((receiver) => receiver.class),
      ['global', 'tenant'],
    )
    assert.deepEqual(reasonsOf(compilation), ['AmbiguousClass'])
    assert.equal(compilation.problems[0]?.severity, 'warning')
  })

  it('is none when the NotificationManager has no receiver selectors', async () => {
    const manager = { ...aManager(), spec: { receivers: { tenantKey: 'namespace' } } }
    const { ruleset } = await compiled(
      aSnapshot({ managers: [manager], receivers: [anEmailReceiver('r', { type: 'global' })] }),
    )

    assert.deepEqual(ruleset.receivers, [])
  })

  it('needs every requirement of the selector, not one of them', async () => {
    const manager = aManager({ globalReceiverSelector: { matchLabels: { type: 'global', app: 'nm' } } })
    const receivers = [
      anEmailReceiver('half', { type: 'global' }),
      anEmailReceiver('whole', { type: 'global', app: 'nm' }),
    ]
    const { ruleset } = await compiled(aSnapshot({ managers: [manager], receivers, configs: [defaults] }))

    assert.deepEqual(
      ruleset.receivers.map(({ key }) => key),
      ['EmailReceiver/whole'],
    )
  })

  it('stays closed when a selector of the NotificationManager is faulty', async () => {
    const faulty = { matchExpressions: [{ key: 'type', operator: 'Equals', values: ['x'] }] }
    const manager = aManager({ globalReceiverSelector: faulty as never })
    const receivers = [
      anEmailReceiver('g', { type: 'global' }),
      anEmailReceiver('t', { type: 'tenant', namespace: 'a' }),
    ]
    const compilation = await compiled(aSnapshot({ managers: [manager], receivers, configs: [defaults] }))

    assert.deepEqual(
      compilation.ruleset.receivers.map(({ key }) => key),
      ['EmailReceiver/t'],
    )
    const problem = compilation.problems.find(({ reason }) => reason === 'InvalidSelector')
    assert.equal(problem?.path, 'spec.receivers.globalReceiverSelector.matchExpressions[0]')
    assert.equal(problem.object?.kind, 'NotificationManager')
  })
})

describe('a receiver with a faulty selector', () => {
  for (const field of ['alertSelector', 'emailConfigSelector']) {
    it(`is out when it is ${field}, and no other receiver is touched`, async () => {
      const faulty = { [field]: { matchExpressions: [{ key: 'a', operator: 'In' }] } }
      const compilation = await compiledWith(
        [anEmailReceiver('bad', { type: 'global' }, faulty), anEmailReceiver('good', { type: 'global' })],
        [defaults],
      )

      assert.deepEqual(
        compilation.ruleset.receivers.map(({ key }) => key),
        ['EmailReceiver/good'],
      )
      assert.deepEqual(reasonsOf(compilation), ['InvalidSelector'])
      assert.equal(compilation.problems[0]?.path, `spec.${field}.matchExpressions[0]`)
    })
  }
})

describe('the config of a receiver', () => {
  const tenant = { type: 'tenant', namespace: 'a' }
  const choosing = (labels: object): object => ({ emailConfigSelector: { matchLabels: labels } })

  async function chosen(receiver: Resource, configs: readonly Resource[]): Promise<[string | undefined, string]> {
    const { ruleset } = await compiledWith([receiver], configs)
    const [found] = ruleset.receivers
    return [found?.config?.metadata.name, found?.configReason ?? '']
  }

  it('is the default without a selector', async () => {
    const own = anEmailConfig('own', tenant)
    assert.deepEqual(await chosen(anEmailReceiver('r', tenant), [own, defaults]), ['default', 'DefaultConfig'])
  })

  it('is its own tenant’s before one that nobody owns, and that before a default', async () => {
    const receiver = anEmailReceiver('r', tenant, choosing({ group: 'x' }))
    const own = anEmailConfig('own', { namespace: 'a', group: 'x', priority: '9' })
    const unowned = anEmailConfig('unowned', { group: 'x', priority: '5' })
    const ofDefaults = anEmailConfig('of-defaults', { type: 'default', group: 'x', priority: '1' })

    assert.deepEqual(await chosen(receiver, [ofDefaults, unowned, own]), ['own', 'Selected'])
    assert.deepEqual(await chosen(receiver, [ofDefaults, unowned]), ['unowned', 'Selected'])
    assert.deepEqual(await chosen(receiver, [ofDefaults]), ['of-defaults', 'Selected'])
  })

  it('is never another tenant’s, whatever the selector says', async () => {
    const others = [
      anEmailConfig('other', { type: 'tenant', namespace: 'b', group: 'x' }),
      anEmailConfig('nameless', { namespace: '', group: 'x' }),
    ]
    for (const selector of [{ emailConfigSelector: {} }, choosing({ group: 'x' }), choosing({ namespace: 'b' })]) {
      assert.deepEqual(await chosen(anEmailReceiver('r', tenant, selector), others), [undefined, 'ConfigNotFound'])
      const global = anEmailReceiver('g', { type: 'global' }, selector)
      assert.deepEqual(await chosen(global, others), [undefined, 'ConfigNotFound'])
    }
  })

  it('is the default where the selector matches nothing, with a warning', async () => {
    const receiver = anEmailReceiver('r', tenant, choosing({ group: 'none' }))
    const compilation = await compiledWith([receiver], [defaults])

    assert.deepEqual(await chosen(receiver, [defaults]), ['default', 'SelectorMatchedNothing'])
    assert.deepEqual(reasonsOf(compilation), ['SelectorMatchedNothing'])
    assert.equal(compilation.problems[0]?.severity, 'warning')
  })

  it('is the lowest integer priority, then the first name; text that is no integer ranks last', async () => {
    const receiver = anEmailReceiver('r', { type: 'global' })
    const ranked = (name: string, priority?: string): Resource =>
      anEmailConfig(name, { type: 'default', ...(priority === undefined ? {} : { priority }) })

    const all = [
      ranked('a'),
      ranked('b', 'high'),
      ranked('c', '10'),
      ranked('d', '9'),
      ranked('e', '-1'),
      ranked('f', '-1'),
    ]
    assert.equal((await chosen(receiver, all))[0], 'e')
    assert.equal((await chosen(receiver, all.slice(0, 4)))[0], 'd')
    assert.equal((await chosen(receiver, all.slice(0, 2)))[0], 'a')
    assert.equal((await chosen(receiver, all.toReversed()))[0], 'e')
  })

  it('is of the same channel', async () => {
    const slack = aResource('SlackConfig', 'slack', { type: 'default' })
    assert.deepEqual(await chosen(anEmailReceiver('r', tenant), [slack]), [undefined, 'ConfigNotFound'])
  })

  it('is missed by an error, and the receiver stays routable', async () => {
    const compilation = await compiledWith([anEmailReceiver('r', tenant)])

    assert.deepEqual(reasonsOf(compilation), ['ConfigNotFound'])
    assert.equal(compilation.problems[0]?.severity, 'error')
    const [receiver] = compilation.ruleset.receivers
    assert.deepEqual(receiver?.undeliverable, compilation.problems)
  })

  it('is not missed by a webhook', async () => {
    const webhook = aResource('WebhookReceiver', 'w', { type: 'global' }, { url: 'http://example.com' })
    const { ruleset, problems } = await compiledWith([webhook])

    assert.equal(ruleset.receivers[0]?.configReason, 'NotNeeded')
    assert.deepEqual(problems, [])
  })
})
