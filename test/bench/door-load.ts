import { Pool } from 'undici'
import { type LoadOrder, type LoadResult } from './load-order.ts'

/** Everything of a tenant's body after the group's number; about 0.9 kB an alert. */
function tailOf(tenant: number, alertsPerPost: number): string {
  const alerts = Array.from({ length: alertsPerPost }, (_, place) => ({
    status: 'firing',
    labels: {
      alertname: 'KubePodCrashLooping',
      namespace: `tenant-${tenant}`,
      pod: `api-7d9c6b5f4-${place}`,
      container: 'api',
      severity: 'critical',
      job: 'kube-state-metrics',
      instance: '10.233.90.14:8080',
      prometheus: 'monitoring/k8s',
    },
    annotations: {
      summary: 'Pod is crash looping.',
      description: `Pod tenant-${tenant}/api-7d9c6b5f4-${place} (api) is in waiting state (reason: "CrashLoopBackOff").`,
      runbook_url: 'https://runbooks.prometheus-operator.dev/runbooks/kubernetes/kubepodcrashlooping',
    },
    startsAt: '2026-11-22T14:06:54.781980228Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.monitoring:9090/graph?g0.expr=rate%28x%5B5m%5D%29+%3E+0&g0.tab=1',
    fingerprint: `${tenant}`.padStart(8, '0') + `${place}`.padStart(8, '0'),
  }))
  const rest = { receiver: 'notification-manager', version: '4', truncatedAlerts: 0, status: 'firing', alerts }
  return `",${JSON.stringify(rest).slice(1)}`
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const { origin, pathname } = new URL(order.url)
  const pool = new Pool(origin, { connections: order.connections, pipelining: 1 })
  const tails = Array.from({ length: order.tenants }, (_, tenant) => tailOf(tenant, order.alertsPerPost))
  const refused: Record<string, number> = {}
  const latencies: number[] = []
  let serial = 0
  const beginAt = performance.now() + order.warmUpMs
  const endAt = beginAt + order.measureMs

  async function post(): Promise<void> {
    serial += 1
    // A group of its own each time: nothing is a duplicate.
    const body = `{"groupKey":"load:${serial}${tails[serial % tails.length]!}`
    const sentAt = performance.now()
    const answer = await pool.request({
      method: 'POST',
      path: pathname,
      headers: { 'content-type': 'application/json' },
      body,
    })
    await answer.body.dump()
    const now = performance.now()
    if (sentAt < beginAt || now > endAt) return
    if (answer.statusCode === 200) latencies.push(now - sentAt)
    else refused[answer.statusCode] = (refused[answer.statusCode] ?? 0) + 1
  }

  async function postUntilTheEnd(): Promise<void> {
    while (performance.now() < endAt) await post()
  }

  await Promise.all(Array.from({ length: order.connections }, postUntilTheEnd))
  await pool.close()
  latencies.sort((a, b) => a - b)
  const quantile = (q: number): number => latencies[Math.floor((latencies.length - 1) * q)] ?? Number.NaN
  const seconds = order.measureMs / 1_000
  return { posts: latencies.length, refused, seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as LoadOrder)))
