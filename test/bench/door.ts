import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startApp } from '../support/app-process.ts'
import { type LoadOrder, type LoadResult } from './load-order.ts'

/** A whole server under test. */
export interface RunningApp {
  /** Where it listens, without a path. */
  readonly url: string
  stop(): Promise<void>
}

/** What is measured. */
export interface DoorBench {
  /** A server that runs already; it is left running. */
  readonly url?: string
  /** Starts a server; by default `serve` in a process of its own, with one webhook receiver a tenant. */
  readonly makeApp?: (manifests: string) => Promise<RunningApp>
  readonly measureMs?: number
}

/** Lanes that deliveries spread over. */
const tenants = 500
const connections = 32
const warmUpMs = 1_500
const run = promisify(execFile)

/**
 * Posts and alerts per second through the door, each answered after its fsync, while what was accepted is being delivered to a
 * sink on loopback. The load comes from a process of its own.
 */
export async function benchDoor(print: (line: string) => void, options: DoorBench = {}): Promise<void> {
  const { url, makeApp = startServe, measureMs = 5_000 } = options
  const sink = await startSink()
  const app = url === undefined ? await makeApp(resources(sink.url)) : { url, stop: () => Promise.resolve() }
  try {
    print(
      `door: ${connections} connections, one notification a post, delivered meanwhile to ${tenants} webhook receivers`,
    )
    print('alerts/post    posts/s   alerts/s   p50 ms   p99 ms   refused   memory MiB')
    for (const alertsPerPost of [1, 10, 100]) {
      const order = { url: `${app.url}/api/v2/alerts`, alertsPerPost, tenants, connections, warmUpMs, measureMs }
      print(line(alertsPerPost, await load(order), await memoryMiB(app.url)))
    }
  } finally {
    await app.stop()
    sink.stop()
  }
}

async function load(order: LoadOrder): Promise<LoadResult> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'door-load.ts'), JSON.stringify(order)])
  return JSON.parse(stdout) as LoadResult
}

function line(alertsPerPost: number, result: LoadResult, memory: number): string {
  const posts = result.posts / result.seconds
  const refused = Object.values(result.refused).reduce((sum, count) => sum + count, 0)
  const columns: readonly (readonly [string, number])[] = [
    [alertsPerPost.toFixed(0), 11],
    [posts.toFixed(0), 11],
    [(posts * alertsPerPost).toFixed(0), 11],
    [result.p50Ms.toFixed(1), 9],
    [result.p99Ms.toFixed(1), 9],
    [refused.toFixed(0), 10],
    [memory.toFixed(0), 13],
  ]
  return columns.map(([text, width]) => text.padStart(width)).join('')
}

async function memoryMiB(url: string): Promise<number> {
  const answer = await fetch(`${url}/metrics`)
  const bytes = /^process_resident_memory_bytes (\S+)$/mu.exec(await answer.text())?.[1]
  return Number(bytes) / 1_048_576
}

async function startServe(manifests: string): Promise<RunningApp> {
  const folder = await mkdtemp(join(tmpdir(), 'notification-manager-bench-'))
  const file = join(folder, 'manifests.yaml')
  await writeFile(file, manifests)
  const data = join(folder, 'data')
  const args = ['--manifests', file, '--data', data, '--egress-allow', '127.0.0.0/8', '--log-level', 'error']
  const app = await startApp({ args })
  return {
    url: app.url,
    async stop() {
      // What waits is of no interest, and draining it would take minutes.
      await app.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startSink(): Promise<{ readonly url: string; stop(): void }> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200).end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function resources(sinkUrl: string): string {
  const receivers = Array.from(
    { length: tenants },
    (_, tenant) => `---
apiVersion: notification.kubesphere.io/v2alpha1
kind: WebhookReceiver
metadata: { name: tenant-${tenant}, labels: { type: tenant, namespace: tenant-${tenant} } }
spec: { url: "${sinkUrl}/${tenant}" }
`,
  )
  return `apiVersion: notification.kubesphere.io/v2alpha1
kind: NotificationManager
metadata: { name: bench }
spec:
  receivers:
    tenantKey: namespace
    tenantReceiverSelector: { matchLabels: { type: tenant } }
${receivers.join('')}`
}
