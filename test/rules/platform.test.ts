import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Routing } from '../../src/rules/ruleset.ts'
import { type RuleDocument } from '../../src/rules/snapshot.ts'
import {
  aManager,
  aRule,
  aSnapshot,
  anAlert,
  anEmailConfig,
  anEmailReceiver,
  type LabelPairs,
} from '../support/resources.ts'
import { compiled, readRule } from '../support/rulesets.ts'

const configs = [anEmailConfig('default', { type: 'default' })]
const receivers = [
  anEmailReceiver('all', { type: 'global' }),
  anEmailReceiver('a', { type: 'tenant', namespace: 'a' }),
  anEmailReceiver(
    'b',
    { type: 'tenant', namespace: 'b' },
    { alertSelector: { matchLabels: { severity: 'critical' } } },
  ),
  anEmailReceiver('nobody', { type: 'other' }),
]

function when(path: string, value: string, event: object, more: object = {}): RuleDocument {
  return aRule({
    name: `when-${path}-${value}`,
    conditions: { all: [{ fact: 'labels', path, operator: 'equal', value }] },
    event,
    ...more,
  })
}

async function routed(platformRules: readonly RuleDocument[], labels: LabelPairs): Promise<Routing> {
  const { ruleset } = await compiled(aSnapshot({ receivers, configs, platformRules }))
  return ruleset.route(anAlert(labels))
}

function names({ receivers: told }: Routing): readonly string[] {
  return told.map(({ resource }) => resource.metadata.name)
}

describe('a platform rule', () => {
  it('that drops tells nobody and is named', async () => {
    const routing = await routed([readRule('platform/drop-watchdog')], { alertname: 'Watchdog', namespace: 'a' })
    assert.deepEqual([routing.droppedBy, routing.receivers], ['drop-watchdog', []])
  })

  it('touches no other alert', async () => {
    const rules = [readRule('platform/drop-watchdog'), readRule('platform/drop-info-inhibitor')]
    const routing = await routed(rules, { alertname: 'WatchdogOfMine', namespace: 'a' })
    assert.deepEqual([routing.droppedBy, names(routing)], [undefined, ['all', 'a']])
  })

  it('that sets a label is seen by tenancy and by selectors, and the posted alert stays as it is', async () => {
    const posted = anAlert({ team: 'x', namespace: 'a' })
    const rules = [
      when('team', 'x', { type: 'label', params: { name: 'namespace', value: 'b' } }),
      aRule({
        name: 'all-critical',
        conditions: { all: [{ fact: 'status', operator: 'equal', value: 'firing' }] },
        event: { type: 'label', params: { name: 'severity', value: 'critical' } },
      }),
    ]
    const { ruleset } = await compiled(aSnapshot({ receivers, configs, platformRules: rules }))

    const routing = await ruleset.route(posted)

    assert.deepEqual(names(routing), ['all', 'b'])
    assert.equal(routing.alert.labels.get('namespace'), 'b')
    assert.deepEqual([...posted.labels], [...new Map([['team', 'x'], ['namespace', 'a']])]) // prettier-ignore
  })

  it('sees the alert as it came in, with its cluster; the later of two values of a label stays', async () => {
    const first = when('cluster', 'default', { type: 'label', params: { name: 'cluster', value: 'one' } })
    const second = when('cluster', 'one', { type: 'drop' })
    const third = when('team', 'x', { type: 'label', params: { name: 'cluster', value: 'three' } })
    const routing = await routed([first, second, third], { team: 'x' })

    assert.equal(routing.droppedBy, undefined)
    assert.equal(routing.alert.labels.get('cluster'), 'three')
  })

  it('takes effect before one with a lower priority', async () => {
    const low = when('team', 'x', { type: 'label', params: { name: 'env', value: 'low' } })
    const high = when('app', 'y', { type: 'label', params: { name: 'env', value: 'high' } }, { priority: 5 })
    const routing = await routed([low, high], { team: 'x', app: 'y' })
    assert.equal(routing.alert.labels.get('env'), 'low')
  })

  it('that notifies adds routable receivers, each once and in their place, whatever their class and selector', async () => {
    const added = [
      'EmailReceiver/b',
      'EmailReceiver/all',
      'EmailReceiver/b',
      'EmailReceiver/nobody',
      'EmailReceiver/gone',
    ]
    const rule = when('team', 'x', { type: 'notify', params: { receivers: added } })

    assert.deepEqual(names(await routed([rule], { team: 'x', namespace: 'a' })), ['all', 'a', 'b'])
    assert.deepEqual(names(await routed([rule], { team: 'y' })), ['all'])
  })

  it('that names a receiver which is not in force is kept with a warning', async () => {
    const rule = when('team', 'x', {
      type: 'notify',
      params: { receivers: ['EmailReceiver/all', 'EmailReceiver/gone'] },
    })
    const { problems } = await compiled(aSnapshot({ receivers: receivers.slice(0, 1), configs, platformRules: [rule] }))

    assert.equal(problems.length, 1)
    assert.deepEqual(
      [problems[0]?.severity, problems[0]?.path, problems[0]?.origin?.file],
      ['warning', 'event.params.receivers[1]', 'platform.yaml'],
    )
  })

  it('that is faulty is left out with its problem, and the others stay', async () => {
    const faulty = aRule({ name: 'faulty', conditions: { any: [] }, event: { type: 'drop' } })
    const twice = [
      when('team', 'x', { type: 'drop' }),
      when('team', 'x', { type: 'label', params: { name: 'a', value: 'b' } }),
    ]
    const { ruleset, problems } = await compiled(aSnapshot({ receivers, configs, platformRules: [faulty, ...twice] }))

    const invalid = problems.filter(({ reason }) => reason === 'InvalidRule')
    assert.deepEqual(invalid.map(({ path }) => path), ['conditions.any', 'name']) // prettier-ignore
    assert.match(invalid[0]!.message, /^rule faulty /)
    assert.equal((await ruleset.route(anAlert({ team: 'x' }))).droppedBy, 'when-team-x')
    assert.equal((await ruleset.route(anAlert({ team: 'y' }))).droppedBy, undefined)
  })
})

describe('the label cluster', () => {
  const rules: readonly RuleDocument[] = []

  it('is added when the alert has none or an empty one', async () => {
    for (const labels of [{}, { cluster: '' }]) {
      assert.equal((await routed(rules, labels)).alert.labels.get('cluster'), 'default')
    }
    const managers = [aManager({ options: { global: { cluster: 'eu-1' } } })]
    const { ruleset } = await compiled(aSnapshot({ managers }))
    assert.equal((await ruleset.route(anAlert({}))).alert.labels.get('cluster'), 'eu-1')
  })

  it('stays as the alert brings it', async () => {
    assert.equal((await routed(rules, { cluster: 'mine' })).alert.labels.get('cluster'), 'mine')
  })
})
