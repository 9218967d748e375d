import { platformRules, version } from './assets.ts'
import { createBuilder, type Built } from './build.ts'
import { type Sender, type SenderDeps } from './channels/channel.ts'
import { createEgress } from './channels/egress.ts'
import { createHttpClient } from './channels/http-client.ts'
import { channels } from './channels/index.ts'
import { createDirectorySource } from './directory/source.ts'
import { type MailboxView } from './model/mailbox.ts'
import { type Clock, type Logger, type Random } from './model/ports.ts'
import { createAccept } from './notify/accept.ts'
import { Dispatcher } from './notify/dispatcher.ts'
import { createSqliteOutbox } from './notify/sqlite-outbox.ts'
import { createLive } from './rules/live.ts'
import { createMetrics } from './server/metrics.ts'
import { createServer } from './server/server.ts'
import { type Settings } from './settings.ts'

/** The running whole. */
export interface App {
  readonly url: string
  /** Stops taking posts, lets what has begun end within the drain timeout, and lets go of everything. */
  stop(): Promise<void>
}

/** What the process gives the whole. */
export interface AppDeps {
  readonly settings: Settings
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  /** Shown under `/mailbox`; the demo's. */
  readonly mailbox?: MailboxView
}

/** Bounds connecting to the far side: the lookup, and every address of it that is tried. */
const connectTimeoutMs = 10_000

/**
 * The composition root: builds everything in the order in which it depends on one another, and starts it. Resolves when alerts are
 * taken. Throws SettingsError when a setting cannot hold (a port or a data folder that is taken, a range that is none).
 */
export async function startApp(deps: AppDeps): Promise<App> {
  const { settings, logger, clock, random, mailbox } = deps
  const metrics = createMetrics()
  const builder = createBuilder({ ...settings, logger })
  const egress = createEgress({ allow: settings.egressAllow, deny: settings.egressDeny, connectTimeoutMs })
  const http = createHttpClient({ egress })
  const rules = platformRules(settings.rules)
  const outbox = createSqliteOutbox({
    directory: settings.dataDirectory,
    clock,
    random,
    logger,
    metrics,
    limits: { maxPending: settings.maxPending },
  })
  const live = createLive<Built>({
    build: builder.build,
    onSwap: (current) => {
      for (const problem of current.problems) logger.debug({ problem }, 'problem')
      dispatcher.rulesetChanged()
    },
    logger,
    clock,
    metrics,
  })
  const source = createDirectorySource({
    paths: settings.manifests,
    validate: builder.kinds.validate,
    ownNamespace: settings.namespace,
    ...(settings.managerName === undefined ? {} : { managerName: settings.managerName }),
    platformRules: rules,
    clock,
    logger,
    metrics,
    onSecretsChanged: () => dispatcher.secretsChanged(),
  })
  const senders = openSenders({ http, egress, clock, uuid: () => random.uuid() })
  const dispatcher = new Dispatcher({
    current: live.current,
    outbox,
    senders,
    secrets: source.secrets,
    clock,
    random,
    logger,
    metrics,
    limits: { concurrency: settings.concurrency, maxAgeMs: settings.maxAgeMs, maxPartMs: settings.attemptTimeoutMs },
  })
  const accept = createAccept({
    current: live.current,
    outbox,
    clock,
    random,
    metrics,
    logger,
    stored: () => dispatcher.notify(),
  })
  const server = createServer({
    accept,
    current: live.current,
    async reload() {
      await live.offer(await source.reload())
      return live.current() ?? Promise.reject(new Error('nothing is in force after a reload'))
    },
    outbox,
    channels,
    metrics,
    logger,
    clock,
    version,
    stored: () => dispatcher.notify(),
    ...(mailbox === undefined ? {} : { mailbox }),
    limits: { handlerTimeoutMs: settings.postTimeoutMs },
  })
  const ending = new AbortController()

  async function stop(): Promise<void> {
    logger.info({}, 'Stopping')
    await server.drain(settings.graceMs)
    ending.abort()
    await Promise.all([dispatcher.drain(settings.drainMs), server.close(), source.close()])
    await outbox.close()
    for (const sender of senders.values()) await sender.close()
    await http.close()
    logger.info({}, 'Stopped')
  }

  await source.start((snapshot) => live.offer(snapshot), ending.signal)
  dispatcher.start()
  const { url } = await server.listen(settings.listen)
  return { url, stop }
}

function openSenders(deps: SenderDeps): ReadonlyMap<string, Sender> {
  return new Map(
    channels.flatMap((channel) => {
      const sender = channel.open?.(deps) as Sender | undefined
      return sender === undefined ? [] : [[channel.name, sender] as const]
    }),
  )
}
