import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Pool } from 'undici'
import { startApp, type AppProcess } from '../support/app-process.ts'
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts'
import { chart } from './chart.ts'

/** `npm run soak [minutes] [alerts a second]`: a steady load for a long time; everything that is measured should be flat. */
const minutes = Number(process.argv[2] ?? 30)
const alertsPerSecond = Number(process.argv[3] ?? 500)
const alertsPerPost = 10
const tenants = 50
const sampleEveryMs = 30_000
/** Two turns in three fire, the third resolves: what Alertmanager's groups do. */
const turns = 3

const run = promisify(execFile)

interface Sample {
  readonly minute: number
  readonly alerts: number
  readonly rssMiB: number
  readonly handles: number
  readonly databaseMiB: number
  readonly pending: number
  readonly post50: number
  readonly post99: number
  readonly delivery50: number
  readonly delivery99: number
  readonly failures: number
}

const folder = await mkdtemp(join(tmpdir(), 'notification-manager-soak-'))
const sink = await startWebhookSink()
const manifests = join(folder, 'manifests.yaml')
await writeFile(manifests, resources(sink.url))
const app = await startApp({
  args: [
    '--manifests',
    manifests,
    '--data',
    join(folder, 'data'),
    '--egress-allow',
    '127.0.0.0/8',
    '--log-level',
    'error',
    // Full within the first minutes, so that the rest of the run shows a steady size.
    '--max-history',
    '20000',
  ],
})
try {
  report(await soak(app, sink))
} finally {
  await app.stop()
  await sink.stop()
  await rm(folder, { recursive: true, force: true })
}

async function soak(running: AppProcess, arriving: WebhookSink): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  const pool = new Pool(running.url, { connections: 16 })
  const startedAt = performance.now()
  const everyMs = (1_000 * alertsPerPost) / alertsPerSecond
  const postedAt = new Map<string, number>()
  let posts: number[] = []
  let serial = 0
  let failures = 0
  let seen = 0
  let delivered: number[] = []
  let nextSampleAt = startedAt + sampleEveryMs

  async function post(body: { readonly key: string; readonly text: string }): Promise<void> {
    const at = performance.now()
    postedAt.set(body.key, at)
    try {
      const headers = { 'content-type': 'application/json' }
      const answer = await pool.request({ method: 'POST', path: '/api/v2/alerts', headers, body: body.text })
      await answer.body.dump()
      if (answer.statusCode !== 200) failures += 1
      posts.push(performance.now() - at)
    } catch {
      failures += 1
    }
  }

  function collectArrivals(): void {
    for (const { at, body } of arriving.take()) {
      const { groupKey } = body
      seen += 1
      const posted = postedAt.get(groupKey)
      if (posted !== undefined) delivered.push(at - posted)
      postedAt.delete(groupKey)
    }
  }

  while (performance.now() - startedAt < minutes * 60_000) {
    const due = startedAt + serial * everyMs
    const waitMs = due - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    void post(makeBody(serial))
    serial += 1
    collectArrivals()
    if (performance.now() < nextSampleAt) continue
    nextSampleAt += sampleEveryMs
    const sample = await measure(running, {
      posts,
      delivered,
      failures,
      minute: (performance.now() - startedAt) / 60_000,
    })
    samples.push({ ...sample, alerts: serial * alertsPerPost })
    console.log(JSON.stringify(samples.at(-1)))
    posts = []
    delivered = []
  }
  await pool.close()
  console.log(
    `${serial * alertsPerPost} alerts posted in ${serial} posts, ${seen} notifications arrived, ${failures} posts failed`,
  )
  return samples
}

interface Window {
  readonly posts: readonly number[]
  readonly delivered: readonly number[]
  readonly failures: number
  readonly minute: number
}

async function measure(running: AppProcess, window: Window): Promise<Omit<Sample, 'alerts'>> {
  const pid = String(running.process.child.pid)
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', pid])
  const { outbox } = (await running.get('/status')) as { readonly outbox: { readonly pending: number } }
  return {
    minute: Number(window.minute.toFixed(1)),
    rssMiB: Math.round(Number(stdout) / 1024),
    handles: (await readdir(`/proc/${pid}/fd`)).length,
    databaseMiB: await databaseMiB(),
    pending: outbox.pending,
    post50: quantile(window.posts, 0.5),
    post99: quantile(window.posts, 0.99),
    delivery50: quantile(window.delivered, 0.5),
    delivery99: quantile(window.delivered, 0.99),
    failures: window.failures,
  }
}

async function databaseMiB(): Promise<number> {
  const names = await readdir(join(folder, 'data'))
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, 'data', name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1024 / 1024)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1))
}

function makeBody(serial: number): { readonly key: string; readonly text: string } {
  const group = Math.floor(serial / turns)
  const status = serial % turns === turns - 1 ? 'resolved' : 'firing'
  const key = `{}:{serial="${serial}"}`
  const namespace = `tenant-${group % tenants}`
  const startsAt = new Date(Date.now() - 60_000).toISOString()
  const alerts = Array.from({ length: alertsPerPost }, (_, place) => ({
    status,
    labels: {
      alertname: 'PodDown',
      namespace,
      severity: 'critical',
      pod: `pod-${group}-${place}`,
      serial: String(serial),
    },
    annotations: { summary: 'A pod is down', description: 'It has not been ready for more than ten minutes.' },
    startsAt,
    endsAt: status === 'resolved' ? new Date().toISOString() : '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus/graph',
    fingerprint: (BigInt(serial) * 16n + BigInt(place)).toString(16).padStart(16, '0'),
  }))
  const labels = { alertname: 'PodDown', namespace }
  const rest = { groupLabels: labels, commonLabels: labels, commonAnnotations: {}, externalURL: 'http://alertmanager' }
  const text = JSON.stringify({
    version: '4',
    groupKey: key,
    status,
    receiver: 'nm',
    ...rest,
    truncatedAlerts: 0,
    alerts,
  })
  return { key, text }
}

function resources(url: string): string {
  const receivers = Array.from(
    { length: tenants },
    (_, place) => `---
apiVersion: notification.kubesphere.io/v2alpha1
kind: WebhookReceiver
metadata: { name: tenant-${place}, labels: { type: tenant, namespace: tenant-${place} } }
spec: { url: "${url}/${place}" }
`,
  )
  return `apiVersion: notification.kubesphere.io/v2alpha1
kind: NotificationManager
metadata: { name: soak }
spec:
  receivers:
    tenantKey: namespace
    globalReceiverSelector: { matchLabels: { type: global } }
    tenantReceiverSelector: { matchLabels: { type: tenant } }
${receivers.join('')}`
}

function report(samples: readonly Sample[]): void {
  const rows = ['rssMiB', 'handles', 'databaseMiB', 'pending', 'post99', 'delivery50', 'delivery99'] as const
  for (const name of rows)
    console.log(
      chart(
        name,
        samples.map((sample) => sample[name]),
      ),
    )
}
