import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Alert } from '../../src/model/alert.ts'
import { type ReceiverExplanation } from '../../src/rules/ruleset.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { aManager, aRule, aSnapshot, anAlert, anEmailConfig, anEmailReceiver } from '../support/resources.ts'
import { compiled, readRule } from '../support/rulesets.ts'

const critical = { alertSelector: { matchExpressions: [{ key: 'severity', operator: 'In', values: ['critical'] }] } }
const receivers = [
  anEmailReceiver('all', { type: 'global' }),
  anEmailReceiver('urgent', { type: 'global' }, critical),
  anEmailReceiver('payments', { type: 'tenant', namespace: 'payments' }),
  anEmailReceiver('payments-urgent', { type: 'tenant', namespace: 'payments' }, critical),
  anEmailReceiver('lost', { type: 'tenant' }),
]
const configs = [anEmailConfig('default', { type: 'default' })]

async function explained(
  alert: Alert,
  changes: Partial<Snapshot> = {},
): Promise<ReadonlyMap<string, ReceiverExplanation>> {
  const { ruleset } = await compiled(aSnapshot({ receivers, configs, ...changes }))
  const { receivers: found } = await ruleset.explain(alert)
  return new Map(found.map((receiver) => [receiver.receiver.split('/')[1]!, receiver]))
}

async function because(alert: Alert, changes: Partial<Snapshot> = {}): Promise<Readonly<Record<string, string>>> {
  const found = await explained(alert, changes)
  return Object.fromEntries(
    [...found].map(([name, { matched, because: why }]) => [name, `${matched ? '+' : '-'} ${why}`]),
  )
}

describe('an explanation', () => {
  it('names the clause that decided for every receiver, also for those that cannot be reached', async () => {
    assert.deepEqual(await because(anAlert({ namespace: 'billing', severity: 'warning' })), {
      all: '+ global: every alert',
      urgent: '- alertSelector wants severity In [critical], the alert has severity=warning',
      payments: '- tenant payments: the alert belongs to [billing] (label namespace)',
      'payments-urgent': '- tenant payments: the alert belongs to [billing] (label namespace)',
      lost: "- EmailReceiver/lost cannot be reached: it is a tenant's receiver, but no label namespace names the tenant, so nobody is told through it",
    })
  })

  it('says why a receiver is told as well', async () => {
    const found = await because(anAlert({ namespace: 'payments', severity: 'critical' }))
    assert.equal(
      found['urgent'],
      '+ global: alertSelector wants severity In [critical], the alert has severity=critical',
    )
    assert.equal(found['payments'], '+ tenant payments: the alert belongs to [payments] (label namespace)')
    assert.equal(
      found['payments-urgent'],
      '+ tenant payments: the alert belongs to [payments] (label namespace); alertSelector wants severity In [critical], the alert has severity=critical',
    )
  })

  it('says that an alert belongs to no tenant, and that it lacks a label', async () => {
    const found = await because(anAlert({}))
    assert.equal(found['payments'], '- tenant payments: the alert belongs to no tenant')
    assert.equal(found['urgent'], '- alertSelector wants severity In [critical], the alert has no severity')
  })

  it('carries the clauses as data', async () => {
    const found = await explained(anAlert({ severity: 'warning' }))
    assert.deepEqual(found.get('urgent')?.clauses, [
      { subject: 'severity', operator: 'In', wanted: ['critical'], found: ['warning'], holds: false },
    ])
    assert.deepEqual(found.get('payments')?.clauses, [
      { subject: 'tenants', operator: 'Contains', wanted: ['payments'], found: [], holds: false },
    ])
    assert.equal(found.get('lost')?.class, 'excluded')
    assert.equal(found.get('lost')?.channel, 'email')
  })

  it('spells out a long list of values in the clause, and cuts it in the sentence', async () => {
    const values = Array.from({ length: 40 }, (_, place) => `v${place}`).sort()
    const alertSelector = { matchExpressions: [{ key: 'severity', operator: 'In', values }] }
    const found = await explained(anAlert({ severity: 'x'.repeat(10_000) }), {
      receivers: [anEmailReceiver('wide', { type: 'global' }, { alertSelector })],
    })
    assert.deepEqual(found.get('wide')?.clauses[0]?.wanted, values)
    assert.match(found.get('wide')!.because, /and 30 more\], the alert has severity=x{80}…$/)
  })

  it('tells by which way the tenants were found', async () => {
    const managers = [aManager({ tenantKey: 'user' })]
    const roleBindings = [{ namespace: 'shop', name: 'b', subjects: [{ kind: 'User', name: 'ann' }] }]
    const own = [
      anEmailReceiver('ann', { type: 'tenant', user: 'ann' }),
      anEmailReceiver('bob', { type: 'tenant', user: 'bob' }),
    ]
    const found = await because(anAlert({ namespace: 'shop' }), { managers, roleBindings, receivers: own })
    assert.deepEqual(found, {
      ann: '+ tenant ann: the alert belongs to [ann] (RoleBindings in namespace shop)',
      bob: '- tenant bob: the alert belongs to [ann] (RoleBindings in namespace shop)',
    })
  })

  it('names the platform rules that spoke, and what each did', async () => {
    const watch = { all: [{ fact: 'labels', path: 'severity', operator: 'exists', value: true }] }
    const platformRules = [
      aRule({
        name: 'to-payments',
        conditions: watch,
        event: { type: 'label', params: { name: 'namespace', value: 'payments' } },
      }),
      aRule({
        name: 'page',
        conditions: watch,
        event: { type: 'notify', params: { receivers: ['EmailReceiver/urgent'] } },
      }),
    ]
    const { ruleset } = await compiled(aSnapshot({ receivers, configs, platformRules }))
    const { platform, tenants, receivers: found } = await ruleset.explain(anAlert({ severity: 'low' }))

    assert.deepEqual(platform, [
      { rule: 'to-payments', effect: 'label', detail: 'namespace="payments"' },
      { rule: 'page', effect: 'notify', detail: 'EmailReceiver/urgent' },
    ])
    assert.deepEqual(tenants, [{ tenant: 'payments', source: 'alertLabel' }])
    const urgent = found.find(({ receiver }) => receiver === 'EmailReceiver/urgent')
    assert.deepEqual([urgent?.matched, urgent?.because], [true, 'the platform rule page adds this receiver'])
  })

  it('says of a dropped alert that nobody is told', async () => {
    const { ruleset } = await compiled(
      aSnapshot({ receivers, configs, platformRules: [readRule('platform/drop-watchdog')] }),
    )
    const { droppedBy, platform, receivers: found } = await ruleset.explain(anAlert({ alertname: 'Watchdog' }))

    assert.equal(droppedBy, 'drop-watchdog')
    assert.equal(platform[0]?.detail, 'Watchdog only proves that alerting works')
    assert.ok(found.every(({ matched }) => !matched))
    assert.equal(found[0]?.because, 'the platform rule drop-watchdog drops the alert')
  })
})

