import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext } from 'node:test'
import { createKinds } from '../../src/api/kinds.ts'
import { channels } from '../../src/channels/index.ts'
import { connect } from '../../src/kubernetes/client.ts'
import { type ApiQuery, type Cluster } from '../../src/kubernetes/cluster.ts'
import { apiKindOf } from '../../src/kubernetes/kinds.ts'
import { createReflector } from '../../src/kubernetes/reflector.ts'
import { createClusterSource, type ClusterOptions, type ClusterSource } from '../../src/kubernetes/source.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { createLogCapture, type LogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics, type MemoryMetrics } from '../support/memory-metrics.ts'
import { startKubeApi, type KubeApi } from '../support/programs/kube-api.ts'

export const kinds = createKinds(channels)
export const ownNamespace = 'monitoring'

/** A started API server in a folder of its own. */
export interface World {
  readonly kube: KubeApi
  stop(): Promise<void>
}

export async function startWorld(users: readonly string[] = []): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'nm-kubernetes-'))
  const kube = await startKubeApi(folder, { users })
  await kube.kubectl(['create', 'namespace', ownNamespace])
  return {
    kube,
    async stop() {
      await kube.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The client must not check what this old server does not know. */
export async function installCrds(kube: KubeApi): Promise<void> {
  await kube.kubectl(['apply', '--validate=false', '-k', join(import.meta.dirname, '..', '..', 'crds')])
  await kube.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])
}

/** Deletes what a test may have left, but for namespaces. */
export async function clean(kube: KubeApi): Promise<void> {
  const ours = kinds.list.map(({ plural }) => `${plural}.notification.kubesphere.io`).join()
  await kube.kubectl(['delete', ours, '--all', '--wait=false'])
  await kube.kubectl(['delete', 'secrets,configmaps,rolebindings', '--all', '-n', ownNamespace, '--wait=false'])
}

/** The status of an EmailReceiver; a kubectl as old as this server writes none. */
export async function writeStatus(kube: KubeApi, name: string, status: object): Promise<void> {
  const cluster = connect({ kubeconfigs: [kube.kubeconfig()] }, { clock: systemClock, random: systemRandom })
  const kind = apiKindOf({ kind: 'EmailReceiver', plural: 'emailreceivers' })
  const how = { fieldManager: 'test', force: true, subresource: 'status' } as const
  await cluster.apply({ kind, name }, { status }, how, AbortSignal.timeout(10_000))
  await cluster.close()
}

/** `kubectl apply` of some manifests. */
export async function apply(kube: KubeApi, ...manifests: readonly string[]): Promise<void> {
  await kube.kubectl(['apply', '--validate=false', '-f', '-'], manifests.join('\n---\n'))
}

const apiVersion = 'apiVersion: notification.kubesphere.io/v2alpha1'

export function manager(spec = '', name = 'notification-manager'): string {
  return `${apiVersion}
kind: NotificationManager
metadata:
  name: ${name}
spec:
${spec}  defaultConfigSelector:
    matchLabels: {type: default}
  receivers:
    tenantKey: namespace
    globalReceiverSelector:
      matchLabels: {type: global}
    tenantReceiverSelector:
      matchLabels: {type: tenant}
`
}

export function receiver(name: string, to = 'a@example.com', type = 'global'): string {
  return `${apiVersion}\nkind: EmailReceiver\nmetadata:\n  name: ${name}\n  labels: {type: ${type}}\nspec:\n  to: [${to}]\n`
}

/** Taken by the server's CustomResourceDefinition, which knows no such rule, and refused by ours. */
export function refusedReceiver(name: string): string {
  return `${receiver(name)}  alertSelector:\n    matchExpressions: [{key: severity, operator: In}]\n`
}

export function config(name: string, secretName: string, namespace?: string): string {
  const where = namespace === undefined ? '' : `, namespace: ${namespace}`
  return `${apiVersion}
kind: EmailConfig
metadata:
  name: ${name}
  labels: {type: default}
spec:
  from: alerts@example.com
  smartHost: {host: smtp.example.com, port: "25"}
  authUsername: someone
  authPassword: {name: ${secretName}, key: password${where}}
`
}

