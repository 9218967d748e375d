import { version } from './assets.ts'
import { channels } from './channels/index.ts'
import { openDoorFiles, type DoorFiles } from './door-files.ts'
import { SettingsError } from './model/errors.ts'
import { type MailboxView } from './model/mailbox.ts'
import { type Clock, type Logger, type Random } from './model/ports.ts'
import { createAccept } from './notify/accept.ts'
import { createPipeline, type OpenSource, type Pipeline } from './pipeline.ts'
import { type RenderedMetrics } from './server/deps.ts'
import { createMetrics } from './server/metrics.ts'
import { createServer, type Server } from './server/server.ts'
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
  readonly openSource: OpenSource
}

/**
 * The composition root: builds everything, then starts it from the inside out: resources are in force and deliveries run before the
 * door opens. Resolves when alerts are taken; with a source that may take its time, when the door is open, which answers probes and
 * is not ready until then. Throws SettingsError when a setting cannot hold: a port or a data folder that is taken,
 * a range that is none.
 */
export async function startApp(deps: AppDeps): Promise<App> {
  const { settings, logger } = deps
  const metrics = createMetrics()
  // Before anything is held that would keep the process from ending.
  const files = openDoorFiles(settings.door, deps.clock, logger)
  const pipeline = await createPipeline({ ...deps, metrics }, deps.openSource)
  const server = createDoor(deps, pipeline, { metrics, files })
  const ending = new AbortController()
  let watching: Promise<unknown> = Promise.resolve()

  async function stop(): Promise<void> {
    logger.info({}, 'Stopping')
    await server.drain(settings.graceMs)
    ending.abort()
    await Promise.all([server.close(), pipeline.drain(), watching])
    await pipeline.close()
    logger.info({}, 'Stopped')
  }

  try {
    const started = pipeline.source.start((snapshot) => pipeline.live.offer(snapshot), ending.signal)
    if (!pipeline.startsLate) await started
    pipeline.dispatcher.start()
    watching = Promise.all([
      started,
      files.watch((material) => server.renewTls(material), ending.signal),
      pipeline.observe(ending.signal),
    ])
    const { url } = await server.listen(settings.listen)
    return { url, stop }
  } catch (error) {
    await stop()
    throw listenFault(error, settings)
  }
}

function createDoor(
  deps: AppDeps,
  { live, source, outbox, dispatcher }: Pipeline,
  { metrics, files }: { readonly metrics: RenderedMetrics; readonly files: DoorFiles },
): Server {
  const { settings, logger, clock, random, mailbox } = deps
  const stored = (): void => dispatcher.notify()
  return createServer({
    accept: createAccept({ current: live.current, outbox, clock, random, metrics, logger, stored }),
    current: live.current,
    async reload() {
      await live.offer(await source.reload())
      return live.whenReady.then((first) => live.current() ?? first)
    },
    outbox,
    missingSecret: (ref) => source.secrets.missing(ref),
    channels,
    metrics,
    logger,
    clock,
    version,
    stored,
    access: files.access,
    ...(files.tls === undefined ? {} : { tls: files.tls }),
    ...(mailbox === undefined ? {} : { mailbox }),
    limits: { handlerTimeoutMs: settings.postTimeoutMs },
  })
}

/** An address that cannot be listened on, as a mistake in the settings. */
function listenFault(error: unknown, { listen }: Settings): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'listen') return error
  return new SettingsError(`--listen: cannot listen on ${listen.host}:${listen.port}: ${error.message}`, {
    cause: error,
  })
}
