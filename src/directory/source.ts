import { type Logger, type Metrics } from '../model/ports.ts'
import { createBell, type Bell } from '../resources/bell.ts'
import { type HeldSecrets, type SecretName } from '../resources/secret-store.ts'
import { logNewProblems, type OnSnapshot, type ResourceSource } from '../resources/source.ts'
import { createFolderWatch, type FolderWatch } from '../resources/watch.ts'
import { type Snapshot } from '../rules/snapshot.ts'
import { createDirectoryReader, type DirectoryOptions, type DirectoryReader, type DirectoryReading } from './reader.ts'

/** A directory that is watched, and what hears of changes. */
export interface DirectorySourceOptions extends DirectoryOptions {
  readonly logger: Logger
  readonly metrics: Metrics
  /** Told after the snapshot that came with it: which Secrets came, went or got other values. */
  readonly onSecretsChanged?: (changed: readonly SecretName[]) => void
  /** How often files are looked at although no event told of a change, milliseconds. */
  readonly pollMs?: number
}

/** A folder of manifests as the source of resources. */
export type DirectorySource = ResourceSource

/** An edit is read once the file system has been quiet for a moment, and never later than half a second after it began. */
const fold = { quietMs: 100, maxMs: 500 }
const defaultPollMs = 1_000
/** Looking at very many files takes a while, so the next look comes after twenty times that, and after ten seconds at the latest. */
const restFactor = 20
const maxRestMs = 10_000
const slowReadMs = 30_000

export function createDirectorySource(options: DirectorySourceOptions): DirectorySource {
  return new WatchedDirectory(options)
}

class WatchedDirectory implements DirectorySource {
  readonly secrets: HeldSecrets
  readonly #options: DirectorySourceOptions
  readonly #reader: DirectoryReader
  readonly #bell: Bell
  readonly #watch: FolderWatch
  readonly #closing = new AbortController()
  #handOver: OnSnapshot = () => undefined
  #last: Snapshot | undefined
  /** Readings and hand-overs happen one after the other. */
  #lane: Promise<unknown> = Promise.resolve()
  #watching: Promise<void> = Promise.resolve()

  constructor(options: DirectorySourceOptions) {
    this.#options = options
    this.#reader = createDirectoryReader(options)
    this.secrets = this.#reader.secrets
    this.#bell = createBell(options.clock, fold)
    this.#watch = createFolderWatch({ logger: options.logger, onChange: this.#bell.ring })
  }

  async start(onSnapshot: OnSnapshot, signal: AbortSignal): Promise<void> {
    this.#handOver = onSnapshot
    signal.addEventListener('abort', () => this.#closing.abort(), { once: true })
    if (signal.aborted) this.#closing.abort()
    const more = await this.#inLane(() => this.#refresh(true))
    this.#watching = this.#keepWatching(more)
  }

  async reload(): Promise<Snapshot> {
    await this.#inLane(() => this.#refresh(true))
    if (this.#last === undefined) throw new Error('The directory source was closed before anything was read')
    return this.#last
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#watching
    await this.#lane
    this.#watch.close()
  }

  #inLane<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#lane.then(work)
    this.#lane = done.catch(() => undefined)
    return done
  }

  async #keepWatching(more: boolean): Promise<void> {
    const { signal } = this.#closing
    const { pollMs = defaultPollMs, logger, clock } = this.#options
    let again = more
    let tookMs = 0
    while (!this.#isClosed()) {
      await this.#bell.wait(again ? fold.quietMs : restFor(tookMs, pollMs), signal)
      await this.#bell.answer(signal)
      if (this.#isClosed()) break
      const startedAt = clock.now()
      again = await this.#inLane(() => this.#refresh(false)).catch((error: unknown) => {
        logger.error({ err: error }, 'taking over the manifests failed')
        return false
      })
      tookMs = clock.now() - startedAt
    }
    this.#watch.close()
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** True when there may be more to read soon. */
  async #refresh(force: boolean): Promise<boolean> {
    const { metrics, onSecretsChanged } = this.#options
    const reading = await this.#read(force)
    if (reading === undefined) return false
    const { snapshot, changedSecrets, whole } = reading
    const more = this.#watch.update(reading.folders) || reading.unsettled
    if (force || snapshot !== this.#last) {
      metrics.count('source_reloads_total', { outcome: whole ? 'complete' : 'incomplete' })
    }
    try {
      if (snapshot !== this.#last) await this.#announce(snapshot)
    } finally {
      if (changedSecrets.length > 0) onSecretsChanged?.(changedSecrets)
    }
    return more
  }

  async #announce(snapshot: Snapshot): Promise<void> {
    this.#report(snapshot)
    await this.#handOver(snapshot)
    this.#last = snapshot
  }

  /** Undefined when the source was closed meanwhile. */
  async #read(force: boolean): Promise<DirectoryReading | undefined> {
    const { clock, logger, paths } = this.#options
    const done = new AbortController()
    void clock.sleep(slowReadMs, done.signal).then(() => {
      if (!done.signal.aborted) logger.error({ paths }, 'reading the manifests takes very long; is a mount hanging?')
    })
    try {
      const reading = await this.#reader.read({ force, signal: this.#closing.signal })
      return this.#isClosed() ? undefined : reading
    } catch (error) {
      if (this.#isClosed()) return undefined
      throw error
    } finally {
      done.abort()
    }
  }

  #report(snapshot: Snapshot): void {
    const { logger } = this.#options
    logNewProblems(logger, snapshot, this.#last)
    const { version, managers, configs, receivers, problems } = snapshot
    const objects = managers.length + configs.length + receivers.length
    logger.info({ version, objects, problems: problems.length }, 'read the manifests')
  }
}

function restFor(tookMs: number, pollMs: number): number {
  return Math.max(pollMs, Math.min(tookMs * restFactor, maxRestMs))
}
