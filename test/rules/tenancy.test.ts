import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NotReadyError } from '../../src/model/errors.ts'
import { type ManagerSpec, type Snapshot } from '../../src/rules/snapshot.ts'
import { createTenancy } from '../../src/rules/tenancy.ts'
import { aManager, aRule, aSnapshot, anAlert, anEmailReceiver, type LabelPairs } from '../support/resources.ts'
import { compiled } from '../support/rulesets.ts'

const lookups: Partial<Snapshot> = {
  roleBindings: [
    {
      namespace: 'shop',
      name: 'one',
      subjects: [
        { kind: 'User', name: 'ann' },
        { kind: 'Group', name: 'ops' },
        { kind: 'ServiceAccount', name: 'bot' },
      ],
    },
    {
      namespace: 'shop',
      name: 'two',
      subjects: [
        { kind: 'User', name: 'ann' },
        { kind: 'User', name: 'bob' },
        { kind: 'User', name: '' },
      ],
    },
    { namespace: 'other', name: 'one', subjects: [{ kind: 'User', name: 'eve' }] },
  ],
  namespaces: [
    { name: 'shop', labels: { workspace: 'retail', team: '' } },
    { name: 'retail', labels: {} },
  ],
}

function tenants(
  receivers: Partial<ManagerSpec['receivers']>,
  labels: LabelPairs,
  changes: Partial<Snapshot> = lookups,
): readonly string[] {
  const tenancy = createTenancy(aManager(receivers).spec, aSnapshot(changes))
  return tenancy.tenantsOf(anAlert(labels)).map(({ tenant, source }) => `${tenant} by ${source}`)
}

describe('the tenants of an alert', () => {
  it('are the value of its own label for the key namespace', () => {
    assert.deepEqual(tenants({ tenantKey: 'namespace' }, { namespace: 'shop' }), ['shop by alertLabel'])
  })

  it('are the users of the RoleBindings in its namespace for the key user, each once', () => {
    assert.deepEqual(tenants({ tenantKey: 'user' }, { namespace: 'shop', user: 'mallory' }), [
      'ann by roleBinding',
      'bob by roleBinding',
    ])
  })

  it('are groups too when the NotificationManager says so', () => {
    assert.deepEqual(tenants({ tenantKey: 'user', tenantSubjectKinds: ['Group'] }, { namespace: 'shop' }), [
      'ops by roleBinding',
    ])
  })

  it('are its own label and the label of its Namespace for any other key', () => {
    assert.deepEqual(tenants({ tenantKey: 'workspace' }, { namespace: 'shop', workspace: 'mine' }), [
      'mine by alertLabel',
      'retail by namespaceLabel',
    ])
    assert.deepEqual(tenants({ tenantKey: 'workspace' }, { namespace: 'shop', workspace: 'retail' }), [
      'retail by alertLabel',
    ])
  })

  it('come from every source that is named, in union', () => {
    const tenantSources = ['namespaceLabel', 'roleBinding', 'alertLabel', 'alertLabel'] as const
    assert.deepEqual(tenants({ tenantKey: 'workspace', tenantSources }, { namespace: 'shop', workspace: 'mine' }), [
      'retail by namespaceLabel',
      'ann by roleBinding',
      'bob by roleBinding',
      'mine by alertLabel',
    ])
  })

  it('are none where nothing is found, and an empty value names nobody', () => {
    assert.deepEqual(tenants({ tenantKey: 'namespace' }, {}), [])
    assert.deepEqual(tenants({ tenantKey: 'namespace' }, { namespace: '' }), [])
    assert.deepEqual(tenants({ tenantKey: 'user' }, { namespace: 'nowhere' }), [])
    assert.deepEqual(tenants({ tenantKey: 'team' }, { namespace: 'shop' }), [])
    assert.deepEqual(tenants({ tenantKey: 'workspace' }, { namespace: 'retail' }), [])
  })

  it('are found under hostile names, and prototypes are nobody', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      assert.deepEqual(tenants({ tenantKey: key }, { namespace: 'shop' }), [])
      const labels = JSON.parse(`{"${key}":"evil"}`) as LabelPairs
      assert.deepEqual(tenants({ tenantKey: key }, labels), ['evil by alertLabel'])
    }
  })

  it('cannot be told while a lookup that the alert needs is unavailable', () => {
    const unavailable = { roleBindings: 'unavailable', namespaces: 'unavailable' } as const
    assert.throws(() => tenants({ tenantKey: 'user' }, { namespace: 'shop' }, unavailable), NotReadyError)
    assert.throws(() => tenants({ tenantKey: 'workspace' }, { namespace: 'shop' }, unavailable), NotReadyError)
    assert.deepEqual(tenants({ tenantKey: 'user' }, { node: 'n1' }, unavailable), [])
    assert.deepEqual(tenants({ tenantKey: 'namespace' }, { namespace: 'shop' }, unavailable), ['shop by alertLabel'])
  })
})

describe('an alert whose tenants cannot be looked up', () => {
  const snapshot = aSnapshot({
    managers: [aManager({ tenantKey: 'user' })],
    receivers: [anEmailReceiver('g', { type: 'global' }), anEmailReceiver('t', { type: 'tenant', user: 'ann' })],
    roleBindings: 'unavailable',
    platformRules: [
      aRule({
        name: 'drop-shop',
        conditions: { all: [{ fact: 'labels', path: 'namespace', operator: 'equal', value: 'dropped' }] },
        event: { type: 'drop' },
      }),
    ],
  })

  it('is refused as a whole rather than told to global receivers only', async () => {
    const { ruleset } = await compiled(snapshot)
    await assert.rejects(ruleset.route(anAlert({ namespace: 'shop' })), NotReadyError)
    await assert.rejects(ruleset.explain(anAlert({ namespace: 'shop' })), NotReadyError)
  })

  it('does not hold up an alert that needs no lookup', async () => {
    const { ruleset } = await compiled(snapshot)
    assert.equal((await ruleset.route(anAlert({ node: 'n1' }))).receivers.length, 1)
    assert.equal((await ruleset.route(anAlert({ namespace: 'dropped' }))).droppedBy, 'drop-shop')
  })
})
