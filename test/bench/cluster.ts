import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startApp, type AppProcess } from '../support/app-process.ts'
import { startApiClient, type ApiClient } from '../support/api-client.ts'
import { startKubeApi, type KubeApi } from '../support/programs/kube-api.ts'
import { waitFor } from '../support/programs/process.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const changes = 20
const apiVersion = 'notification.kubesphere.io/v2alpha1'

/** A real API server with so many receivers: how soon the server is ready, how soon a change routes, and what it weighs. */
export async function benchCluster(print: (line: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'notification-manager-bench-'))
  const kube = await startKubeApi(join(folder, 'kube'))
  try {
    const client = await startApiClient(kube)
    await prepare(kube)
    print('cluster: a real API server; tenants have five receivers each')
    print('receivers  tenants  created s  ready s  change to live ms p50/max  with kubectl ms p50/max  memory MiB')
    for (const receivers of [1_000, 10_000]) print(await measure({ kube, client, folder, receivers }))
    await client.close()
  } finally {
    await kube.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function prepare(kube: KubeApi): Promise<void> {
  await kube.kubectl(['apply', '--validate=false', '-k', join(root, 'crds')])
  await kube.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])
  await kube.kubectl(['apply', '-f', '-'], JSON.stringify(manager))
}

const manager = {
  apiVersion,
  kind: 'NotificationManager',
  metadata: { name: 'notification-manager' },
  spec: {
    receivers: {
      tenantKey: 'namespace',
      globalReceiverSelector: { matchLabels: { type: 'global' } },
      tenantReceiverSelector: { matchLabels: { type: 'tenant' } },
    },
  },
}

function receiver(name: string, tenant: string): object {
  return {
    apiVersion,
    kind: 'WebhookReceiver',
    metadata: { name, labels: { type: 'tenant', namespace: tenant } },
    spec: { url: `http://127.0.0.1:9/${name}`, alertSelector: { matchLabels: { severity: 'critical' } } },
  }
}

interface Size {
  readonly kube: KubeApi
  readonly client: ApiClient
  readonly folder: string
  readonly receivers: number
}

async function measure({ kube, client, folder, receivers }: Size): Promise<string> {
  const tenants = receivers / 5
  const objects = Array.from({ length: receivers }, (_, place) => receiver(`receiver-${place}`, `t-${place % tenants}`))
  const created = await timed(() => client.createAll('webhookreceivers', objects))
  const startedAt = performance.now()
  const app = await startApp({
    args: ['--kubeconfig', kube.kubeconfig(), '--data', join(folder, `data-${receivers}`), '--no-status'],
  })
  const readyMs = performance.now() - startedAt
  try {
    const direct = await changesToLive(app, (name) => client.create('webhookreceivers', receiver(name, 't-0')))
    const applied = await changesToLive(app, (name) =>
      kube.kubectl(['apply', '-f', '-'], JSON.stringify(receiver(`k-${name}`, 't-0'))),
    )
    const cells = [String(receivers), String(tenants), (created / 1_000).toFixed(1), (readyMs / 1_000).toFixed(1)]
    return [...cells, direct, applied, await memoryMiB(app)]
      .map((cell, place) => cell.padStart(widths[place]!))
      .join('')
  } finally {
    await app.stop()
  }
}

const widths = [9, 9, 11, 9, 27, 25, 12]

/** From the API server's answer (or kubectl's start) to the ruleset that holds the new receiver. */
async function changesToLive(app: AppProcess, change: (name: string) => Promise<unknown>): Promise<string> {
  const times: number[] = []
  for (let time = 0; time < changes; time += 1) {
    const before = await receiversOf(app)
    const startedAt = performance.now()
    await change(`change-${before}-${time}`)
    await waitFor('the new receiver in force', async () => ((await receiversOf(app)) > before ? true : undefined))
    times.push(performance.now() - startedAt)
  }
  const sorted = times.toSorted((one, other) => one - other)
  return `${sorted[Math.floor(changes / 2)]!.toFixed(0)} / ${sorted.at(-1)!.toFixed(0)}`
}

async function receiversOf(app: AppProcess): Promise<number> {
  const { ruleset } = (await app.get('/status')) as {
    readonly ruleset: { readonly receivers: { readonly tenant: number } }
  }
  return ruleset.receivers.tenant
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

async function memoryMiB(app: AppProcess): Promise<string> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(app.process.child.pid)])
  return (Number(stdout) / 1024).toFixed(0)
}
