import { delimiter } from 'node:path'
import { defaults } from './cli/defaults.ts'
import { parseDuration } from './model/duration.ts'
import { SettingsError } from './model/errors.ts'
import { type Environment, type Flags } from './flags.ts'

/** How to work on a cluster. */
export interface ClusterSettings {
  /** kubeconfig files; the first that names something counts. */
  readonly kubeconfigs: readonly string[]
  /** The API server as a pod finds it, when this is one. */
  readonly inCluster: { readonly host: string; readonly port: string } | undefined
  readonly context: string | undefined
  /** What this process is called among its replicas. */
  readonly identity: string
  /** Name of the Lease that elects one replica. */
  readonly lease: string
  /** A watch that tells nothing for this long is renewed, milliseconds. */
  readonly watchSilenceMs: number
  readonly rulesConfigMap: { readonly namespace: string; readonly name: string } | undefined
  /** Whether status and events are written. */
  readonly writesStatus: boolean
}

/** Flags and environment (`KUBECONFIG`, `KUBERNETES_SERVICE_HOST`, `POD_NAME`, `HOSTNAME`) → ClusterSettings. Throws SettingsError. */
export function readClusterSettings(flags: Flags, environment: Environment, lease: string): ClusterSettings {
  return Object.freeze({
    kubeconfigs: kubeconfigs(text(flags['kubeconfig']), text(environment['KUBECONFIG'])),
    inCluster: inCluster(text(environment['KUBERNETES_SERVICE_HOST']), text(environment['KUBERNETES_SERVICE_PORT'])),
    context: text(flags['context']),
    identity:
      text(flags['identity']) ??
      text(environment['POD_NAME']) ??
      text(environment['HOSTNAME']) ??
      'notification-manager',
    lease: text(flags['lease']) ?? lease,
    watchSilenceMs: silence(text(flags['watchSilence']) ?? defaults.watchSilence),
    rulesConfigMap: configMap(text(flags['rulesConfigmap'])),
    writesStatus: flags['status'] !== false,
  })
}

function text(value: Flags[string]): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** KUBECONFIG is a list, as `kubectl` has it. */
function kubeconfigs(flag: string | undefined, variable: string | undefined): readonly string[] {
  if (flag !== undefined) return [flag]
  return (variable ?? '').split(delimiter).filter((path) => path !== '')
}

function inCluster(host: string | undefined, port: string | undefined): ClusterSettings['inCluster'] {
  return host === undefined || port === undefined ? undefined : { host, port }
}

function silence(value: string): number {
  const ms = parseDuration(value)
  if (ms === undefined || ms < 1_000) {
    throw new SettingsError(`--watch-silence: ${JSON.stringify(value)} is not a duration of at least 1s`)
  }
  return ms
}

function configMap(value: string | undefined): ClusterSettings['rulesConfigMap'] {
  if (value === undefined) return undefined
  const match = /^([a-z0-9.-]+)\/([a-z0-9.-]+)$/u.exec(value)
  if (match === null) {
    throw new SettingsError(`--rules-configmap: ${JSON.stringify(value)} is not NAMESPACE/NAME`)
  }
  return { namespace: match[1] ?? '', name: match[2] ?? '' }
}
