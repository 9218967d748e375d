import { type Clock, type Logger, type Metrics, type Random } from '../model/ports.ts'
import { type ApiObject, type ApiQuery, type Cluster } from './cluster.ts'

/** What a reflector needs. */
export interface ReflectorDeps {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  readonly logger: Logger
  readonly metrics: Metrics
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
  /** Runs until the signal; `onChange` is told after each list that differs and after each event that changed something. */
  run(onChange: (changed: readonly string[]) => void, signal: AbortSignal): Promise<void>
  /** Lists anew as soon as possible; resolves when that has been done or has failed. */
  relist(signal: AbortSignal): Promise<void>
}

/** Makes a reflector; nothing is asked before `run`. */
export type CreateReflector = (query: ApiQuery, deps: ReflectorDeps) => Reflector
