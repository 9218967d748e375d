import { join } from 'node:path'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createKinds } from '../../src/api/kinds.ts'
import { channels } from '../../src/channels/index.ts'
import { connect } from '../../src/kubernetes/client.ts'
import { type Cluster } from '../../src/kubernetes/cluster.ts'
import { apiKindOf } from '../../src/kubernetes/kinds.ts'
import { createObjects } from '../../src/kubernetes/objects.ts'
import { type StatusEvents } from '../../src/kubernetes/status/announce.ts'
import { type InForceResources } from '../../src/kubernetes/status/board.ts'
import { createStatusWriter, type StatusWriter, type StatusWriterDeps } from '../../src/kubernetes/status/writer.ts'
import { type Resource, type ResourceKey } from '../../src/model/object.ts'
import { type ManagerSpec } from '../../src/rules/snapshot.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { type FakeClock } from '../support/fake-clock.ts'
import { createLogCapture, type LogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics, type MemoryMetrics } from '../support/memory-metrics.ts'
import { startKubeApi, type KubeApi } from '../support/programs/kube-api.ts'
import { waitFor } from '../support/programs/process.ts'
import { aSnapshot } from '../support/resources.ts'
import { compiled } from '../support/rulesets.ts'
import { type AnyCondition } from './kstatus.ts'

export const kinds = createKinds(channels)

/** A real API server with our kinds. */
export interface StatusApi {
  readonly api: KubeApi
  /** As this user, or as admin. */
  connect(user?: string): Cluster
  /** Removes every object of ours. */
  clear(): Promise<void>
  /** The object as it is now. */
  get(key: ResourceKey): Promise<Written>
  stop(): Promise<void>
}

/** What tests read of an object. */
export interface Written {
  readonly metadata: { readonly resourceVersion: string; readonly generation: number; readonly uid: string }
  readonly status?:
    | undefined
    | {
        readonly observedGeneration?: number
        readonly conditions?: readonly AnyCondition[]
        readonly tenant?: string
        readonly config?: string
        readonly lastDelivery?: { readonly time: string; readonly outcome: string; readonly reason?: string }
      }
}

const signal = new AbortController().signal

/** Starts it, and waits until all kinds are served. */
export async function startStatusApi(users: readonly string[] = []): Promise<StatusApi> {
  const folder = await mkdtemp(join(tmpdir(), 'status-api-'))
  const api = await startKubeApi(folder, { users })
  await api.kubectl(['apply', '--validate=false', '-k', join(import.meta.dirname, '..', '..', 'crds')])
  await api.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'])
  const open: Cluster[] = []
  const connectAs = (user?: string): Cluster => {
    const cluster = connect({ kubeconfigs: [api.kubeconfig(user)] }, { clock: systemClock, random: systemRandom })
    open.push(cluster)
    return cluster
  }
  const admin = connectAs()
  return {
    api,
    connect: connectAs,
    async clear() {
      for (const kind of kinds.list.map(apiKindOf)) {
        const { items } = await admin.list({ kind }, signal)
        for (const { metadata } of items) await admin.remove({ kind, name: metadata.name }, signal)
      }
    },
    get: async (key) => JSON.parse(await api.kubectl(['get', key.toLowerCase(), '-o', 'json'])) as Written,
    async stop() {
      for (const cluster of open) await cluster.close()
      await api.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One process: what it knows of the cluster, what is in force, and its writer of statuses. */
export interface World {
  readonly writer: StatusWriter
  readonly logger: LogCapture
  readonly metrics: MemoryMetrics
  /** Events as `Type Kind/name Reason message`. */
  readonly events: readonly string[]
  /** Keys of Secrets that are missing, as `namespace/name`. */
  readonly missing: Set<string>
  /** Takes note of the objects as they are now, as a watch does. */
  observe(): Promise<void>
  /** Puts in force what was noted. */
  compile(): Promise<void>
  /** Both. */
  refresh(): Promise<void>
  lead(leads: boolean): void
  /** Starts the writer. */
  start(): void
  /** Asks again and again until there is an answer; a clock of the test's own goes on meanwhile. */
  until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined): Promise<T>
  stop(): Promise<void>
}

export interface WorldOptions extends Partial<Pick<StatusWriterDeps, 'limits' | 'history'>> {
  readonly cluster: Cluster
  /** Moved on while a test waits. */
  readonly clock?: FakeClock
  readonly leads?: boolean
}

export function createWorld({ cluster, clock: owned, leads = true, history = [], limits }: WorldOptions): World {
  const clock = owned ?? systemClock
  const logger = createLogCapture()
  const metrics = createMemoryMetrics()
  const events: string[] = []
  const missing = new Set<string>()
  const objects = createObjects(kinds)
  const known = new Map<string, readonly string[]>()
  const ending = new AbortController()
  let isLeader = leads
  let inForce: InForceResources | undefined
  let running = Promise.resolve()
  const recorder: StatusEvents = {
    record: (ref, { type, reason, message }) =>
      void events.push(`${type} ${ref.kind}/${ref.name} ${reason} ${message}`),
  }
  const writer = createStatusWriter({
    cluster,
    kinds,
    current: () => inForce,
    observed: () => objects.observed,
    missing: ({ namespace, name, key }) =>
      missing.has(`${namespace}/${name}`)
        ? `there is no Secret ${namespace}/${name}; create it with ${key}`
        : undefined,
    ownNamespace: 'notifications',
    isLeader: () => isLeader,
    events: recorder,
    history,
    clock,
    random: systemRandom,
    logger,
    metrics,
    ...(limits === undefined ? {} : { limits }),
  })

  async function observe(): Promise<void> {
    for (const kind of kinds.list) {
      const { items } = await cluster.list({ kind: apiKindOf(kind) }, signal)
      const found = new Map(items.map((item) => [item.metadata.name, item]))
      objects.note(kind.kind, [...new Set([...(known.get(kind.kind) ?? []), ...found.keys()])], found)
      known.set(kind.kind, [...found.keys()])
    }
    writer.changed()
  }

  async function compile(): Promise<void> {
    const { resources, problems, refused } = await objects.judge()
    const snapshot = aSnapshot({
      managers: resources.filter((resource): resource is Resource<ManagerSpec> => roleOf(resource) === 'manager'),
      configs: resources.filter((resource) => roleOf(resource) === 'config'),
      receivers: resources.filter((resource) => roleOf(resource) === 'receiver'),
      problems,
      refused,
    })
    inForce = { snapshot, ...(await compiled(snapshot)) }
    writer.changed()
  }

  return {
    writer,
    logger,
    metrics,
    events,
    missing,
    observe,
    compile,
    async refresh() {
      await observe()
      await compile()
    },
    lead(leading) {
      isLeader = leading
      writer.leadershipChanged()
    },
    start: () => void (running = writer.run(ending.signal)),
    until(what, probe) {
      const look = async () => {
        await owned?.advance(25)
        return probe()
      }
      return waitFor(what, look, { timeoutMs: 20_000, describe: () => logger.text() })
    },
    async stop() {
      ending.abort()
      await running
    },
  }
}

function roleOf({ kind }: Resource): string | undefined {
  return kinds.find(kind)?.role
}

/** The condition of this type. */
export function conditionOf({ status }: Pick<Written, 'status'>, type = 'Ready'): AnyCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type)
}
