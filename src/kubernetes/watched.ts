import { ApiError, type ApiObject, type ApiQuery, type Cluster, type WatchEvent } from './cluster.ts'
import { type CreateReflector, type Reflector, type ReflectorDeps } from './reflector.ts'

/** Hears what the server tells before a reflector keeps it. */
export interface Tap {
  /** What to keep of an object; the whole of it when absent. */
  keep?(object: ApiObject): ApiObject
  /** A whole list was read. */
  onList?(items: readonly ApiObject[]): void
  onEvent?(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: ApiObject): void
}

/** What watching needs. */
export interface WatchDeps extends ReflectorDeps {
  readonly createReflector: CreateReflector
}

/** Who hears of changes. */
export interface WatchListener {
  /** Keys of objects that came, went or changed. */
  onChange(changed: readonly string[]): void
  /** Whether the server answers has changed, or it answered for the first time; `failure` is why it does not. */
  onHealth(failure: ApiError | undefined): void
}

/** A reflector that runs, and what its server last said. */
export interface Watched {
  readonly query: ApiQuery
  readonly objects: ReadonlyMap<string, ApiObject>
  synced(): boolean
  /** True once it is synced or has failed: waiting longer promises nothing. */
  settled(): boolean
  /** Milliseconds since the epoch. */
  heardAt(): number | undefined
  /** Why the newest attempt failed; undefined while the server answers. */
  failure(): ApiError | undefined
  /** Lists anew; gives back why that failed. */
  relist(signal: AbortSignal): Promise<ApiError | undefined>
  stop(): Promise<void>
}

/** Starts a watch that runs until `stop`. */
export function startWatch(query: ApiQuery, deps: WatchDeps, listener: WatchListener, tap: Tap = {}): Watched {
  const { createReflector, ...reflectorDeps } = deps
  const health = createHealth({ ...listener, onExpired })
  const reflector: Reflector = createReflector(query, { ...reflectorDeps, cluster: tapped(deps.cluster, tap, health) })
  const stopping = new AbortController()
  const running = keepRunning(reflector, deps, listener, stopping.signal)
  let expiredAt = -Infinity

  /** The server is there, so its list need not wait for a pause that its absence has made long; once in a while. */
  function onExpired(): void {
    const now = deps.clock.now()
    if (now < expiredAt + calmMs) return
    expiredAt = now
    void reflector.relist(stopping.signal)
  }

  return {
    query,
    objects: reflector.objects,
    synced: () => reflector.synced(),
    settled: () => reflector.synced() || health.failure() !== undefined,
    heardAt: () => reflector.heardAt(),
    failure: health.failure,
    async relist(signal) {
      await reflector.relist(AbortSignal.any([signal, stopping.signal])).catch(() => undefined)
      if (!signal.aborted) return health.failure()
      return health.failure() ?? new ApiError('the API server did not answer in time', { status: 0 })
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}

/** A server that stumbles is not asked by everybody at each answer that it gives. */
export const calmMs = 5_000
/** After a failure that is not the server's but a bug of ours. */
const restartMs = 5_000

/** A watch that a bug has ended is begun anew: nobody would notice that it is deaf. */
async function keepRunning(
  reflector: Reflector,
  { logger, clock }: WatchDeps,
  listener: WatchListener,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await reflector.run((changed) => listener.onChange(changed), signal)
    } catch (err) {
      logger.error({ err }, 'A watch ended by itself and is begun anew')
      await clock.sleep(restartMs, signal)
    }
  }
}

/** Remembers whether the server answers. */
interface Health {
  failure(): ApiError | undefined
  good(): void
  bad(error: unknown, signal: AbortSignal): void
}

function createHealth({ onHealth, onExpired }: Pick<WatchListener, 'onHealth'> & { onExpired(): void }): Health {
  let failure: ApiError | undefined
  let heard = false
  return {
    failure: () => failure,
    good() {
      if (heard && failure === undefined) return
      heard = true
      failure = undefined
      onHealth(undefined)
    },
    bad(error, signal) {
      if (signal.aborted || !(error instanceof ApiError)) return
      // A version that is too old is part of watching: the next list mends it.
      if (error.status === 410) {
        onExpired()
        return
      }
      const before = failure
      failure = error
      if (before?.status !== error.status) onHealth(error)
    },
  }
}

function tapped(cluster: Cluster, tap: Tap, health: Health): Cluster {
  const keep = (object: ApiObject): ApiObject => tap.keep?.(object) ?? object

  function tell(event: WatchEvent): WatchEvent {
    health.good()
    if (event.type === 'BOOKMARK') return event
    tap.onEvent?.(event.type, event.object)
    return { type: event.type, object: keep(event.object) }
  }

  async function observed<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await work
    } catch (error) {
      health.bad(error, signal)
      throw error
    }
  }

  return {
    server: cluster.server,
    async list(query, signal) {
      const { items, resourceVersion } = await observed(cluster.list(query, signal), signal)
      tap.onList?.(items)
      health.good()
      return { items: items.map(keep), resourceVersion }
    },
    watch: (query, onEvent, signal) =>
      observed(
        cluster.watch(query, (event) => onEvent(tell(event)), signal),
        signal,
      ),
    get: (target, signal) => cluster.get(target, signal),
    apply: (target, object, options, signal) => cluster.apply(target, object, options, signal),
    create: (target, object, signal) => cluster.create(target, object, signal),
    replace: (target, object, signal) => cluster.replace(target, object, signal),
    remove: (target, signal) => cluster.remove(target, signal),
    close: () => cluster.close(),
  }
}
