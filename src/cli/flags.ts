import { type Command } from 'commander'
import { defaults, demoDataDirectory } from './defaults.ts'
import { type VerbFlags } from './toolbox.ts'

/** Flags of the predecessor's server, and ours that mean the same. */
const aliases: Readonly<Record<string, string>> = {
  '--webhook.address': '--listen',
  '--webhook.timeout': '--post-timeout',
  '--worker.timeout': '--attempt-timeout',
  '--worker.queue': '--concurrency',
  '--log.level': '--log-level',
  '--log.format': '--log-format',
}

const credentialsHelp = 'a file, one bearer token or user:password a line, read again when it changes'

/** Lists the aliases, for `serve --help`. */
export const aliasHelp = `
The predecessor's flags are taken too: ${Object.entries(aliases)
  .map(([theirs, ours]) => `${theirs} is ${ours}`)
  .join(', ')}.`

/** The arguments with the predecessor's flags replaced by ours. */
export function translateAliases(argv: readonly string[]): readonly string[] {
  return argv.map((argument) => {
    const [flag, ...rest] = argument.split('=')
    const ours = aliases[flag ?? '']
    return ours === undefined ? argument : [ours, ...rest].join('=')
  })
}

/** The flags of `serve` and `demo`. */
export function addServeFlags(command: Command, verb: 'serve' | 'demo'): Command {
  const demo = verb === 'demo'
  if (!demo) {
    command.option(
      '--manifests <path>',
      'folder or file of manifests, watched instead of a cluster; may be repeated',
      collect,
    )
    addClusterFlags(command, defaults.serverLease)
      .option('--rules-configmap <namespace/name>', 'ConfigMap of platform rules, watched')
      .option('--no-status', 'write no status and no events: for a second, observing installation')
  }
  command
    .option('--listen <host:port>', 'where to take alerts', demo ? '127.0.0.1:19093' : defaults.listen)
    .option('--data <dir>', 'folder of the outbox', demo ? demoDataDirectory : defaults.data)
    .option(
      '--egress-allow <cidr>',
      'addresses that may be reached although they are refused by default (loopback, link-local); may be repeated',
      collect,
    )
    .option(
      '--egress-deny <cidr>',
      'addresses that may never be reached; wins over --egress-allow; may be repeated',
      collect,
    )
    .option(
      '--egress-policy <policy>',
      'default reaches public and private addresses, strict public ones only; both refuse loopback, link-local, metadata',
      defaults.egressPolicy,
    )
    .option('--slack-api-url <url>', 'base address of the Slack API', 'https://slack.com/api/')
    .option('--dingtalk-api-url <url>', 'base address of the DingTalk API', 'https://oapi.dingtalk.com/')
    .option('--post-timeout <duration>', 'deadline for answering one post', defaults.postTimeout)
    .option('--attempt-timeout <duration>', 'upper bound of one delivery attempt', defaults.attemptTimeout)
    .option(
      '--drain-grace <duration>',
      'how long a stopping server still takes posts, not ready any more',
      defaults.drainGrace,
    )
    .option('--drain-timeout <duration>', 'how long a stop waits for what has begun', defaults.drainTimeout)
    .option('--log-level <level>', 'debug, info, warn or error', defaults.logLevel)
    .option('--log-format <format>', 'logfmt or json', defaults.logFormat)
  addDoorFlags(command)
  addOutboxFlags(command)
  if (demo) {
    return command
      .option('--mailbox-smtp-port <port>', 'loopback port of the embedded mail server', defaults.mailboxSmtpPort)
      .option('--mailbox-http-port <port>', 'loopback port of the embedded webhook catcher', defaults.mailboxHttpPort)
  }
  return addReadFlags(command)
}

function addDoorFlags(command: Command): Command {
  return command
    .option('--ingest-credentials <file>', `who may post alerts: ${credentialsHelp} (default: everybody)`)
    .option(
      '--read-credentials <file>',
      `who may read state, history and metrics: ${credentialsHelp} (default: everybody)`,
    )
    .option(
      '--admin-credentials <file>',
      `who may replay, discard and reload: ${credentialsHelp} (default: everybody, or nobody with --read-credentials)`,
    )
    .option('--tls-cert <file>', 'serve HTTPS with this certificate chain (PEM), read again when it changes')
    .option('--tls-key <file>', 'private key of --tls-cert (PEM)')
    .option('--tls-client-ca <file>', 'ask for client certificates of these authorities (PEM); probes need none')
    .option('--source-rate <posts>', 'posts a second that one address may send; 0 for any number', defaults.sourceRate)
}

function addOutboxFlags(command: Command): Command {
  return command
    .option('--concurrency <count>', 'deliveries under way at once', defaults.concurrency)
    .option('--max-pending <count>', 'notifications the outbox holds before it answers 503', defaults.maxPending)
    .option('--max-bytes <mebibytes>', 'size of the outbox on disk before it answers 503', defaults.maxMebibytes)
    .option('--max-history <records>', 'records of deliveries that are kept', defaults.maxHistory)
    .option('--max-age <duration>', 'age after which a notification becomes a dead letter', defaults.maxAge)
}

/** The flags of the verbs that work on a cluster. */
export function addClusterFlags(command: Command, lease: string): Command {
  return command
    .option(
      '--kubeconfig <file>',
      "how to reach the API server (default: the pod's service account, then $KUBECONFIG, then ~/.kube/config)",
    )
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .option('--identity <name>', 'what this process is called in its Lease (default: $POD_NAME, then $HOSTNAME)')
    .option('--lease <name>', 'Lease that elects one among the replicas', lease)
    .option('--watch-silence <duration>', 'a watch that tells nothing for this long is renewed', defaults.watchSilence)
}

/** The flags of `operator`. */
export function addOperatorFlags(command: Command): Command {
  return addClusterFlags(command, defaults.operatorLease)
    .option('--listen <host:port>', 'where to answer probes and /metrics', defaults.operatorListen)
    .option(
      '--namespace <namespace>',
      `where servers are made (default: $POD_NAMESPACE, then "${defaults.operatorNamespace}")`,
    )
    .option('--default-image <image>', 'image of servers whose NotificationManager names none', defaults.image)
    .option(
      '--server-service-account <name>',
      'service account of servers whose NotificationManager names none',
      defaults.serverServiceAccount,
    )
    .option('--log-level <level>', 'debug, info, warn or error', defaults.logLevel)
    .option('--log-format <format>', 'logfmt or json', defaults.logFormat)
}

/** The flags of every verb that reads manifests. */
export function addReadFlags(command: Command): Command {
  return command
    .option(
      '--namespace <namespace>',
      `namespace of Secret references without one (default: $NAMESPACE, then "${defaults.namespace}")`,
    )
    .option(
      '--allowed-secret-namespaces <namespace>',
      'other namespaces whose Secrets may be referenced; may be repeated',
      collect,
    )
    .option('--name <name>', 'the NotificationManager in force (default: the oldest)')
    .option('--rules <file>', 'platform rules: drop, label or notify; see rules/platform; may be repeated', collect)
}

/** Gathers a flag that may be repeated; a list would swallow the arguments that follow it. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** The values of a flag that may be repeated. */
export function listOf(value: VerbFlags[string]): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' ? value : []
}
