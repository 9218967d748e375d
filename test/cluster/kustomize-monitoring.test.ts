import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { counters, gauges, histograms, type MetricSpec } from '../../src/model/metric-names.ts'
import { requireProgram } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { everything, objectsIn, ofKinds, root, type Manifest } from './kustomizations.ts'

const run = promisify(execFile)
const prefix = 'notification_manager_'

/** Every series that the server has, with the label names of each. */
const series = new Map<string, readonly string[]>([
  ...Object.entries({ ...counters, ...gauges }).map(([name, spec]) => [prefix + name, labelsOf(spec)] as const),
  ...Object.entries(histograms).flatMap(([name, spec]) =>
    ['_bucket', '_sum', '_count'].map((part) => [prefix + name + part, ['le', ...labelsOf(spec)]] as const),
  ),
  ['process_resident_memory_bytes', []],
])

/** Labels that Prometheus adds to what it scrapes. */
const scraped = ['namespace', 'pod']

interface PrometheusRule extends Manifest {
  readonly spec: {
    readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[]
  }
}

interface Dashboard {
  readonly uid: string
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly description: string
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
    readonly targets: readonly { readonly expr: string }[]
  }[]
  readonly templating: { readonly list: readonly { readonly name: string }[] }
}

describe('the alerts about ourselves', async () => {
  const text = await readFile(join(root, 'kustomize/components/alerts/prometheus-rule.yaml'), 'utf8')
  const { spec } = parse(text) as PrometheusRule
  const rules = spec.groups.flatMap((group) => group.rules)

  it('fire when they should, and not when all is well', async (context) => {
    const promtool = requireProgram('promtool', 'prometheus')
    const folder = await temporaryFolder(context)
    await writeFile(join(folder, 'rules.yaml'), JSON.stringify(spec))
    await cp(join(root, 'test/fixtures/prometheus/alerts.yaml'), join(folder, 'alerts.yaml'))
    const check = await run(promtool, ['check', 'rules', 'rules.yaml'], { cwd: folder, timeout: 30_000 })
    assert.match(check.stdout, new RegExp(`SUCCESS: ${rules.length} rules found`, 'u'))
    const test = await run(promtool, ['test', 'rules', 'alerts.yaml'], { cwd: folder, timeout: 30_000 })
    assert.match(test.stdout, /SUCCESS/u)
  })

  it('are each tested, firing and silent', async () => {
    const fixture = parse(await readFile(join(root, 'test/fixtures/prometheus/alerts.yaml'), 'utf8')) as {
      readonly tests: readonly {
        readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: readonly object[] }[]
      }[]
    }
    const tested = fixture.tests.flatMap((test) => test.alert_rule_test)
    for (const { alert } of rules) {
      const own = tested.filter(({ alertname }) => alertname === alert)
      assert.ok(
        own.some(({ exp_alerts = [] }) => exp_alerts.length > 0),
        `${alert} never fires`,
      )
      assert.ok(
        own.some(({ exp_alerts = [] }) => exp_alerts.length === 0),
        `${alert} always fires`,
      )
    }
  })

  it('ask for metrics and labels that there are', () => {
    for (const { alert, expr } of rules) assertQuery(expr, alert)
  })
})