export function secret(name: string, password: string, namespace = ownNamespace): string {
  return `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}, namespace: ${namespace}}\nstringData: {password: ${password}}\n`
}

export function configMap(name: string, data: Readonly<Record<string, string>>, namespace = ownNamespace): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: ${JSON.stringify(data)}\n`
}

/** Names of the receivers, stale ones with a star. */
export function receiversOf(snapshot: Snapshot): string {
  return snapshot.receivers.map(({ metadata, stale }) => `${metadata.name}${stale === true ? '*' : ''}`).join()
}

/** Holds for exactly these receivers. */
export function holds(wanted: string): (snapshot: Snapshot) => boolean {
  return (snapshot) => receiversOf(snapshot) === wanted
}

/** A source that was made, and what it tells. */
export interface Harness {
  readonly source: ClusterSource
  readonly snapshots: readonly Snapshot[]
  readonly changedSecrets: readonly string[]
  readonly log: LogCapture
  readonly metrics: MemoryMetrics
  /** Every list and watch that was asked for, as `plural@namespace?fieldSelector`, in order. */
  readonly asked: readonly string[]
  /** How often `onObserved` was called. */
  observations(): number
  start(): Promise<void>
  /** The newest snapshot that the condition holds for, past or future. Fails after twenty seconds. */
  until(condition: (snapshot: Snapshot) => boolean): Promise<Snapshot>
}

export type HarnessOptions = Partial<ClusterOptions> & { readonly user?: string }

export function prepare(t: TestContext, { kube }: World, { user, ...more }: HarnessOptions = {}): Harness {
  const snapshots: Snapshot[] = []
  const changedSecrets: string[] = []
  const asked: string[] = []
  const log = createLogCapture()
  const metrics = createMemoryMetrics()
  let observations = 0
  const connected = connect({ kubeconfigs: [kube.kubeconfig(user)] }, { clock: systemClock, random: systemRandom })
  const source = createClusterSource({
    cluster: listening(connected, (query) => asked.push(describe(query))),
    kinds,
    createReflector,
    ownNamespace,
    allowedSecretNamespaces: [],
    clock: systemClock,
    random: systemRandom,
    logger: log,
    metrics,
    onSecretsChanged: (changed) =>
      void changedSecrets.push(...changed.map(({ namespace, name }) => `${namespace}/${name}`)),
    onObserved: () => (observations += 1),
    ...more,
  })
  t.after(async () => {
    await source.close()
    await connected.close()
  })
  return {
    source,
    snapshots,
    changedSecrets,
    log,
    metrics,
    asked,
    observations: () => observations,
    start: () => source.start((snapshot) => void snapshots.push(snapshot), new AbortController().signal),
    async until(condition) {
      const deadline = performance.now() + 20_000
      for (;;) {
        const found = snapshots.findLast(condition)
        if (found !== undefined) return found
        const last = snapshots.at(-1)
        const known = last === undefined ? 'no snapshot' : `${receiversOf(last)} ${JSON.stringify(last.problems)}`
        assert.ok(performance.now() < deadline, `no such snapshot within 20 s; last: ${known}`)
        await systemClock.sleep(5)
      }
    },
  }
}

/** Prepares and starts. */
export async function startSource(t: TestContext, world: World, options: HarnessOptions = {}): Promise<Harness> {
  const harness = prepare(t, world, options)
  await harness.start()
  return harness
}

/** The cluster itself; each question is told before it is asked. */
function listening(cluster: Cluster, tell: (query: ApiQuery) => void): Cluster {
  return {
    ...cluster,
    list(query, signal) {
      tell(query)
      return cluster.list(query, signal)
    },
    watch(query, onEvent, signal) {
      tell(query)
      return cluster.watch(query, onEvent, signal)
    },
    get({ kind, name, namespace }, signal) {
      tell({ kind, ...(namespace === undefined ? {} : { namespace }), fieldSelector: `get=${name}` })
      return cluster.get({ kind, name, ...(namespace === undefined ? {} : { namespace }) }, signal)
    },
  }
}

function describe({ kind, namespace = '', fieldSelector = '' }: ApiQuery): string {
  return `${kind.plural}@${namespace}?${fieldSelector}`
}
