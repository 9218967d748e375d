import { SourceUnavailableError } from '../model/errors.ts'
import { type ResourceKey } from '../model/object.ts'
import { createBell, type Bell } from '../resources/bell.ts'
import { type HeldSecrets } from '../resources/secret-store.ts'
import { logNewProblems, type OnSnapshot, type ResourceSource } from '../resources/source.ts'
import { createFolderWatch, type FolderWatch } from '../resources/watch.ts'
import { type Snapshot } from '../rules/snapshot.ts'
import { type Observed } from './objects.ts'
import { createClusterReader, type ClusterOptions, type ClusterReader } from './reader.ts'

export { type ClusterOptions, type Observed }

/** A cluster's API server as the source of resources. */
export interface ClusterSource extends ResourceSource {
  /**
   * Resolves when the first snapshot was handed over, which may be long after: not before every kind was listed. What is in force
   * stays as it is while the API server is away.
   */
  start(onSnapshot: OnSnapshot, signal: AbortSignal): Promise<void>
  /** As promised, within a deadline; throws SourceUnavailableError when the API server does not answer. */
  reload(): Promise<Snapshot>
  /** The newest version of every object of our kinds, in force or not. Changes in place; `onObserved` tells when. */
  observed(): ReadonlyMap<ResourceKey, Observed>
}

/** A single change is in force well within half a second; a thousand at once make a few snapshots, not a thousand. */
const fold = { quietMs: 50, maxMs: 300 }
/** Template files on a file system that tells of no changes, and the gauge, are looked at this often. */
const pollMs = 5_000
/** How long the first snapshot waits for Secrets and lookups, so that nothing is said to be missing that is only late. */
const settleMs = 5_000
/** Ten thousand objects take a busy server six seconds. */
const defaultReloadTimeoutMs = 30_000
const firstComplaintMs = 3_000
const complaintMs = 30_000

export function createClusterSource(options: ClusterOptions): ClusterSource {
  return new WatchedSource(options)
}

class WatchedSource implements ClusterSource {
  readonly secrets: HeldSecrets
  readonly #options: ClusterOptions
  readonly #bell: Bell
  readonly #reader: ClusterReader
  readonly #templates: FolderWatch
  readonly #closing = new AbortController()
  #handOver: OnSnapshot = () => undefined
  #last: Snapshot | undefined
  /** Readings and hand-overs happen one after the other. */
  #lane: Promise<unknown> = Promise.resolve()
  #watching: Promise<void> = Promise.resolve()

  constructor(options: ClusterOptions) {
    this.#options = options
    this.#bell = createBell(options.clock, fold)
    this.#reader = createClusterReader(options, this.#bell.ring)
    this.#templates = createFolderWatch({ logger: options.logger, onChange: this.#bell.ring })
    this.secrets = this.#reader.secrets
  }

  observed(): ReadonlyMap<ResourceKey, Observed> {
    return this.#reader.observed
  }

  async start(onSnapshot: OnSnapshot, signal: AbortSignal): Promise<void> {
    this.#handOver = onSnapshot
    signal.addEventListener('abort', () => this.#closing.abort(), { once: true })
    if (signal.aborted) this.#closing.abort()
    if (this.#isClosed()) return
    this.#reader.start()
    await this.#untilSynced()
    await this.#untilSettled()
    await this.#inLane(() => this.#refresh())
    this.#watching = this.#keepWatching()
  }

  async reload(): Promise<Snapshot> {
    const { server } = this.#options.cluster
    if (this.#last === undefined) throw new SourceUnavailableError(`The API server ${server} was not read yet`)
    const failure = await this.#withinDeadline((signal) => this.#reader.relist(signal))
    if (failure !== undefined) {
      throw new SourceUnavailableError(`The API server ${server} could not be read: ${failure.message}`, {
        cause: failure,
      })
    }
    await this.#inLane(() => this.#refresh())
    return this.#last
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#reader.close()
    await this.#watching
    await this.#lane
    this.#templates.close()
  }

  #inLane<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#lane.then(work)
    this.#lane = done.catch(() => undefined)
    return done
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  async #withinDeadline<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const done = new AbortController()
    const late = new AbortController()
    const { clock, reloadTimeoutMs = defaultReloadTimeoutMs } = this.#options
    void clock.sleep(reloadTimeoutMs, done.signal).then(() => late.abort())
    try {
      return await work(AbortSignal.any([late.signal, this.#closing.signal]))
    } finally {
      done.abort()
    }
  }

  /** Says what it waits for after a moment, and then once a while. */
  async #untilSynced(): Promise<void> {
    const { clock, logger, cluster } = this.#options
    let complainAt = clock.now() + firstComplaintMs
    while (!this.#isClosed() && this.#reader.missing().length > 0) {
      if (clock.now() >= complainAt) {
        const waitingFor = this.#reader.missing()
        logger.warn({ server: cluster.server, waitingFor }, 'Waiting for the API server to list the resources')
        complainAt = clock.now() + complaintMs
      }
      await this.#pause(Math.min(1_000, complainAt - clock.now()))
    }
  }

  /** Each reading may show something more to be read. */
  async #untilSettled(): Promise<void> {
    const { clock } = this.#options
    const deadline = clock.now() + settleMs
    do {
      await this.#inLane(() => this.#reader.read())
      if (this.#reader.settled()) return
      await this.#pause(deadline - clock.now())
    } while (!this.#isClosed() && clock.now() < deadline)
  }

  /** Until something is new and has come to rest, or for so long. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#closing
    await this.#bell.wait(ms, signal)
    await this.#bell.answer(signal)
  }

  async #keepWatching(): Promise<void> {
    while (!this.#isClosed()) {
      await this.#pause(pollMs)
      if (this.#isClosed()) break
      await this.#inLane(() => this.#refresh()).catch((err: unknown) =>
        this.#options.logger.error({ err }, 'Taking over the resources of the cluster failed'),
      )
    }
  }

  async #refresh(): Promise<void> {
    const { metrics, logger } = this.#options
    const { snapshot, folders } = await this.#reader.read()
    if (this.#isClosed()) return
    this.#templates.update(new Map([...folders].map((path) => [path, { identity: 'templates' }])))
    const heardAt = this.#reader.heardAt()
    if (heardAt !== undefined) metrics.gauge('source_synced_timestamp_seconds', heardAt / 1_000)
    if (snapshot === this.#last) return
    const outcome = snapshot.refused?.size === 0 ? 'complete' : 'incomplete'
    metrics.count('source_reloads_total', { outcome })
    logNewProblems(logger, snapshot, this.#last)
    const { version, managers, configs, receivers, problems } = snapshot
    const objects = managers.length + configs.length + receivers.length
    logger.info({ version, objects, problems: problems.length }, 'Read the resources of the cluster')
    await this.#handOver(snapshot)
    this.#last = snapshot
  }
}
