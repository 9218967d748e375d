import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { type AppProcess } from '../support/app-process.ts'
import { startClusterWorld, systemNamespace, type ClusterWorld } from '../support/cluster-world.ts'
import { waitFor } from '../support/programs/process.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts'

const run = promisify(execFile)
const entry = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
const kinds = 'nm,ec,er,wcc,wcr,slackconfigs,sr,wc,wr,dc,dr'
const tenants = ['red', 'green']

/** `npm run test:chaos` sets 20; the whole suite has a short form. */
const kills = Number(process.env['CHAOS_KILLS'] ?? 4)

/** Trouble of one sort, and how often it happens. */
const troubles: readonly { readonly name: string; readonly times: number; make(chaos: Chaos): Promise<void> }[] = [
  {
    name: 'kill -9 of the API server and a new start',
    times: kills,
    async make({ world: { kube } }) {
      await kube.kill()
      await kube.restart()
    },
  },
  {
    name: 'compaction of etcd behind the watches',
    times: 3,
    async make({ world: { kube }, proxy, change }) {
      proxy.reset()
      await change()
      await kube.compact()
    },
  },
  {
    name: 'a watch that is closed',
    times: 40,
    make({ proxy }) {
      proxy.reset()
      return Promise.resolve()
    },
  },
  {
    name: 'a connection into a black hole',
    times: 1,
    async make({ proxy, change }) {
      proxy.blackHole()
      await change()
      proxy.heal()
    },
  },
]

interface Chaos {
  readonly world: ClusterWorld
  readonly proxy: TcpProxy
  readonly app: AppProcess
  readonly sink: WebhookSink
  /** Changes one object, so that there is something to have missed. */
  change(): Promise<void>
}

describe('trouble between the server and the API server', () => {
  it(
    'ends with the ruleset that a fresh compile gives, and no alert is refused or misrouted meanwhile',
    { timeout: 240_000 + kills * 20_000 },
    async (context) => {
      const chaos = await startChaos(context)
      const poster = startPosting(chaos.app)

      for (const { name, times, make } of troubles) {
        for (let time = 1; time <= times; time += 1) {
          await make(chaos)
          if (time % 4 === 0 || time === times) await chaos.change()
        }
        await agrees(chaos, name)
      }
      const posted = await poster.stop()

      assert.deepEqual(posted.refused, [])
      assert.ok(posted.accepted.length > 200, `only ${posted.accepted.length} posts`)
      await arrivesWhereItBelongs(chaos, posted.accepted)
    },
  )
})

async function startChaos(context: TestContext): Promise<Chaos> {
  const world = await startClusterWorld(context)
  const sink = await startWebhookSink()
  context.after(() => sink.stop())
  const proxy = await startTcpProxy(Number(new URL(world.kube.url).port))
  context.after(() => proxy.stop())
  let changes = 0
  const apply = (objects: readonly object[]): Promise<string> =>
    world.kube.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  await apply(tenants.map((tenant) => receiver(tenant, `${sink.url}/${tenant}`)))
  const app = await world.serve({
    apiServer: `https://127.0.0.1:${proxy.port}`,
    args: ['--watch-silence', '3s', '--log-level', 'debug'],
  })
  return {
    world,
    proxy,
    app,
    sink,
    async change() {
      changes += 1
      await apply([receiver('blue', `${sink.url}/blue/${changes}`), receiver(`passing-${changes}`, sink.url)])
      if (changes > 1) await world.kube.kubectl(['delete', 'wr', `passing-${changes - 1}`])
    },
  }
}

function receiver(tenant: string, url: string): object {
  return {
    apiVersion: 'notification.kubesphere.io/v2alpha1',
    kind: 'WebhookReceiver',
    metadata: { name: tenant, labels: { type: 'tenant', namespace: tenant } },
    spec: { url },
  }
}

interface Posted {
  readonly accepted: readonly { readonly tenant: string; readonly fingerprint: string }[]
  readonly refused: readonly unknown[]
}

/** Posts an alert of one tenant after the other, as fast as they are answered. */
function startPosting(app: AppProcess): { stop(): Promise<Posted> } {
  const accepted: { tenant: string; fingerprint: string }[] = []
  const refused: unknown[] = []
  let stopping = false
  async function post(): Promise<void> {
    for (let serial = 0; !stopping; serial += 1) {
      const tenant = tenants[serial % tenants.length]!
      const fingerprint = serial.toString(16).padStart(16, '0')
      const { status, body } = await app.post('/api/v2/alerts', payload(tenant, fingerprint))
      if (status === 200) accepted.push({ tenant, fingerprint })
      else refused.push(body)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const posting = post()
  return {
    async stop() {
      stopping = true
      await posting
      return { accepted, refused }
    },
  }
}

function payload(namespace: string, fingerprint: string): object {
  const labels = { alertname: 'PodDown', namespace, serial: fingerprint }
  return {
    version: '4',
    groupKey: `{}:{serial="${fingerprint}"}`,
    status: 'firing',
    receiver: 'notification-manager',
    groupLabels: labels,
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: 'http://alertmanager',
    alerts: [{ status: 'firing', labels, annotations: {}, startsAt: '2026-01-01T00:00:00Z', fingerprint }],
  }
}

/** The ruleset in force is what `compile` makes of what `kubectl get` lists. */
async function agrees({ world, app }: Chaos, after: string): Promise<void> {
  const folder = join(world.folder, 'listed')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'all.yaml'), await world.kube.kubectl(['get', kinds, '-o', 'yaml']))
  const { stdout } = await run(process.execPath, [entry, 'compile', folder, '--namespace', systemNamespace], {
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: unknown) => error as { stdout: string })
  const wanted = withoutVersion(JSON.parse(stdout) as object)
  await waitFor(
    `the ruleset of a fresh compile after ${after}`,
    async () => {
      const found = withoutVersion((await app.get('/api/v1/ruleset')) as object)
      return JSON.stringify(found) === JSON.stringify(wanted) ? true : undefined
    },
    { timeoutMs: 60_000, describe: app.process.output },
  )
}

function withoutVersion(dump: object): object {
  return { ...dump, version: '' }
}

async function arrivesWhereItBelongs({ sink, app }: Chaos, accepted: Posted['accepted']): Promise<void> {
  const arrived = (): ReadonlyMap<string, ReadonlySet<string>> => {
    const found = new Map<string, Set<string>>()
    for (const { path, body } of sink.arrivals) {
      for (const { fingerprint } of body.alerts) {
        found.set(fingerprint, (found.get(fingerprint) ?? new Set()).add(path))
      }
    }
    return found
  }
  await waitFor('every alert to arrive', () => (arrived().size >= accepted.length ? true : undefined), {
    timeoutMs: 120_000,
    describe: app.process.output,
  })
  const wrong = accepted.filter(({ tenant, fingerprint }) => {
    const paths = [...(arrived().get(fingerprint) ?? [])]
    return paths.length !== 1 || paths[0] !== `/${tenant}`
  })
  assert.deepEqual(wrong, [])
}