describe('the dashboard', async () => {
  const file = 'kustomize/components/grafana-dashboard/dashboard/notification-manager.json'
  const dashboard = JSON.parse(await readFile(join(root, file), 'utf8')) as Dashboard

  it('asks in every panel for metrics and labels that there are', () => {
    assert.ok(dashboard.panels.length >= 15)
    for (const { title, description, targets } of dashboard.panels) {
      assert.ok(targets.length > 0 && description !== '', title)
      for (const { expr } of targets) assertQuery(expr, title)
    }
  })

  it('uses only variables that it has', () => {
    const known = new Set([...dashboard.templating.list.map(({ name }) => name), '__rate_interval'])
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?(\w+)\}?/gu)].map(([, name = '']) => name)
    assert.deepEqual(
      used.filter((name) => !known.has(name) && name !== '__all'),
      [],
    )
  })

  it('has a place of its own for every panel', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      assert.ok(x + w <= 24)
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`)
    })
    assert.equal(new Set(cells).size, cells.length)
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
  })

  it("is found by Grafana's sidecar", async (context) => {
    const found = ofKinds(await objectsIn(await everything(context)), 'ConfigMap').find(
      ({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1',
    )
    const data = found?.['data'] as Readonly<Record<string, string>>
    assert.deepEqual(JSON.parse(data['notification-manager.json'] ?? ''), dashboard)
  })
})

describe('the ways to point Alertmanager here', async () => {
  const file = join(root, 'kustomize/monitoring/alertmanager-secret/alertmanager.yaml')
  const raw = await readFile(file, 'utf8')
  const config = parse(raw) as AlertmanagerFile

  it('are taken by Alertmanager', async () => {
    const { stdout } = await run(requireProgram('amtool', 'prometheus-alertmanager'), ['check-config', file])
    assert.match(stdout, /SUCCESS/u)
  })

  it('say the same in a Secret and in an AlertmanagerConfig', async () => {
    const [secret] = await objectsIn('kustomize/monitoring/alertmanager-secret')
    assert.deepEqual(secret?.['stringData'], { 'alertmanager.yaml': raw })
    const [object] = await objectsIn('kustomize/monitoring/alertmanager-config')
    const { route, receivers } = object?.['spec'] as AlertmanagerConfigSpec
    assert.deepEqual(route, {
      receiver: config.route.receiver,
      groupBy: config.route.group_by,
      groupWait: config.route.group_wait,
      groupInterval: config.route.group_interval,
      repeatInterval: config.route.repeat_interval,
    })
    const webhook = config.receivers[0]?.webhook_configs[0]
    assert.deepEqual(receivers[0]?.webhookConfigs, [
      {
        url: webhook?.url,
        sendResolved: webhook?.send_resolved,
        maxAlerts: webhook?.max_alerts,
        httpConfig: { followRedirects: webhook?.http_config?.follow_redirects },
      },
    ])
    assert.equal(webhook?.url, 'http://notification-manager-svc.notification-manager-system.svc:19093/api/v2/alerts')
  })

  it('lead alerts about ourselves past ourselves as well', () => {
    const [first, second] = config.route.routes
    assert.equal(first?.receiver, 'beside-notification-manager')
    assert.deepEqual([first.matchers, first.continue], [['alertname=~"NotificationManager.+"'], true])
    assert.equal(second?.receiver, 'notification-manager')
  })
})

interface AlertmanagerFile {
  readonly route: {
    readonly receiver: string
    readonly group_by: readonly string[]
    readonly group_wait: string
    readonly group_interval: string
    readonly repeat_interval: string
    readonly routes: readonly {
      readonly receiver: string
      readonly matchers?: readonly string[]
      readonly continue?: boolean
    }[]
  }
  readonly receivers: readonly {
    readonly webhook_configs: readonly {
      readonly url: string
      readonly send_resolved?: boolean
      readonly max_alerts?: number
      readonly http_config?: { readonly follow_redirects: boolean }
    }[]
  }[]
}

interface AlertmanagerConfigSpec {
  readonly route: object
  readonly receivers: readonly { readonly webhookConfigs: readonly object[] }[]
}

function labelsOf(spec: MetricSpec): readonly string[] {
  return spec.labels ?? []
}

/** Every metric of the query is one of ours, and every label that it selects or groups by is one of theirs. */
function assertQuery(expr: string, where: string): void {
  const names = [...expr.matchAll(/\b(?:notification_manager|process|nodejs)_\w+/gu)].map(([name]) => name)
  assert.ok(names.length > 0, `${where}: ${expr}`)
  for (const name of names) assert.ok(series.has(name), `${where}: there is no metric ${name}`)
  const known = new Set([...scraped, ...names.flatMap((name) => series.get(name) ?? [])])
  const selected = [...expr.matchAll(/[{,]\s*(\w+)\s*(?:=~|!~|!=|=)/gu)].map(([, label = '']) => label)
  const grouped = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/gu)].flatMap(([, list = '']) => list.split(/, */u))
  for (const label of [...selected, ...grouped]) assert.ok(known.has(label), `${where}: there is no label ${label}`)
}
