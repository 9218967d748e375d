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
/** Posts of each phase by the others, and how far apart they are. */
const posts = 200
const everyMs = 25
/** The noisy tenant sends this many alerts for each one that the average other tenant sends. */
const factor = 100

interface Phase {
  readonly p50: number
  readonly p99: number
}

describe('a tenant that floods us and whose endpoint hangs', () => {
  it(
    'does not keep the others waiting behind its own notifications; how long they wait is printed',
    { timeout: 180_000 },
    async (context) => {
      const { app, sink } = await world(context)
      await phase({ app, sink, name: 'warm-up' })
      const quiet = await phase({ app, sink, name: 'quiet' })
      const noise = makeNoise(app)
      const noisy = await phase({ app, sink, name: 'noisy' })
      const made = await noise.stop()

      console.log(
        `quiet p50 ${quiet.p50.toFixed(0)} p99 ${quiet.p99.toFixed(0)} ms; beside ${made} noisy alerts ` +
          `p50 ${noisy.p50.toFixed(0)} p99 ${noisy.p99.toFixed(0)} ms; ratio ${(noisy.p99 / quiet.p99).toFixed(2)}`,
      )
      assert.ok(made > (posts / quietTenants) * factor, `only ${made} noisy alerts`)
      assert.ok((await pending(app)) > noisyReceivers, 'the noisy tenant had nothing waiting, so nobody was in the way')
    },
  )
})

async function pending(app: AppProcess): Promise<number> {
  const { outbox } = (await app.get('/status')) as { readonly outbox: { readonly pending: number } }
  return outbox.pending
}

async function world(context: TestContext): Promise<{ readonly app: AppProcess; readonly sink: WebhookSink }> {
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

/** The others post at a steady pace; how long it took until each was told. */
async function phase(parts: {
  readonly app: AppProcess
  readonly sink: WebhookSink
  readonly name: string
}): Promise<Phase> {
  const { app, sink, name } = parts
  const postedAt = new Map<string, number>()
  const answers: Promise<{ readonly status: number }>[] = []
  for (let serial = 0; serial < posts; serial += 1) {
    const key = `${name}-${serial}`
    postedAt.set(key, performance.now())
    answers.push(app.post('/api/v2/alerts', payload(`quiet-${serial % quietTenants}`, key, 1)))
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  assert.deepEqual([...new Set((await Promise.all(answers)).map(({ status }) => status))], [200])
  const arrived = (): readonly number[] =>
    sink.arrivals.flatMap(({ at, body }) => {
      const posted = postedAt.get(body.groupKey)
      return posted === undefined ? [] : [at - posted]
    })
  await waitFor(`all of the ${name} phase`, () => (arrived().length >= posts ? true : undefined), { timeoutMs: 60_000 })
  const times = arrived().toSorted((one, other) => one - other)
  return { p50: times[posts / 2]!, p99: times[Math.floor(posts * 0.99)]! }
}

/** Posts of a hundred alerts each for every receiver of the noisy tenant, one after the other. */
function makeNoise(app: AppProcess): { stop(): Promise<number> } {
  let stopping = false
  let made = 0
  async function flood(): Promise<void> {
    for (let serial = 0; !stopping; serial += 1) {
      await app.post('/api/v2/alerts', payload('noisy', `noise-${serial}`, 100))
      made += 100
      await new Promise((resolve) => setTimeout(resolve, everyMs * 4))
    }
  }
  const flooding = flood()
  return {
    async stop() {
      stopping = true
      await flooding
      return made
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
