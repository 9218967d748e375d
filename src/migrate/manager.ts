import { isRecord } from '../api/json-schema.ts'
import { takeArguments } from './arguments.ts'
import { type Spec } from './channel.ts'
import { compact, countOf, shown, type Fields } from './fields.ts'
import { type Words } from './finding.ts'
import { takeOptions } from './options.ts'
import { takeSelector } from './selector.ts'

/** Fields that say the same here. */
const kept = [
  'replicas',
  'resources',
  'imagePullPolicy',
  'nodeSelector',
  'affinity',
  'tolerations',
  'serviceAccountName',
  'portName',
  'volumes',
  'volumeMounts',
  'defaultSecretNamespace',
] as const

/** The spec of a NotificationManager of v2beta2 as one of v2alpha1. */
export function migrateManager(source: Fields): Spec {
  const fields = Object.fromEntries(kept.map((name) => [name, source.take(name)]))
  source.give('changed', 'image', (image) => ({
    was: shown(image),
    became: "left out: the operator takes its own version's image",
    remedy: 'nothing, or set image to your mirror of it',
  }))
  givePod(source)
  giveGrouping(source)
  giveTemplate(source)
  const args = takeArguments(source)
  const defaults = takeSelector(source, 'defaultConfigSelector')
  return compact({
    ...fields,
    args,
    defaultConfigSelector: defaults === 'untranslatable' ? undefined : defaults.selector,
    receivers: takeReceivers(source),
  })
}

function givePod(source: Fields): void {
  for (const name of ['annotations', 'labels', 'env']) {
    source.give('lost', name, (value) => ({
      was: countOf(value, name === 'env' ? 'variable' : name.slice(0, -1)),
      became: 'left out: pods are not shaped by it',
      remedy: name === 'env' ? 'use flags in args' : 'set it on the Deployment by a kustomize patch of your own',
    }))
  }
  source.give('lost', 'sidecars', (value) => ({
    was: `${countOf(value, 'sidecar')}: ${isRecord(value) ? Object.keys(value).slice(0, 5).map(shown).join(', ') : ''}`,
    became: 'left out: tenants are looked up without a sidecar',
    remedy: 'choose receivers.tenantSources: alertLabel, roleBinding, namespaceLabel',
  }))
  source.give('lost', 'history', () => ({
    was: 'a webhook that is sent the history',
    became: 'left out: the history is kept in the outbox',
    remedy: 'ask GET /api/v1/history, or scrape /metrics',
  }))
}

/** What the API server fills in by itself says nothing about what people wanted. */
const batchDefaults: Readonly<Record<string, readonly unknown[]>> = {
  batchMaxSize: [100],
  batchMaxWait: ['1m', '1m0s'],
}

function giveGrouping(source: Fields): void {
  source.give('changed', 'groupLabels', () => grouping('the labels to group by', 'group_by'))
  for (const [name, usual] of Object.entries(batchDefaults)) {
    if (!usual.includes(source.take(name))) {
      source.give('changed', name, (value) => grouping(shown(value), 'group_wait and group_interval'))
    }
  }
  if (source.take('routePolicy') === 'All') return
  source.give('lost', 'routePolicy', (value) => ({
    was: shown(value),
    became: 'every receiver in force is told by its own selectors, and Routers only add to them',
    remedy: "narrow the receivers' alertSelector to what the Routers let through before you apply them",
  }))
}

function grouping(was: string, where: string): Words {
  return {
    was,
    became: 'left out: groups stay as Alertmanager made them',
    remedy: `set ${where} in the route of Alertmanager`,
  }
}

function giveTemplate(source: Fields): void {
  const part = source.below('template')
  if (part === undefined) return
  // It never had an effect.
  part.take('reloadCycle')
  part.below('text')?.ignore()
  part.give('lost', 'text', (value) => ({
    was: `the templates of ConfigMap ${isRecord(value) ? shown(value['name']) : '?'}`,
    became: 'left out',
    remedy:
      'mount the ConfigMap with volumes and volumeMounts, and name its files in receivers.options.global.templateFile',
  }))
  const usual = part.take('language') === 'English'
  for (const name of usual ? ['languagePack'] : ['language', 'languagePack']) {
    part.give('lost', name, (value) => ({
      was: typeof value === 'string' ? shown(value) : countOf(value, 'language pack'),
      became: 'left out: there is no translation by dictionary',
      remedy: 'write the words in templates of your own',
    }))
  }
}

function takeReceivers(source: Fields): Spec | undefined {
  const part = source.below('receivers')
  if (part === undefined) return undefined
  const tenantKey = part.take('tenantKey')
  if (tenantKey !== undefined && tenantKey !== 'namespace') part.tell('changed', otherTenants(tenantKey))
  return compact({
    tenantKey,
    globalReceiverSelector: takeClassSelector(part, 'globalReceiverSelector'),
    tenantReceiverSelector: takeClassSelector(part, 'tenantReceiverSelector'),
    options: takeOptions(part),
  })
}

function otherTenants(tenantKey: unknown): Words {
  const here =
    tenantKey === 'user' ? 'the users bound in it' : "the alert's label, or the label of its Namespace, of that name"
  return {
    was: `tenantKey ${shown(tenantKey)}, and a sidecar or else the namespace itself named the tenants of a namespace`,
    became: `they are ${here}`,
    remedy: 'check with `explain`, and choose receivers.tenantSources if it should be otherwise',
  }
}

/** Its own rules were: one pair of matchLabels is enough, and nothing else counts. Here all of it must hold. */
function takeClassSelector(source: Fields, name: string): unknown {
  const taken = takeSelector(source, name)
  if (taken === 'untranslatable') return undefined
  const { selector } = taken
  if (!isRecord(selector)) return selector
  const pairs = isRecord(selector['matchLabels']) ? Object.keys(selector['matchLabels']).length : 0
  const expressions = Array.isArray(selector['matchExpressions']) ? selector['matchExpressions'].length : 0
  if (pairs === 0) {
    source.tell('lost', {
      was: `${name} without matchLabels, which selected nothing`,
      became: 'left out, because here it would select objects',
      remedy: 'write it again if that is what you want',
    })
    return undefined
  }
  if (pairs > 1 || expressions > 0) {
    source.tell('changed', {
      was: `${name} with ${pairs} labels and ${expressions} expressions, of which one matching label was enough`,
      became: 'all of them must match',
      remedy: 'label the objects so that they do, or leave one label in the selector',
    })
  }
  return selector
}
