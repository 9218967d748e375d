import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type AppProcess, startApp } from '../support/app-process.ts'
import { waitFor } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts'

const quietTenants = 20
const noisyReceivers = 50
/** The others post at this pace, all the time. */
const everyMs = 25
/** The noisy tenant sends this many alerts for each one that the average other tenant sends. */
const factor = 100
const alertsPerNoisyPost = 100
/** The noise comes and goes, so that whatever else the machine does meets quiet and noise alike. */
const postsPerWindow = 80
const windowsPerRound = 12
/** Whatever else the machine does makes a round worse, never better: what is wrong with us shows in all of them. */
const rounds = 3
const mostRatio = 2

interface Waits {
  readonly p50: number
  readonly p99: number
}

interface Round {
  readonly quiet: Waits
  readonly noisy: Waits
  readonly ratio: number
}

describe('a tenant that floods us and whose endpoint hangs', () => {
  it(
    `leaves the 99th percentile of what the others wait for within ${mostRatio} times its quiet value`,
    { timeout: 290_000 },
    async (context) => {
      const { app, sink } = await world(context)
      await post({ app, sink, prefix: 'warm-up' }, [makeWindow('quiet'), makeWindow('noisy', true)])
      const seen: Round[] = []
      while (seen.length < rounds && !seen.some(({ ratio }) => ratio <= mostRatio)) {
        seen.push(await measureRound({ app, sink, prefix: `round-${seen.length}` }))
        console.log(describeRound(seen.at(-1)!))
      }
      assert.ok((await pending(app)) > noisyReceivers, 'the noisy tenant had nothing waiting, so nobody was in the way')
      assert.ok(
        seen.some(({ ratio }) => ratio <= mostRatio),
        seen.map(describeRound).join('; '),
      )
    },
  )
})

function describeRound({ quiet, noisy, ratio }: Round): string {
  const waits = ({ p50, p99 }: Waits): string => `p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms`
  return `quiet ${waits(quiet)}; beside the noise ${waits(noisy)}; ratio ${ratio.toFixed(2)}`
}

interface World {
  readonly app: AppProcess
  readonly sink: WebhookSink
  /** Tells the groups of one measurement from those of others. */
  readonly prefix: string
}

interface Window {
  readonly name: string
  readonly noisy: boolean
}

function makeWindow(name: string, noisy = false): Window {
  return { name, noisy }
}

/** Windows with and without noise in turns. */
async function measureRound(parts: World): Promise<Round> {
  const windows = Array.from({ length: windowsPerRound }, (_, place) => makeWindow(String(place), place % 2 === 1))
  const waits = await post(parts, windows)
  const quiet = quantiles(windows.flatMap((window) => (window.noisy ? [] : (waits.get(window) ?? []))))
  const noisy = quantiles(windows.flatMap((window) => (window.noisy ? (waits.get(window) ?? []) : [])))
  return { quiet, noisy, ratio: noisy.p99 / quiet.p99 }
}

function quantiles(waits: readonly number[]): Waits {
  const sorted = waits.toSorted((one, other) => one - other)
  return { p50: sorted[Math.floor(sorted.length * 0.5)]!, p99: sorted[Math.floor(sorted.length * 0.99)]! }
}

