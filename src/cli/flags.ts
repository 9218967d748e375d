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
  if (!demo) command.option('--manifests <path>', 'folder or file of manifests, watched; may be repeated', collect)
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
    .option('--slack-api-url <url>', 'base address of the Slack API', 'https://slack.com/api/')
    .option('--dingtalk-api-url <url>', 'base address of the DingTalk API', 'https://oapi.dingtalk.com/')
    .option('--post-timeout <duration>', 'deadline for answering one post', defaults.postTimeout)
    .option('--attempt-timeout <duration>', 'upper bound of one delivery attempt', defaults.attemptTimeout)
    .option('--concurrency <count>', 'deliveries under way at once', defaults.concurrency)
    .option('--max-pending <count>', 'notifications the outbox holds before it answers 503', defaults.maxPending)
    .option('--max-age <duration>', 'age after which a notification becomes a dead letter', defaults.maxAge)
    .option(
      '--drain-grace <duration>',
      'how long a stopping server still takes posts, not ready any more',
      defaults.drainGrace,
    )
    .option('--drain-timeout <duration>', 'how long a stop waits for what has begun', defaults.drainTimeout)
    .option('--log-level <level>', 'debug, info, warn or error', defaults.logLevel)
    .option('--log-format <format>', 'logfmt or json', defaults.logFormat)
  if (demo) {
    return command
      .option('--mailbox-smtp-port <port>', 'loopback port of the embedded mail server', defaults.mailboxSmtpPort)
      .option('--mailbox-http-port <port>', 'loopback port of the embedded webhook catcher', defaults.mailboxHttpPort)
  }
  return addReadFlags(command)
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
