import fc from 'fast-check'
import { type Alert } from '../../src/model/alert.ts'
import { type Resource } from '../../src/model/object.ts'
import { type ManagerSpec, type RuleDocument, type Snapshot } from '../../src/rules/snapshot.ts'
import { aManager, aResource, aRule, aSnapshot, anAlert } from '../support/resources.ts'

/** Few names, so that selectors and alerts meet; hostile ones, so that nothing but a Map lookup survives. */
const names = [
  'severity',
  'namespace',
  'app.kubernetes.io/name',
  '__proto__',
  'constructor',
  'toString',
  '$..*',
  '',
  'fact',
  'a b',
  '🔥',
  'user',
  'cluster',
]
const long = 'x'.repeat(10_000)
const values = ['critical', 'warning', 'team-a', 'team-b', '', '__proto__', '$tenant', '🔥', long, '0']
const tenants = ['team-a', 'team-b', 'team-c', '__proto__', '🔥', '$tenant']

const name = fc.constantFrom(...names)
const value = fc.constantFrom(...values)
const wideList = Array.from({ length: 20 }, (_, place) => `wide-${place}`)
/** Short lists, and now and then one that is too long to stay inside a condition. */
const valueList = fc.oneof(
  { weight: 8, arbitrary: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: value.map((one) => [...wideList, one]) },
)

/** Own properties, `__proto__` included. */
function pairs(limit: number): fc.Arbitrary<Readonly<Record<string, string>>> {
  const entries = fc.uniqueArray(fc.tuple(name, value), { maxLength: limit, selector: ([key]) => key })
  return entries.map((list) => Object.fromEntries(list))
}

const requirement = fc.oneof(
  fc.record({ key: name, operator: fc.constantFrom('In' as const, 'NotIn' as const), values: valueList }),
  fc.record({ key: name, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
)

export const selector = fc.record(
  { matchLabels: pairs(2), matchExpressions: fc.array(requirement, { maxLength: 3 }) },
  { requiredKeys: [] },
)

const classLabel = fc.constantFrom('global', 'tenant', 'tenant', 'tenant', 'default', 'both', 'other')

/** Labels of an object: a class, perhaps a tenant under either key, and whatever else. */
const objectLabels = fc
  .record(
    {
      type: classLabel,
      namespace: fc.constantFrom(...tenants, ''),
      user: fc.constantFrom(...tenants, ''),
      group: fc.constantFrom('x', 'y'),
      priority: fc.constantFrom('1', '2', '-3', '10', 'high', ''),
    },
    { requiredKeys: ['type'] },
  )
  .map((labels) => Object.fromEntries(Object.entries(labels)) as Readonly<Record<string, string>>)

const configSelector = fc.oneof(
  fc.constant({}),
  fc.record({ matchLabels: fc.record({ group: fc.constantFrom('x', 'y', 'z') }) }),
  fc.record({ matchLabels: fc.record({ namespace: fc.constantFrom(...tenants) }) }),
  fc.record({
    matchExpressions: fc.tuple(
      fc.record({
        key: fc.constant('group'),
        operator: fc.constantFrom('NotIn' as const, 'In' as const),
        values: fc.constant(['x', ...wideList]),
      }),
    ),
  }),
)

const kinds = [
  ['EmailReceiver', 'emailConfigSelector', { to: ['a@example.com'] }],
  ['SlackReceiver', 'slackConfigSelector', { channel: '#a' }],
  ['WebhookReceiver', 'webhookConfigSelector', { url: 'http://example.com' }],
] as const

const receiver = fc
  .record({
    kind: fc.constantFrom(...kinds),
    labels: objectLabels,
    selectors: fc.record({ alertSelector: selector, configSelector }, { requiredKeys: [] }),
  })
  .map(({ kind: [kind, field, spec], labels, selectors: { alertSelector, configSelector: chosen } }) => ({
    kind,
    labels,
    spec: {
      ...spec,
      ...(alertSelector === undefined ? {} : { alertSelector }),
      ...(chosen === undefined ? {} : { [field]: chosen }),
    },
  }))

const config = fc.record({
  kind: fc.constantFrom('EmailConfig', 'SlackConfig', 'WebhookConfig'),
  labels: objectLabels,
  spec: fc.constant({}),
})

function named(list: readonly { kind: string; labels: Readonly<Record<string, string>>; spec: object }[]): Resource[] {
  return list.map(({ kind, labels, spec }, place) => aResource(kind, `n${place}`, labels, spec))
}

const tenantSource = fc.constantFrom('alertLabel' as const, 'roleBinding' as const, 'namespaceLabel' as const)

const managerSpec: fc.Arbitrary<Partial<ManagerSpec['receivers']>> = fc.record(
  {
    tenantKey: fc.constantFrom('namespace', 'user', 'app.kubernetes.io/name'),
    tenantSources: fc.uniqueArray(tenantSource, { minLength: 1, maxLength: 3 }),
    tenantSubjectKinds: fc.constantFrom(['User'] as const, ['User', 'Group'] as const),
    globalReceiverSelector: fc.constantFrom(
      { matchLabels: { type: 'global' } },
      { matchExpressions: [{ key: 'type', operator: 'In' as const, values: ['global', 'both'] }] },
    ),
    tenantReceiverSelector: fc.constantFrom(
      { matchLabels: { type: 'tenant' } },
      { matchExpressions: [{ key: 'type', operator: 'In' as const, values: ['tenant', 'both'] }] },
      { matchExpressions: [{ key: 'type', operator: 'NotIn' as const, values: ['global', 'default'] }] },
    ),
    options: fc.record({ global: fc.record({ cluster: fc.constantFrom('eu-1', '🔥') }) }),
  },
  { requiredKeys: ['tenantKey', 'globalReceiverSelector', 'tenantReceiverSelector'] },
)

const comparison = fc.oneof(
  fc.record({
    fact: fc.constantFrom('labels', 'annotations'),
    path: name,
    operator: fc.constantFrom('in', 'notIn'),
    // A rule document's texts are bounded.
    value: valueList.map((list) => list.map((text) => (text === long ? 'short' : text))),
  }),
  fc.record({
    fact: fc.constant('labels'),
    path: name,
    operator: fc.constantFrom('equal', 'notEqual'),
    value: value.map((text) => (text === long ? 'short' : text)),
  }),
  fc.record({
    fact: fc.constant('labels'),
    path: name,
    operator: fc.constantFrom('exists', 'doesNotExist'),
    value: fc.constant(true),
  }),
  fc.record({
    fact: fc.constant('status'),
    operator: fc.constant('equal'),
    value: fc.constantFrom('firing', 'resolved'),
  }),
)

export const condition: fc.Arbitrary<object> = fc.letrec<{ tree: object; combination: object }>((tie) => {
  const parts = fc.array(tie('tree'), { minLength: 1, maxLength: 3 })
  return {
    combination: fc.oneof(fc.record({ all: parts }), fc.record({ any: parts }), fc.record({ not: tie('tree') })),
    tree: fc.oneof({ maxDepth: 2, withCrossShrink: true }, comparison, tie('combination')),
  }
}).combination

const event = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ type: 'drop', params: {} }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('label'),
      params: fc.record({
        name: fc.constantFrom('namespace', 'severity', '__proto__'),
        value: fc.constantFrom(...tenants),
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('notify'),
      params: fc.record({
        receivers: fc.constantFrom(['EmailReceiver/n0'], ['SlackReceiver/n1', 'EmailReceiver/n99']),
      }),
    }),
  },
)

