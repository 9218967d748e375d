import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { startApp, type AppProcess } from '../support/app-process.ts'
import { freePort, waitFor } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startWebhookSink, type Arrival } from '../support/webhook-sink.ts'

/** `npm run test:crash` sets 200; the whole suite has a short form. */
const kills = Number(process.env['CRASH_KILLS'] ?? 8)
const lanes = ['red', 'green', 'blue', 'amber']
const posters = 8
/** A fingerprint starts with its poster's number. */
const posterDigits = 2

it(
  `loses nothing that got a 200 over ${kills} kills at random moments`,
  { timeout: 60_000 + kills * 15_000 },
  async (context) => {
    const folder = await temporaryFolder(context)
    let generation = 0
    const sink = await startWebhookSink(() => generation)
    context.after(() => sink.stop())
    const manifests = join(folder, 'manifests.yaml')
    await writeFile(manifests, resources(sink.url))
    const args = [
      '--manifests',
      manifests,
      '--data',
      join(folder, 'data'),
      '--egress-allow',
      '127.0.0.0/8',
      '--log-level',
      'error',
    ]
    const port = await freePort()
    const acknowledged = new Map<string, string>()
    const load = { serial: 0, acknowledged, unanswered: 0 }

    for (; generation < kills; generation += 1) {
      const app = await startApp({ args, port })
      const stop = new AbortController()
      const posting = Array.from({ length: posters }, (_, poster) => post(app, load, { poster, signal: stop.signal }))
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400))
      await app.kill()
      stop.abort()
      await Promise.all(posting)
    }
    const last = await startApp({ args, port })
    context.after(() => last.stop())
    await waitFor('an empty outbox', () => isEmpty(last), { timeoutMs: 60_000 })

    const missing = [...acknowledged].filter(([fingerprint, lane]) => !arrived(sink.arrivals, lane, fingerprint))
    const repeated = repeats(sink.arrivals)
    console.log(
      `${kills} kills, ${acknowledged.size} acknowledged, ${sink.arrivals.length} deliveries, ${load.unanswered} posts without an answer, ` +
        `${missing.length} lost, ${repeated.length} delivered twice (killed between send and settle)`,
    )
    assert.deepEqual(missing, [])
    assert.ok(acknowledged.size > kills, 'the load was too small to mean anything')
    const withinOneLife = repeated.filter(
      (arrivals) => new Set(arrivals.map((arrival) => arrival.generation)).size < arrivals.length,
    )
    assert.deepEqual(withinOneLife, [], 'a repeated delivery without a kill between the two')
    assert.deepEqual(outOfOrder(sink.arrivals), [])
  },
)

interface Load {
  serial: number
  unanswered: number
  readonly acknowledged: Map<string, string>
}

/** Posts groups one after another until told to stop, and notes which got a 200. */
async function post(
  app: AppProcess,
  load: Load,
  by: { readonly poster: number; readonly signal: AbortSignal },
): Promise<void> {
  const prefix = by.poster.toString(16).padStart(posterDigits, '0')
  while (!by.signal.aborted) {
    const serial = (load.serial += 1)
    const lane = lanes[serial % lanes.length]!
    const fingerprint = prefix + serial.toString(16).padStart(16 - posterDigits, '0')
    const answer = await app.post('/api/v2/alerts', group(lane, fingerprint)).catch(() => undefined)
    if (answer === undefined) load.unanswered += 1
    else if (answer.status === 200) load.acknowledged.set(fingerprint, lane)
    else assert.equal(answer.status, 503)
  }
}

function group(lane: string, fingerprint: string): unknown {
  const labels = { alertname: 'Crash', namespace: lane, serial: fingerprint }
  return {
    version: '4',
    groupKey: `{}:{serial="${fingerprint}"}`,
    status: 'firing',
    receiver: 'nm',
    groupLabels: {},
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: 'http://am.example',
    truncatedAlerts: 0,
    alerts: [
      {
        status: 'firing',
        labels,
        annotations: {},
        startsAt: '2026-11-22T10:00:00Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint,
      },
    ],
  }
}

function resources(url: string): string {
  const receivers = lanes.map(
    (lane) => `---
apiVersion: notification.kubesphere.io/v2alpha1
kind: WebhookReceiver
metadata: { name: ${lane}, labels: { type: tenant, namespace: ${lane} } }
spec: { url: "${url}/${lane}" }
`,
  )
  return `apiVersion: notification.kubesphere.io/v2alpha1
kind: NotificationManager
metadata: { name: nm }
spec:
  receivers:
    tenantKey: namespace
    globalReceiverSelector: { matchLabels: { type: global } }
    tenantReceiverSelector: { matchLabels: { type: tenant } }
${receivers.join('')}`
}

async function isEmpty(app: AppProcess): Promise<true | undefined> {
  const { outbox } = (await app.get('/status')) as { outbox: { pending: number; dead: number } }
  assert.equal(outbox.dead, 0)
  return outbox.pending === 0 ? true : undefined
}

function arrived(arrivals: readonly Arrival[], lane: string, fingerprint: string): boolean {
  return arrivals.some(
    (arrival) => arrival.path === `/${lane}` && arrival.body.alerts.some((alert) => alert.fingerprint === fingerprint),
  )
}

/** Deliveries of one notification, where there is more than one. */
function repeats(arrivals: readonly Arrival[]): readonly (readonly Arrival[])[] {
  return [...Map.groupBy(arrivals, (arrival) => arrival.id).values()].filter((same) => same.length > 1)
}

/** Ids of notifications that reached a lane after a later post of the same poster; a poster posts one after another. */
function outOfOrder(arrivals: readonly Arrival[]): readonly string[] {
  const seen = new Set<string>()
  const latest = new Map<string, string>()
  return arrivals.flatMap((arrival) => {
    if (seen.has(arrival.id)) return []
    seen.add(arrival.id)
    const { fingerprint } = arrival.body.alerts[0]!
    const poster = `${arrival.path}#${fingerprint.slice(0, posterDigits)}`
    const before = latest.get(poster) ?? ''
    latest.set(poster, fingerprint)
    return fingerprint < before ? [arrival.id] : []
  })
}