/** The others post at a steady pace, with or without noise; how long it took until each was told, milliseconds. */
async function post(
  { app, sink, prefix }: World,
  windows: readonly Window[],
): Promise<ReadonlyMap<Window, readonly number[]>> {
  const posted = new Map<string, { readonly at: number; readonly window: Window }>()
  const answers: Promise<{ readonly status: number }>[] = []
  for (const window of windows) {
    const noise = window.noisy ? makeNoise(app, `${prefix}-${window.name}`) : undefined
    for (let serial = 0; serial < postsPerWindow; serial += 1) {
      const key = `${prefix}-${window.name}-${serial}`
      posted.set(key, { at: performance.now(), window })
      answers.push(app.post('/api/v2/alerts', payload(`quiet-${serial % quietTenants}`, key, 1)))
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    await noise?.stop()
  }
  assert.deepEqual([...new Set((await Promise.all(answers)).map(({ status }) => status))], [200])
  const waits = new Map<Window, number[]>(windows.map((window) => [window, []]))
  let arrived = 0
  await waitFor(
    'everything that the others posted',
    () => {
      for (const { at, body } of sink.take()) {
        const found = posted.get(body.groupKey)
        if (found === undefined) continue
        waits.get(found.window)?.push(at - found.at)
        arrived += 1
      }
      return arrived >= posted.size || undefined
    },
    { timeoutMs: 60_000 },
  )
  return waits
}

async function pending(app: AppProcess): Promise<number> {
  const { outbox } = (await app.get('/status')) as { readonly outbox: { readonly pending: number } }
  return outbox.pending
}

async function world(context: TestContext): Promise<Omit<World, 'prefix'>> {
  const folder = await temporaryFolder(context)
  const sink = await startWebhookSink()
  context.after(() => sink.stop())
  const hanging = createServer((socket) => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1')
  await once(hanging, 'listening')
  context.after(() => hanging.close())
  const manifests = join(folder, 'manifests.yaml')
  await writeFile(manifests, resources(sink.url, (hanging.address() as AddressInfo).port))
  const app = await startApp({
    args: [
      ...['--manifests', manifests, '--data', join(folder, 'data'), '--egress-allow', '127.0.0.0/8'],
      ...['--log-level', 'error'],
    ],
  })
  context.after(() => app.kill())
  return { app, sink }
}

/** Posts for every receiver of the noisy tenant, one after the other, at that many times the pace of an average other tenant. */
function makeNoise(app: AppProcess, prefix: string): { stop(): Promise<void> } {
  const pauseMs = (everyMs * quietTenants * alertsPerNoisyPost) / factor
  let stopping = false
  async function flood(): Promise<void> {
    for (let serial = 0; !stopping; serial += 1) {
      const pause = new Promise((resolve) => setTimeout(resolve, pauseMs))
      await app.post('/api/v2/alerts', payload('noisy', `noise-${prefix}-${serial}`, alertsPerNoisyPost))
      await pause
    }
  }
  const flooding = flood()
  return {
    async stop() {
      stopping = true
      await flooding
    },
  }
}

function payload(namespace: string, groupKey: string, count: number): object {
  const labels = { alertname: 'PodDown', namespace }
  const alerts = Array.from({ length: count }, (_, place) => ({
    status: 'firing',
    labels: { ...labels, place: String(place), groupKey },
    annotations: { summary: 'A pod is down' },
    startsAt: '2026-01-01T00:00:00Z',
    fingerprint: Buffer.from(`${groupKey}/${place}`).toString('hex'),
  }))
  const rest = { groupLabels: labels, commonLabels: labels, commonAnnotations: {}, externalURL: 'http://alertmanager' }
  return { version: '4', groupKey, status: 'firing', receiver: 'nm', ...rest, alerts }
}

function resources(url: string, hangingPort: number): string {
  const quiet = Array.from({ length: quietTenants }, (_, place) => receiver(`quiet-${place}`, `quiet-${place}`, url))
  const noisy = Array.from({ length: noisyReceivers }, (_, place) =>
    receiver(`noisy-${place}`, 'noisy', `http://127.0.0.1:${hangingPort}/${place}`),
  )
  return `apiVersion: notification.kubesphere.io/v2alpha1
kind: NotificationManager
metadata: { name: shared }
spec:
  receivers:
    tenantKey: namespace
    globalReceiverSelector: { matchLabels: { type: global } }
    tenantReceiverSelector: { matchLabels: { type: tenant } }
${[...quiet, ...noisy].join('')}`
}

function receiver(name: string, tenant: string, url: string): string {
  return `---
apiVersion: notification.kubesphere.io/v2alpha1
kind: WebhookReceiver
metadata: { name: ${name}, labels: { type: tenant, namespace: ${tenant} } }
spec: { url: "${url}" }
`
}