/** Platform rules of every effect. */
const platformRules: fc.Arbitrary<RuleDocument[]> = fc
  .array(fc.record({ conditions: condition, event, priority: fc.integer({ min: 1, max: 3 }) }), { maxLength: 3 })
  .map((rules) => rules.map((rule, place) => aRule({ name: `rule-${place}`, ...rule })))

const namespaceName = fc.constantFrom(...values, ...tenants)

const roleBindings = fc.array(
  fc.record({
    namespace: namespaceName,
    name: fc.constant('binding'),
    subjects: fc.array(
      fc.record({
        kind: fc.constantFrom('User', 'Group', 'ServiceAccount'),
        name: fc.constantFrom(...tenants, ''),
      }),
      { maxLength: 3 },
    ),
  }),
  { maxLength: 5 },
)

const namespaces = fc.uniqueArray(fc.record({ name: namespaceName, labels: objectLabels }), {
  maxLength: 5,
  selector: (namespace) => namespace.name,
})

export const snapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    manager: managerSpec,
    receivers: fc.array(receiver, { maxLength: 40, size: 'max' }),
    configs: fc.array(config, { maxLength: 12, size: 'max' }),
    platformRules: fc.oneof(fc.constant([]), platformRules),
    roleBindings,
    namespaces,
  })
  .map(({ manager, receivers, configs, ...rest }) =>
    aSnapshot({ ...rest, managers: [aManager(manager)], receivers: named(receivers), configs: named(configs) }),
  )

const otherLabels = fc.uniqueArray(
  fc.tuple(name, fc.oneof(value, fc.constantFrom(...tenants, ...wideList.slice(0, 2)))),
  { maxLength: 6, selector: ([key]) => key },
)

export const alert: fc.Arbitrary<Alert> = fc
  .record({
    owner: fc.constantFrom(...tenants),
    ownerLabels: fc.subarray(['namespace', 'user', 'app.kubernetes.io/name']),
    labels: otherLabels,
    annotations: fc.uniqueArray(fc.tuple(name, value), { maxLength: 2, selector: ([key]) => key }),
    status: fc.constantFrom('firing' as const, 'resolved' as const),
  })
  .map(({ owner, ownerLabels, labels, annotations, status }) => {
    const owned = ownerLabels.map((label) => [label, owner] as const)
    return anAlert(new Map([...labels, ...owned]), { annotations: new Map(annotations), status })
  })
