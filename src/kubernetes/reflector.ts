import { type Clock, type Logger, type Metrics, type Random } from '../model/ports.ts'
import { createBackoff, type Backoff, type BackoffLimits } from './backoff.ts'
import { ApiError, type ApiObject, type ApiQuery, type Cluster, type WatchEvent } from './cluster.ts'
import { createObjectCopy, type ObjectCopy } from './reflector-copy.ts'
import { needsList, pauseAfter, restartReason, type RestartReason, type TurnOutcome } from './reflector-outcome.ts'

/** How a reflector paces itself. */
export interface ReflectorLimits extends BackoffLimits {
  /** After about how long everything is listed anew though nothing went wrong, milliseconds. */
  readonly relistMs: number
}

/**
 * Half a second to half a minute, as controllers pace themselves
 * (https://github.com/kubernetes/client-go/blob/master/tools/cache/reflector.go). The list every ten minutes is a safety net, for
 * events that a server forgot: a restored etcd, for example, silently goes back in time.
 */
export const reflectorLimits: ReflectorLimits = { baseMs: 500, capMs: 30_000, relistMs: 600_000 }

/** What a reflector needs. */
export interface ReflectorDeps {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  readonly logger: Logger
  readonly metrics: Metrics
  readonly limits?: Partial<ReflectorLimits>
}

/** Why the server cannot be read right now. */
export interface ReflectorFailure {
  readonly reason: RestartReason
  /** For people; holds no credential. */
  readonly message: string
}

/**
 * A copy of the objects of one query, kept up to date for as long as it runs. It lists, watches, and after every failure tries
 * again with growing, jittered pauses; what it holds stays while the API server is away.
 */
export interface Reflector {
  /** By `namespace/name`, or by `name` for kinds that live in no namespace. Never mutated from outside. */
  readonly objects: ReadonlyMap<string, ApiObject>
  /** True once a whole list was read; stays true. */
  synced(): boolean
  /** When the server was heard last (a list, an event, a bookmark), milliseconds since the epoch; undefined before the first list. */
  heardAt(): number | undefined
  /** What went wrong last, as long as nothing has gone right since; `not_served` while the kind's CRD is not installed. */
  failure(): ReflectorFailure | undefined
  /**
   * Runs until the signal; one run at a time. `onChange` is told after the first list, after each later list that differs, and
   * after each event that changed something.
   */
  run(onChange: (changed: readonly string[]) => void, signal: AbortSignal): Promise<void>
  /** Lists anew as soon as possible; resolves when that has been done or has failed, at once when nothing runs. */
  relist(signal: AbortSignal): Promise<void>
}

/** Makes a reflector; nothing is asked before `run`. */
export type CreateReflector = (query: ApiQuery, deps: ReflectorDeps) => Reflector

/** A reflector of the objects that the query finds. */
export function createReflector(query: ApiQuery, deps: ReflectorDeps): Reflector {
  return new ListWatch(query, deps)
}

type OnChange = (changed: readonly string[]) => void

class ListWatch implements Reflector {
  readonly objects: ReadonlyMap<string, ApiObject>
  readonly #query: ApiQuery
  readonly #deps: ReflectorDeps
  readonly #limits: ReflectorLimits
  readonly #logger: Logger
  readonly #copy: ObjectCopy
  readonly #backoff: Backoff
  #version: string | undefined
  #synced = false
  #heardAt: number | undefined
  #relistAt = 0
  #failure: ReflectorFailure | undefined
  #running = false
  /** Aborted to end the watch or the pause under way. */
  #interrupt = new AbortController()
  /** Those who wait for the next list. */
  #waiting: (() => void)[] = []
  /** Those who wait for the list under way. */
  #served: (() => void)[] = []

  constructor(query: ApiQuery, deps: ReflectorDeps) {
    this.#query = query
    this.#deps = deps
    this.#limits = { ...reflectorLimits, ...deps.limits }
    this.#logger = deps.logger.child({ kind: query.kind.kind })
    this.#copy = createObjectCopy(query.kind)
    this.#backoff = createBackoff(this.#limits, deps.random)
    this.objects = this.#copy.objects
  }

  synced(): boolean {
    return this.#synced
  }

  heardAt(): number | undefined {
    return this.#heardAt
  }

  failure(): ReflectorFailure | undefined {
    return this.#failure
  }

