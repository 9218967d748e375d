import { Engine } from 'json-rules-engine'
import { setImmediate } from 'node:timers/promises'
import { type Alert } from '../../src/model/alert.ts'
import { keyOf, type Resource } from '../../src/model/object.ts'
import { createCompile } from '../../src/rules/compile.ts'
import { type Ruleset } from '../../src/rules/ruleset.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { aManager, aSnapshot, anAlert, anEmailConfig, anEmailReceiver } from '../support/resources.ts'
import { compileDeps } from '../support/rulesets.ts'

const receiversPerTenant = 5
const globalReceivers = 10
const severities = ['critical', 'warning', 'info', 'none']

/** A cluster of `count` receivers: ten global ones and five a tenant, with two or three comparisons each. */
function aCluster(count: number, tenantConfigs: number): Snapshot {
  const receivers = Array.from({ length: count }, (_, place) => aReceiver(place))
  const configs = Array.from({ length: tenantConfigs }, (_, place) =>
    anEmailConfig(`tenant-${place}`, { type: 'tenant', namespace: `tenant-${place}` }),
  )
  return aSnapshot({
    version: `${count}`,
    managers: [aManager()],
    receivers,
    configs: [...configs, anEmailConfig('default', { type: 'default' })],
  })
}

function aReceiver(place: number): Resource {
  const alertSelector = {
    matchLabels: { severity: severities[place % severities.length]! },
    matchExpressions: [
      { key: 'team', operator: 'NotIn' as const, values: ['nobody', `t${place % 7}`] },
      { key: 'alertname', operator: 'Exists' as const },
    ],
  }
  if (place < globalReceivers) return anEmailReceiver(`global-${place}`, { type: 'global' }, { alertSelector })
  const namespace = `tenant-${Math.floor((place - globalReceivers) / receiversPerTenant)}`
  const emailConfigSelector = { matchLabels: { namespace } }
  return anEmailReceiver(`r-${place}`, { type: 'tenant', namespace }, { alertSelector, emailConfigSelector })
}

function someAlerts(count: number, tenants: number): readonly Alert[] {
  return Array.from({ length: count }, (_, place) =>
    anAlert({
      alertname: `Alert${place % 50}`,
      namespace: `tenant-${(place * 7) % Math.max(1, tenants)}`,
      severity: severities[place % severities.length]!,
      team: `t${place % 11}`,
      pod: `pod-${place}`,
      node: 'node-1',
      job: 'kube-state-metrics',
      service: 'api',
      container: 'main',
      endpoint: 'http',
    }),
  )
}

/** One engine with every receiver's rule, run serially: what one would write first. */
function createNaive(snapshot: Snapshot): (alert: Alert) => Promise<readonly string[]> {
  const engine = new Engine([], {
    pathResolver: (labels, path) => (labels as Map<string, unknown>).get(path),
    allowUndefinedFacts: true,
  })
  engine.addOperator<string | undefined, true>('exists', (found) => found !== undefined)
  for (const receiver of snapshot.receivers) {
    const { namespace } = receiver.metadata.labels
    const { alertSelector } = receiver.spec as BenchSpec
    const [notIn, exists] = alertSelector.matchExpressions
    engine.addRule({
      name: keyOf(receiver),
      conditions: {
        all: [
          ...(namespace === undefined
            ? []
            : [{ fact: 'labels', path: 'namespace', operator: 'equal', value: namespace }]),
          { fact: 'labels', path: 'severity', operator: 'equal', value: alertSelector.matchLabels.severity },
          { fact: 'labels', path: notIn!.key, operator: 'notIn', value: notIn!.values },
          { fact: 'labels', path: exists!.key, operator: 'exists', value: true },
        ],
      },
      event: { type: 'route' },
    })
  }
  return async (alert) => {
    const { results } = await engine.run({ labels: alert.labels })
    return results.map(({ name }) => name)
  }
}

/** The shape of a bench receiver's spec. */
interface BenchSpec {
  readonly alertSelector: {
    readonly matchLabels: { readonly severity: string }
    readonly matchExpressions: readonly { readonly key: string; readonly values?: readonly string[] }[]
  }
}

async function microsPerAlert(route: (alert: Alert) => Promise<unknown>, alerts: readonly Alert[]): Promise<number> {
  const startedAt = performance.now()
  for (const alert of alerts) await route(alert)
  return ((performance.now() - startedAt) / alerts.length) * 1_000
}

function heapMegabytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1024 ** 2
}

async function compileCluster(
  count: number,
): Promise<{ snapshot: Snapshot; ruleset: Ruleset; ms: number; mb: number }> {
  const snapshot = aCluster(count, Math.ceil((count - globalReceivers) / receiversPerTenant))
  const compile = createCompile(compileDeps({ yieldNow: () => setImmediate() }))
  const before = heapMegabytes()
  const startedAt = performance.now()
  const { ruleset } = await compile(snapshot, () => true)
  const ms = performance.now() - startedAt
  return { snapshot, ruleset, ms, mb: heapMegabytes() - before }
}

/** Prints what one alert costs, one naive engine beside ours in the same run, and what compiling costs. */
export async function benchRouting(print: (line: string) => void): Promise<void> {
  print('Routing one alert: all rules in one engine, run serially, and the indexed ruleset')
  print('receivers  one engine   indexed    ratio  compile: time, heap')
  for (const count of [100, 1_000, 10_000]) {
    const { snapshot, ruleset, ms, mb } = await compileCluster(count)
    const tenants = Math.ceil((count - globalReceivers) / receiversPerTenant)
    const naive = createNaive(snapshot)
    const alerts = someAlerts(2_000, tenants)
    const naiveAlerts = alerts.slice(0, Math.max(5, Math.min(200, 20_000 / count)))
    for (const alert of naiveAlerts.slice(0, 5)) {
      const told = (await ruleset.route(alert)).receivers.map(({ key }) => key as string).sort()
      if (told.join() !== (await naive(alert)).toSorted().join()) throw new Error('The two engines do not agree')
    }
    await microsPerAlert((alert) => ruleset.route(alert), alerts)
    const ours = await microsPerAlert((alert) => ruleset.route(alert), alerts)
    const theirs = await microsPerAlert(naive, naiveAlerts)
    print(
      `${String(count).padStart(9)} ${theirs.toFixed(0).padStart(10)} µs ${ours.toFixed(1).padStart(9)} µs ` +
        `${(theirs / ours).toFixed(0).padStart(6)}×  ${ms.toFixed(0)} ms, ${mb.toFixed(0)} MB, ${tenants} tenants`,
    )
  }
}
