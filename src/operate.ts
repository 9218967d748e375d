import { createKinds } from './api/kinds.ts'
import { type App } from './app.ts'
import { channels } from './channels/index.ts'
import { defaults } from './cli/defaults.ts'
import { connectCluster, eventsOf, leaseOf, type ClusterDeps } from './cluster.ts'
import { readClusterSettings, type ClusterSettings } from './cluster-settings.ts'
import { type Lease } from './kubernetes/lease.ts'
import { type Clock, type Logger, type Random } from './model/ports.ts'
import { createOperator } from './operator/operator.ts'
import { createMetrics } from './server/metrics.ts'
import { createProbes } from './server/probes.ts'
import { type Environment, type Flags } from './flags.ts'
import { parseListen, type Listen } from './settings.ts'

/** Everything that a person can set when starting the operator. Frozen. */
export interface OperatorSettings {
  readonly cluster: ClusterSettings
  /** Of its probes and metrics. */
  readonly listen: Listen
  /** Where everything is made. */
  readonly namespace: string
  readonly image: string
  readonly serviceAccountName: string
}

/** Flags and environment → OperatorSettings. Throws SettingsError. */
export function readOperatorSettings(flags: Flags, environment: Environment): OperatorSettings {
  const text = (name: string, fallback: string): string => (typeof flags[name] === 'string' ? flags[name] : fallback)
  return Object.freeze({
    cluster: readClusterSettings(flags, environment, defaults.operatorLease),
    listen: parseListen(text('listen', defaults.operatorListen)),
    namespace: text('namespace', environment['POD_NAMESPACE'] ?? defaults.operatorNamespace),
    image: text('defaultImage', defaults.image),
    serviceAccountName: text('serverServiceAccount', defaults.serverServiceAccount),
  })
}

/** Runs the operator; resolves when its probes are answered. */
export async function startOperator(
  settings: OperatorSettings,
  process: { readonly logger: Logger; readonly clock: Clock; readonly random: Random },
): Promise<App> {
  const metrics = createMetrics()
  const deps = connectCluster(settings.cluster, { ...process, metrics })
  const events = eventsOf('notification-manager-operator', settings.cluster, deps)
  const lease = leaseOf(settings.cluster, settings.namespace, deps)
  const { namespace, image, serviceAccountName } = settings
  const operator = createOperator({
    ...deps,
    events: { record: (ref, event) => events.record({ object: ref, ...event }) },
    validate: createKinds(channels).validate,
    defaults: { namespace, image, serviceAccountName },
    lead: (work, signal) => leadWith(lease, work, { deps, signal }),
  })
  const probes = createProbes({ ready: operator.ready, metrics })
  const { url } = await probes.listen(settings.listen)
  const ending = new AbortController()
  const running = Promise.all([operator.run(ending.signal), events.run(ending.signal)])
  return {
    url,
    async stop() {
      ending.abort()
      await running
      await probes.close()
      await deps.cluster.close()
    },
  }
}

/** Does the work during each term; the next term begins when the work of the last one has ended. */
async function leadWith(
  lease: Lease,
  work: (signal: AbortSignal) => Promise<void>,
  { deps, signal }: { readonly deps: Pick<ClusterDeps, 'logger'>; readonly signal: AbortSignal },
): Promise<void> {
  let term = new AbortController()
  let working: Promise<void> = Promise.resolve()
  // The lease is given up when the work has ended, and not before.
  const released = new AbortController()
  signal.addEventListener(
    'abort',
    () => {
      term.abort()
      void working.then(() => released.abort())
    },
    { once: true },
  )
  await lease.run((leading) => {
    term.abort()
    if (!leading || signal.aborted) return
    const mine = new AbortController()
    term = mine
    working = working
      .then(() => work(mine.signal))
      .catch((err: unknown) => deps.logger.error({ err }, 'The work of a term ended with a bug'))
  }, released.signal)
}
