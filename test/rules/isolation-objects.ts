import { type LabelSelector } from '../../src/model/fragments.ts'
import { type Dice } from '../fuzz/random.ts'

/** Names that differ by little, that mean something to JavaScript, to our own rules, or to nobody. */
export const tenants = [
  ...['team-a', 'team-b', 'team', 'team-a-b', 'TEAM-A', 'team-a ', 'team-a\u0000', 'a,b', '*', '.*', '{}', '[]'],
  ...['__proto__', 'constructor', 'toString', '$tenant', '$tenantKey', 'null', 'undefined', '0', 'true', '🔥', 'téam'],
]
export const tenantKeys = ['namespace', 'user', 'app.kubernetes.io/tenant', '__proto__', '$..*'] as const
export const labelNames = [
  'severity',
  'namespace',
  'user',
  'app.kubernetes.io/tenant',
  '__proto__',
  'constructor',
  '$..*',
  '',
]
export const values = [...tenants, 'critical', 'warning', 'x'.repeat(300), ' ', '%00', '${tenant}', '{{ tenant }}']

export type Labels = Readonly<Record<string, string>>

export interface Written {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Labels }
  readonly spec: unknown
}

function written(kind: string, name: string, labels: Labels, spec: unknown): Written {
  return { apiVersion: 'notification.kubesphere.io/v2alpha1', kind, metadata: { name, labels }, spec }
}

const receiverKinds = [
  ['EmailReceiver', 'emailConfigSelector', { to: ['a@example.com'] }],
  ['SlackReceiver', 'slackConfigSelector', { channel: '#a' }],
  ['WebhookReceiver', 'webhookConfigSelector', { url: 'http://hooks.example.com/a' }],
  ['WechatReceiver', 'wechatConfigSelector', { toUser: 'a' }],
] as const

export function receiver(
  dice: Dice,
  { name, labels, spec }: { readonly name: string; readonly labels: Labels; readonly spec: Selectors },
): Written {
  const [kind, field, base] = dice.pick(receiverKinds)
  const { alertSelector, configSelector, ...rest } = spec
  return written(kind, name, labels, {
    ...base,
    ...rest,
    ...(alertSelector === undefined ? {} : { alertSelector }),
    ...(configSelector === undefined ? {} : { [field]: configSelector }),
  })
}

interface Selectors extends Readonly<Record<string, unknown>> {
  readonly alertSelector?: unknown
  readonly configSelector?: unknown
}

export function wellMeant(dice: Dice): Selectors {
  return {
    ...(dice.chance(0.5) ? { alertSelector: selector(dice) } : {}),
    ...(dice.chance(0.5) ? { configSelector: selector(dice) } : {}),
  }
}

function selector(dice: Dice): LabelSelector {
  const operator = dice.pick(['In', 'NotIn', 'Exists', 'DoesNotExist'] as const)
  const key = dice.pick(labelNames)
  const hasValues = operator === 'In' || operator === 'NotIn'
  const requirement = { key, operator, ...(hasValues ? { values: [dice.pick(values), dice.pick(values)] } : {}) }
  return dice.pick<LabelSelector>([
    {},
    { matchLabels: pairs([[dice.pick(labelNames), dice.pick(values)]]) },
    { matchExpressions: [requirement] },
    { matchLabels: pairs([[dice.pick(labelNames), dice.pick(values)]]), matchExpressions: [requirement, requirement] },
  ])
}

interface Attack {
  readonly name: string
  readonly labels: Labels
  readonly others: readonly string[]
}

