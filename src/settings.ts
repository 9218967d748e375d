import { defaults } from './cli/defaults.ts'
import { type EgressPolicy } from './channels/egress.ts'
import { readClusterSettings, type ClusterSettings } from './cluster-settings.ts'
import { readDoorSettings, type DoorSettings } from './door-settings.ts'
import { parseDuration } from './model/duration.ts'
import { type Environment, type Flags } from './flags.ts'
import { SettingsError } from './model/errors.ts'
import { type LogFormat, type LogLevel } from './system.ts'

/** Where the door listens. */
export interface Listen {
  readonly host: string
  readonly port: number
}

/** Everything that a person can set when starting the server. Frozen. */
export interface Settings {
  readonly manifests: readonly string[]
  readonly rules: readonly string[]
  /** How to work on a cluster, when there are no manifests. */
  readonly cluster: ClusterSettings
  readonly door: DoorSettings
  readonly listen: Listen
  readonly dataDirectory: string
  readonly egressPolicy: EgressPolicy
  readonly egressAllow: readonly string[]
  readonly egressDeny: readonly string[]
  /** The namespace that Secret references without one point to, unless a NotificationManager says otherwise. */
  readonly namespace: string
  /** Where this process runs: of its Lease, and of the ConfigMaps of its templates. */
  readonly podNamespace: string
  readonly allowedSecretNamespaces: readonly string[]
  readonly managerName: string | undefined
  /** Base addresses of vendors' APIs, where they are not the public ones: GovSlack, relays. */
  readonly apis: { readonly slack?: string; readonly dingtalk?: string }
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  /** Deadline of one post, milliseconds. */
  readonly postTimeoutMs: number
  /** Upper bound of one delivery attempt, milliseconds. */
  readonly attemptTimeoutMs: number
  readonly concurrency: number
  readonly maxPending: number
  /** Size of the outbox on disk, bytes. */
  readonly maxBytes: number
  /** Records of deliveries that are kept. */
  readonly maxHistory: number
  readonly maxAgeMs: number
  /** How long a stopping process still takes posts while load balancers notice that it is not ready, milliseconds. */
  readonly graceMs: number
  /** How long a stopping process waits for what it has begun, milliseconds. */
  readonly drainMs: number
}

/** Flags and environment → Settings. Throws SettingsError, which names the flag and what it takes. */
export function readSettings(flags: Flags, environment: Environment): Settings {
  const { NAMESPACE, POD_NAMESPACE } = environment
  const namespace = text(flags, 'namespace', NAMESPACE ?? POD_NAMESPACE ?? defaults.namespace)
  return Object.freeze({
    manifests: list(flags['manifests']),
    rules: list(flags['rules']),
    cluster: readClusterSettings(flags, environment, defaults.serverLease),
    door: readDoorSettings(flags),
    listen: parseListen(text(flags, 'listen', defaults.listen)),
    dataDirectory: text(flags, 'data', defaults.data),
    egressPolicy: oneOf('--egress-policy', text(flags, 'egressPolicy', defaults.egressPolicy), ['default', 'strict']),
    egressAllow: list(flags['egressAllow']),
    egressDeny: list(flags['egressDeny']),
    namespace,
    podNamespace: environment['POD_NAMESPACE'] ?? namespace,
    allowedSecretNamespaces: list(flags['allowedSecretNamespaces']),
    managerName: typeof flags['name'] === 'string' ? flags['name'] : undefined,
    apis: {
      ...baseUrl('slack', '--slack-api-url', flags['slackApiUrl']),
      ...baseUrl('dingtalk', '--dingtalk-api-url', flags['dingtalkApiUrl']),
    },
    ...readLogSettings(flags),
    postTimeoutMs: duration('--post-timeout', text(flags, 'postTimeout', defaults.postTimeout)),
    attemptTimeoutMs: duration('--attempt-timeout', text(flags, 'attemptTimeout', defaults.attemptTimeout)),
    concurrency: count('--concurrency', text(flags, 'concurrency', defaults.concurrency)),
    maxPending: count('--max-pending', text(flags, 'maxPending', defaults.maxPending)),
    maxBytes: count('--max-bytes', text(flags, 'maxBytes', defaults.maxMebibytes)) * 1_024 * 1_024,
    maxHistory: count('--max-history', text(flags, 'maxHistory', defaults.maxHistory)),
    maxAgeMs: duration('--max-age', text(flags, 'maxAge', defaults.maxAge)),
    graceMs: duration('--drain-grace', text(flags, 'drainGrace', defaults.drainGrace), 0),
    drainMs: duration('--drain-timeout', text(flags, 'drainTimeout', defaults.drainTimeout)),
  })
}

/** What is logged, and how. Throws SettingsError. */
export function readLogSettings(flags: Flags): Pick<Settings, 'logLevel' | 'logFormat'> {
  return {
    logLevel: oneOf('--log-level', text(flags, 'logLevel', defaults.logLevel), ['debug', 'info', 'warn', 'error']),
    logFormat: oneOf('--log-format', text(flags, 'logFormat', defaults.logFormat), ['logfmt', 'json']),
  }
}

/** `HOST:PORT`, `:PORT` (every address, as the predecessor wrote it) or `[IPv6]:PORT`. Port 0 takes any free one. */
export function parseListen(value: string): Listen {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/u.exec(value)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new SettingsError(`--listen: ${JSON.stringify(value)} is not HOST:PORT, for example ${defaults.listen}`)
  }
  return { host: match[1] ?? (match[2] === '' ? '0.0.0.0' : (match[2] ?? '0.0.0.0')), port }
}

/** A TCP port number of a flag. */
export function parsePort(flag: string, value: string): number {
  const port = Number(value)
  if (!/^\d+$/u.test(value) || port > 65_535) {
    throw new SettingsError(`${flag}: ${JSON.stringify(value)} is not a port, a whole number from 0 to 65535`)
  }
  return port
}

/** A base address, with the slash that it ends in. */
function baseUrl<Name extends string>(
  name: Name,
  flag: string,
  value: Flags[string],
): { readonly [name in Name]?: string } {
  if (typeof value !== 'string') return {}
  if (!URL.canParse(value) || !/^https?:/u.test(value)) {
    throw new SettingsError(`${flag}: ${JSON.stringify(value)} is not an http or https address`)
  }
  return { [name]: value.endsWith('/') ? value : `${value}/` } as { readonly [name in Name]?: string }
}

function text(flags: Flags, name: string, fallback: string): string {
  const value = flags[name]
  return typeof value === 'string' ? value : fallback
}

function list(value: Flags[string]): readonly string[] {
  const values = typeof value === 'string' ? [value] : Array.isArray(value) ? (value as readonly string[]) : []
  return values.flatMap((item) => item.split(',')).filter((item) => item !== '')
}

function oneOf<const Values extends readonly string[]>(flag: string, value: string, values: Values): Values[number] {
  if (!values.includes(value))
    throw new SettingsError(`${flag}: ${JSON.stringify(value)} is not one of ${values.join(', ')}`)
  return value
}

function duration(flag: string, value: string, minMs = 1): number {
  const ms = parseDuration(value)
  if (ms === undefined || ms < minMs) {
    throw new SettingsError(`${flag}: ${JSON.stringify(value)} is not a duration, for example 30s, 5m or 1h30m`)
  }
  return ms
}

function count(flag: string, value: string): number {
  const number = Number(value)
  if (!/^\d+$/u.test(value) || number < 1) {
    throw new SettingsError(`${flag}: ${JSON.stringify(value)} is not a whole number above 0`)
  }
  return number
}