  async run(onChange: OnChange, signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error(`the reflector of ${this.#query.kind.kind} runs already`)
    this.#running = true
    try {
      while (!signal.aborted) await this.#turn(onChange, signal)
    } finally {
      this.#running = false
      this.#serve()
      this.#served = this.#waiting.splice(0)
      this.#serve()
    }
  }

  #serve(): void {
    for (const done of this.#served.splice(0)) done()
  }

  relist(signal: AbortSignal): Promise<void> {
    if (!this.#running || signal.aborted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const done = (): void => {
      signal.removeEventListener('abort', done)
      resolve(undefined)
    }
    signal.addEventListener('abort', done, { once: true })
    this.#waiting.push(done)
    this.#interrupt.abort()
    return promise
  }

  async #turn(onChange: OnChange, signal: AbortSignal): Promise<void> {
    this.#interrupt = new AbortController()
    const interrupted = AbortSignal.any([signal, this.#interrupt.signal])
    const outcome = await this.#listAndWatch(onChange, signal, interrupted)
    if (signal.aborted || (interrupted.aborted && outcome.error === undefined)) return
    this.#note(outcome)
    this.#serve()
    if (needsList(outcome)) this.#version = undefined
    await this.#deps.clock.sleep(pauseAfter(outcome, this.#backoff), interrupted)
  }

  async #listAndWatch(onChange: OnChange, signal: AbortSignal, interrupted: AbortSignal): Promise<TurnOutcome> {
    const { cluster, clock } = this.#deps
    let openedAt: number | undefined
    let told = false
    const outcome = (): TurnOutcome => ({ watchedMs: openedAt === undefined ? 0 : clock.now() - openedAt, told })
    try {
      const resourceVersion = this.#isListDue() ? await this.#list(onChange, signal) : this.#version
      await cluster.watch(
        { ...this.#query, resourceVersion: resourceVersion ?? '' },
        (event) => {
          openedAt ??= clock.now()
          told ||= event.type !== 'BOOKMARK'
          this.#take(event, onChange)
        },
        interrupted,
      )
      return outcome()
    } catch (error) {
      if (error instanceof ApiError) return { ...outcome(), error }
      if (interrupted.aborted) return outcome()
      throw error
    }
  }

  #isListDue(): boolean {
    return this.#version === undefined || this.#waiting.length > 0 || this.#deps.clock.now() >= this.#relistAt
  }

  async #list(onChange: OnChange, signal: AbortSignal): Promise<string> {
    const { cluster, clock, random } = this.#deps
    this.#served = this.#waiting.splice(0)
    const { items, resourceVersion } = await cluster.list(this.#query, signal)
    const changed = this.#copy.replaceAll(items)
    const first = !this.#synced
    this.#version = resourceVersion
    this.#synced = true
    this.#relistAt = clock.now() + this.#limits.relistMs * (0.8 + random.next() * 0.4)
    this.#heard()
    if (first || changed.length > 0) onChange(changed)
    this.#serve()
    return resourceVersion
  }

  #take(event: WatchEvent, onChange: OnChange): void {
    this.#heard()
    if (event.type === 'BOOKMARK') {
      this.#version = event.resourceVersion
      return
    }
    this.#version = event.object.metadata.resourceVersion
    const changed = this.#copy.take(event)
    if (changed !== undefined) onChange([changed])
  }

  #heard(): void {
    const { clock, metrics } = this.#deps
    this.#heardAt = clock.now()
    metrics.gauge('source_heard_timestamp_seconds', this.#heardAt / 1_000, { kind: this.#query.kind.kind })
    if (this.#failure !== undefined) this.#logger.info({ objects: this.objects.size }, 'the API server answers again')
    this.#failure = undefined
  }

  #note(outcome: TurnOutcome): void {
    const { error } = outcome
    const reason = restartReason(outcome)
    this.#deps.metrics.count('watch_restarts_total', { kind: this.#query.kind.kind, reason })
    if (error === undefined || reason === 'silent' || reason === 'expired') {
      this.#logger.debug({ reason }, 'the watch is begun anew')
      return
    }
    const level = this.#failure === undefined ? 'warn' : 'debug'
    this.#logger[level]({ reason, error: error.message }, 'the API server cannot be read')
    this.#failure = { reason, message: error.message }
  }
}