/** Selectors and fields that try to be taken for rules, for other tenants, or to break what reads them. */
export function hostileReceiver(dice: Dice, { name, labels, others }: Attack): Written {
  const victim = dice.pick(others)
  const crafted: readonly unknown[] = [
    {},
    null,
    'all',
    [],
    selector(dice),
    selector(dice),
    {
      matchLabels: pairs([
        ['tenant', victim],
        ['tenants', victim],
      ]),
    },
    { matchLabels: { namespace: victim, user: victim } },
    { matchExpressions: [{ key: 'namespace', operator: 'In', values: others }] },
    { matchExpressions: [{ key: 'namespace', operator: 'in', values: [victim] }] },
    { matchExpressions: [{ key: 'namespace', operator: 'In', values: [] }] },
    { matchExpressions: [{ key: 'namespace', operator: 'Exists', values: [victim] }] },
    { any: [] },
    { all: [], matchLabels: {} },
    { fact: 'tenants', operator: 'contains', value: victim, matchExpressions: [] },
    { matchLabels: { severity: { fact: 'tenants', path: '$', operator: 'contains', value: victim } } },
    { matchExpressions: [{ key: '$.tenants', operator: 'In', values: [victim, '$tenant', '$alertSelector'] }] },
    { matchExpressions: [{ key: 'tenants', operator: 'contains', values: [victim] }] },
    JSON.parse('{"__proto__": {"matchLabels": {}}, "matchLabels": {"__proto__": "team-b"}}'),
    { matchExpressions: Array.from({ length: 200 }, () => ({ key: dice.pick(labelNames), operator: 'Exists' })) },
  ]
  const extra = dice.pick<Readonly<Record<string, unknown>>>([
    {},
    { tenant: victim, tenants: others, class: 'global' },
    { conditions: { all: [] }, event: { type: 'notify', params: { receivers: ['EmailReceiver/honest-0'] } } },
    { template: `{{ template "${victim}" . }}` },
    { enabled: 'yes' },
    { priority: 1e308, labels: { type: 'global' } },
  ])
  return receiver(dice, {
    name,
    labels,
    spec: {
      ...extra,
      alertSelector: dice.pick(crafted),
      ...(dice.chance(0.5) ? { configSelector: dice.pick(crafted) } : {}),
    },
  })
}

export function hostileName(dice: Dice, place: number): string {
  const base = dice.pick([
    'honest-0',
    'global-0',
    '__proto__',
    'constructor',
    'EmailReceiver/honest-1',
    'a.b',
    '🔥',
    '$receiver',
  ])
  return `${base}${dice.chance(0.5) ? `-${place}` : ''}`
}

/** Any label but the tenant's; its class too when a class label alone opens nothing. */
export function hostileLabels(dice: Dice, withClass: boolean): readonly (readonly [string, string])[] {
  const found = many(dice, 4, () => [dice.pick(labelNames), dice.pick(values)] as const)
  return [
    ...found,
    ...(withClass ? [['type', dice.pick(['global', 'default', 'tenant', ''])] as const] : []),
    ['priority', dice.pick(['-999999', '1', 'high', '1e9'])],
  ]
}

/** Credentials of a tenant, and of the platform. */
export function config(dice: Dice, name: string, labels: Labels): Written {
  const ref = secretRef(dice, name)
  const server = { from: 'a@example.com', smartHost: { host: 'smtp.example.com', port: '25' } }
  return dice.pick([
    written('EmailConfig', name, labels, { ...server, authUsername: 'a', authPassword: ref }),
    written('SlackConfig', name, labels, { slackTokenSecret: ref }),
    written('WebhookConfig', name, labels, {}),
    written('WechatConfig', name, labels, {
      wechatApiUrl: 'https://wechat.example.com/',
      ...{ wechatApiCorpId: 'a', wechatApiAgentId: '1', wechatApiSecret: ref },
    }),
  ])
}

function secretRef(dice: Dice, name: string): Readonly<Record<string, string>> {
  const namespace = dice.pick(['', 'notifications', 'kube-system', 'team-b', '__proto__'])
  return { name, key: 'token', ...(namespace === '' ? {} : { namespace }) }
}

export function honestConfig(
  dice: Dice,
  {
    place,
    tenantKey,
    others,
  }: { readonly place: number; readonly tenantKey: string; readonly others: readonly string[] },
): Written {
  const labels = dice.pick([{ type: 'default' }, { group: 'x' }, pairs([[tenantKey, dice.pick(others)]])])
  return config(dice, `config-${place}`, labels)
}

/** Own properties, `__proto__` included; later ones win. */
export function pairs(list: readonly (readonly [string, string])[]): Labels {
  return Object.fromEntries(list)
}

export function many<Item>(dice: Dice, limit: number, make: (place: number) => Item): readonly Item[] {
  return Array.from({ length: 1 + dice.below(limit) }, (_, place) => make(place))
}
