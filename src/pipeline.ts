import { extname } from 'node:path'
import { type Kinds } from './api/kinds.ts'
import { platformRules } from './assets.ts'
import { createBuilder, type Built } from './build.ts'
import { type Sender, type SenderDeps } from './channels/channel.ts'
import { createEgress, type Egress } from './channels/egress.ts'
import { createHttpClient } from './channels/http-client.ts'
import { channels } from './channels/index.ts'
import { createDirectorySource } from './directory/source.ts'
import { type Clock, type Logger, type Metrics, type Random } from './model/ports.ts'
import { Dispatcher } from './notify/dispatcher.ts'
import { type HistoryRecord, type Outbox } from './notify/outbox.ts'
import { type OnSettled } from './notify/settled.ts'
import { createSqliteOutbox } from './notify/sqlite-outbox.ts'
import { createThreadedPlanner } from './notify/threaded-planner.ts'
import { type ResourceSource } from './resources/source.ts'
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
  readonly source: ResourceSource
  readonly startsLate: boolean
  /** Looks on until the signal. */
  observe(signal: AbortSignal): Promise<void>
  readonly outbox: Outbox
  readonly dispatcher: Dispatcher
  /** Lets what has begun end within the drain timeout. */
  drain(): Promise<void>
  /** Lets go of everything, when nobody looks on any more. */
  close(): Promise<void>
}

/** What a source may use of the rest. */
export interface SourceHooks {
  readonly kinds: Kinds
  /** Told when Secrets came, went or got other values. */
  onSecretsChanged(): void
}

/** Somebody who tells the world about what is in force and what was delivered. Every call but `run` returns at once. */
export interface Onlooker {
  /** Something else is in force, or a Secret changed. */
  changed(): void
  readonly settled: OnSettled
  run(signal: AbortSignal): Promise<void>
}

/** A source of resources, and what comes with it. */
export interface OpenedSource {
  readonly source: ResourceSource
  /** Whether its first snapshot may be long in coming, because it is another server's. */
  readonly startsLate: boolean
  /** Addresses of the cluster's API server, which tenants must not reach through us. */
  readonly apiServers: readonly string[]
  readonly onlooker?: (facts: {
    current(): Built | undefined
    /** The newest lines of history, newest first. */
    history(limit: number): readonly HistoryRecord[]
  }) => Onlooker
}

/** Opens the source that the settings ask for; nothing is read yet. Throws SettingsError. */
export type OpenSource = (surroundings: Surroundings, hooks: SourceHooks) => OpenedSource | Promise<OpenedSource>

/** Bounds connecting to the far side: the lookup, and every address of it that is tried. */
const connectTimeoutMs = 10_000

/** Builds the pipeline; nothing runs before its source and dispatcher are started. Throws SettingsError. */
export async function createPipeline(surroundings: Surroundings, openSource: OpenSource): Promise<Pipeline> {
  const { settings, logger, clock, random, metrics } = surroundings
  const builder = createBuilder({ ...settings, logger })
  const { source, startsLate, apiServers, onlooker } = await openSource(surroundings, {
    kinds: builder.kinds,
    onSecretsChanged() {
      dispatcher.secretsChanged()
      looking?.changed()
    },
  })
  const egress = openEgress(settings, apiServers)
  const http = createHttpClient({ egress })
  const live = createLive<Built>({
    build: builder.build,
    onSwap() {
      dispatcher.rulesetChanged()
      looking?.changed()
    },
    logger,
    clock,
    metrics,
  })
  const outbox = openOutbox(surroundings)
  const planner = createThreadedPlanner({ program: planningProgram, clock, logger })
  const senders = openSenders({ http, egress, clock, uuid: () => random.uuid(), apis: settings.apis })
  const dispatcher = new Dispatcher({
    current: live.current,
    outbox,
    senders,
    planner,
    secrets: source.secrets,
    settled: (record) => looking?.settled(record),
    clock,
    random,
    logger,
    metrics,
    limits: { concurrency: settings.concurrency, maxAgeMs: settings.maxAgeMs, maxPartMs: settings.attemptTimeoutMs },
  })
  const looking = onlooker?.({ current: live.current, history: (limit) => outbox.history({ limit }) })
  return {
    live,
    source,
    startsLate,
    observe: (signal) => looking?.run(signal) ?? Promise.resolve(),
    outbox,
    dispatcher,
    drain: () => dispatcher.drain(settings.drainMs),
    async close() {
      await source.close()
      await planner.close()
      await outbox.close()
      for (const sender of senders.values()) await sender.close()
      await http.close()
    },
  }
}

function openEgress(settings: Settings, apiServers: readonly string[]): Egress {
  const { egressPolicy: policy, egressAllow: allow, egressDeny: deny } = settings
  return createEgress({ apiServers, policy, allow, deny, connectTimeoutMs })
}

/** Runs from source as TypeScript and from the package as JavaScript. */
const planningProgram = new URL(`./planning-thread${extname(import.meta.url)}`, import.meta.url)

function openOutbox({ settings, clock, random, logger, metrics }: Surroundings): Outbox {
  return createSqliteOutbox({
    directory: settings.dataDirectory,
    clock,
    random,
    logger,
    metrics,
    threaded: true,
    limits: {
      maxPending: settings.maxPending,
      maxBytes: settings.maxBytes,
      historyMaxRows: settings.maxHistory,
    },
  })
}

/** The folders and files of `--manifests`. */
export function openDirectory({ settings, clock, logger, metrics }: Surroundings, hooks: SourceHooks): OpenedSource {
  const source = createDirectorySource({
    paths: settings.manifests,
    validate: hooks.kinds.validate,
    ownNamespace: settings.namespace,
    ...(settings.managerName === undefined ? {} : { managerName: settings.managerName }),
    platformRules: platformRules(settings.rules),
    clock,
    logger,
    metrics,
    onSecretsChanged: hooks.onSecretsChanged,
  })
  return { source, startsLate: false, apiServers: [] }
}

function openSenders(deps: SenderDeps): ReadonlyMap<string, Sender> {
  return new Map(
    channels.flatMap((channel) => {
      const sender = channel.open?.(deps)
      return sender === undefined ? [] : [[channel.name, sender] as const]
    }),
  )
}
