import { platformRules } from './assets.ts'
import { createBuilder, type Built } from './build.ts'
import { type Sender, type SenderDeps } from './channels/channel.ts'
import { createEgress } from './channels/egress.ts'
import { createHttpClient } from './channels/http-client.ts'
import { channels } from './channels/index.ts'
import { createDirectorySource, type DirectorySource } from './directory/source.ts'
import { type Clock, type Logger, type Metrics, type Random } from './model/ports.ts'
import { Dispatcher } from './notify/dispatcher.ts'
import { type Outbox } from './notify/outbox.ts'
import { createSqliteOutbox } from './notify/sqlite-outbox.ts'
import { createLive, type Live } from './rules/live.ts'
import { type Settings } from './settings.ts'

/** What everything below needs of the process. */
export interface Surroundings {
  readonly settings: Settings
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
}

/** From resources to deliveries: everything but the door. */
export interface Pipeline {
  readonly live: Live<Built>
  readonly source: DirectorySource
  readonly outbox: Outbox
  readonly dispatcher: Dispatcher
  /** Lets what has begun end within the drain timeout, and lets go of everything. */
  stop(): Promise<void>
}

/** Bounds connecting to the far side: the lookup, and every address of it that is tried. */
const connectTimeoutMs = 10_000

/** Builds the pipeline; nothing runs before its source and dispatcher are started. Throws SettingsError. */
export function createPipeline(surroundings: Surroundings): Pipeline {
  const { settings, logger, clock, random, metrics } = surroundings
  const builder = createBuilder({ ...settings, logger })
  const egress = createEgress({ allow: settings.egressAllow, deny: settings.egressDeny, connectTimeoutMs })
  const http = createHttpClient({ egress })
  const source = createSource(surroundings, builder.kinds.validate, () => dispatcher.secretsChanged())
  const live = createLive<Built>({
    build: builder.build,
    onSwap: () => dispatcher.rulesetChanged(),
    logger,
    clock,
    metrics,
  })
  const outbox = createSqliteOutbox({
    directory: settings.dataDirectory,
    clock,
    random,
    logger,
    metrics,
    limits: { maxPending: settings.maxPending },
  })
  const senders = openSenders({ http, egress, clock, uuid: () => random.uuid(), apis: settings.apis })
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
  return {
    live,
    source,
    outbox,
    dispatcher,
    async stop() {
      await Promise.all([dispatcher.drain(settings.drainMs), source.close()])
      await outbox.close()
      for (const sender of senders.values()) await sender.close()
      await http.close()
    },
  }
}

function createSource(
  { settings, clock, logger, metrics }: Surroundings,
  validate: Parameters<typeof createDirectorySource>[0]['validate'],
  onSecretsChanged: () => void,
): DirectorySource {
  return createDirectorySource({
    paths: settings.manifests,
    validate,
    ownNamespace: settings.namespace,
    ...(settings.managerName === undefined ? {} : { managerName: settings.managerName }),
    platformRules: platformRules(settings.rules),
    clock,
    logger,
    metrics,
    onSecretsChanged,
  })
}

function openSenders(deps: SenderDeps): ReadonlyMap<string, Sender> {
  return new Map(
    channels.flatMap((channel) => {
      const sender = channel.open?.(deps)
      return sender === undefined ? [] : [[channel.name, sender] as const]
    }),
  )
}