describe('the dump of a ruleset', () => {
  it('shows each receiver’s rule, how its config was chosen, and no secret', async () => {
    const secret = { authPassword: { name: 'smtp-credentials', key: 'password' } }
    const { ruleset } = await compiled(
      aSnapshot({ receivers: receivers.slice(3, 4), configs: [anEmailConfig('default', { type: 'default' }, secret)] }),
    )
    const dump = ruleset.dump() as { receivers: readonly Record<string, unknown>[] }

    assert.deepEqual(dump.receivers[0]?.['rule'], {
      conditions: {
        all: [
          { fact: 'tenants', operator: 'contains', value: 'payments' },
          { fact: 'labels', operator: 'in', path: 'severity', value: ['critical'] },
        ],
      },
      event: { params: { receiver: 'EmailReceiver/payments-urgent' }, type: 'route' },
      name: 'EmailReceiver/payments-urgent',
      priority: 1,
    })
    assert.deepEqual(dump.receivers[0]['config'], {
      name: 'EmailConfig/default',
      reason: 'DefaultConfig',
      rule: {
        conditions: {
          all: [
            { fact: 'channel', operator: 'equal', value: 'email' },
            { fact: 'class', operator: 'equal', value: 'default' },
          ],
        },
        event: { params: { reason: 'DefaultConfig' }, type: 'config' },
        name: 'fall-back',
        priority: 1,
      },
    })
    assert.ok(!JSON.stringify(dump).includes('smtp-credentials'))
  })

  it('is plain JSON with every object’s fields in order', async () => {
    const { ruleset } = await compiled(
      aSnapshot({ receivers, configs, platformRules: [readRule('platform/drop-watchdog')] }),
    )
    const dump = ruleset.dump()
    assert.deepEqual(JSON.parse(JSON.stringify(dump)), dump)
    function check(node: unknown): void {
      if (typeof node !== 'object' || node === null) return
      if (!Array.isArray(node)) assert.deepEqual(Object.keys(node), Object.keys(node).toSorted())
      Object.values(node).forEach(check)
    }
    check(dump)
  })
})
