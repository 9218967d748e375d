import { type Built } from './build.ts'
import { type ClusterSettings } from './cluster-settings.ts'
import { connect } from './kubernetes/client.ts'
import { type Cluster, type Discovery } from './kubernetes/cluster.ts'
import { createEvents, type EventRecorder } from './kubernetes/events.ts'
import { createLease, type Lease } from './kubernetes/lease.ts'
import { createReflector } from './kubernetes/reflector.ts'
import { serverAddresses } from './kubernetes/server-addresses.ts'
import { createClusterSource, type ClusterSource } from './kubernetes/source.ts'
import { createStatusWriter } from './kubernetes/status/writer.ts'
import { platformRules } from './assets.ts'
import { type ResourceKey } from './model/object.ts'
import { type Clock, type Logger, type Metrics, type Random } from './model/ports.ts'
import { type Onlooker, type OpenedSource, type SourceHooks, type Surroundings } from './pipeline.ts'

/** What every part that talks to the API server needs. */
export interface ClusterDeps {
  readonly cluster: Cluster & Discovery
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Newest lines of history that are read at the start, to say how the last deliveries went: a few for each of a thousand receivers. */
const historyLines = 5_000

/** A connection as the settings say; nothing is asked of the API server yet. Throws SettingsError. */
export function connectCluster(settings: ClusterSettings, deps: Omit<ClusterDeps, 'cluster'>): ClusterDeps {
  const { kubeconfigs, context, inCluster, watchSilenceMs } = settings
  const options = {
    kubeconfigs,
    ...(context === undefined ? {} : { context }),
    ...(inCluster === undefined ? {} : { inCluster }),
    watch: { silenceMs: watchSilenceMs },
  }
  return { ...deps, cluster: connect(options, deps) }
}

/** A candidate for the settings' Lease in this namespace. */
export function leaseOf({ lease, identity }: ClusterSettings, namespace: string, deps: ClusterDeps): Lease {
  const unique = `${identity}_${deps.random.uuid()}`
  return createLease({ namespace, name: lease, identity: unique }, { ...deps, elapsed: () => performance.now() })
}

/** A recorder of Kubernetes Events in the name of this process. */
export function eventsOf(component: string, { identity }: ClusterSettings, deps: ClusterDeps): EventRecorder {
  return createEvents({ component, instance: identity }, deps)
}

/** A cluster as the source of resources, with the writer of their statuses as its onlooker. Throws SettingsError. */
export async function openCluster(surroundings: Surroundings, hooks: SourceHooks): Promise<OpenedSource> {
  const { settings, clock } = surroundings
  const deps = connectCluster(settings.cluster, surroundings)
  let observed: (changed: readonly ResourceKey[]) => void = () => undefined
  const source = createClusterSource({
    ...deps,
    createReflector,
    kinds: hooks.kinds,
    ownNamespace: settings.namespace,
    podNamespace: settings.podNamespace,
    allowedSecretNamespaces: settings.allowedSecretNamespaces,
    ...(settings.managerName === undefined ? {} : { managerName: settings.managerName }),
    ...(settings.cluster.rulesConfigMap === undefined ? {} : { rulesConfigMap: settings.cluster.rulesConfigMap }),
    platformRules: platformRules(settings.rules),
    onSecretsChanged: hooks.onSecretsChanged,
    onObserved: (changed) => observed(changed),
  })
  return {
    source: {
      ...sourceMethods(source),
      async close() {
        await source.close()
        await deps.cluster.close()
      },
    },
    startsLate: true,
    apiServers: await serverAddresses(deps.cluster.server, settings.cluster.inCluster?.host, clock),
    ...(settings.cluster.writesStatus
      ? {
          onlooker(facts) {
            const onlooker = createOnlooker({ surroundings, hooks, deps, source }, facts)
            observed = onlooker.observed
            return onlooker
          },
        }
      : {}),
  }
}

/** The methods of an instance, bound to it. */
function sourceMethods(source: ClusterSource): Omit<OpenedSource['source'], 'close'> {
  return {
    start: (onSnapshot, signal) => source.start(onSnapshot, signal),
    reload: () => source.reload(),
    secrets: source.secrets,
  }
}

function createOnlooker(
  parts: {
    readonly surroundings: Surroundings
    readonly hooks: SourceHooks
    readonly deps: ClusterDeps
    readonly source: ClusterSource
  },
  facts: Parameters<NonNullable<OpenedSource['onlooker']>>[0],
): Onlooker & { observed(changed: readonly ResourceKey[]): void } {
  const { surroundings, hooks, deps, source } = parts
  const { settings } = surroundings
  const lease = leaseOf(settings.cluster, settings.podNamespace, deps)
  const events = eventsOf('notification-manager-server', settings.cluster, deps)
  const writer = createStatusWriter({
    ...deps,
    kinds: hooks.kinds,
    isLeader: () => lease.isLeader(),
    events: { record: (ref, event) => events.record({ object: ref, ...event }) },
    current: (): Built | undefined => facts.current(),
    observed: () => source.observed(),
    missing: (ref) => source.secrets.missing(ref),
    ownNamespace: settings.namespace,
    history: facts.history(historyLines),
  })
  return {
    observed: (keys) => writer.changed(keys),
    changed: () => writer.changed(),
    settled: (record) => writer.settled(record),
    async run(signal) {
      await Promise.all([lease.run(() => writer.leadershipChanged(), signal), writer.run(signal), events.run(signal)])
    },
  }
}
