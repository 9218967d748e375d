import { type Clock, type Logger, type Metrics } from '../model/ports.ts'
import { type Compilation } from './ruleset.ts'
import { type Snapshot } from './snapshot.ts'

/**
 * The one mutable reference: to a ruleset, its problems, and whatever else must change with them in one step. Take
 * `current()` once for one piece of work and keep it: a swap changes nothing for you.
 */
export interface Live<T extends Compilation> {
  /** What is in force; undefined until the first snapshot is built. */
  current(): T | undefined
  /**
   * Puts a snapshot in force unless its version already is. While another is being built the newest offered one waits and
   * the others are passed over. Resolves, never rejects, when nothing is left to build.
   */
  offer(snapshot: Snapshot): Promise<void>
  /** Resolves with the first value in force. */
  readonly whenReady: Promise<T>
}

/** What a live reference needs. */
export interface LiveDeps<T extends Compilation> {
  /** Everything that can fail; a throw is a bug and leaves in force what is. */
  readonly build: (snapshot: Snapshot) => Promise<T>
  /** Told after each swap. */
  readonly onSwap: (current: T, previous: T | undefined) => void
  readonly logger: Logger
  readonly clock: Clock
  readonly metrics: Metrics
}

/** Nothing in force yet. */
export function createLive<T extends Compilation>({ build, onSwap, logger, clock, metrics }: LiveDeps<T>): Live<T> {
  let current: T | undefined
  let waiting: Snapshot | undefined
  let building: Promise<void> | undefined
  const { promise: whenReady, resolve: becomeReady } = Promise.withResolvers<T>()

  async function put(snapshot: Snapshot): Promise<void> {
    if (snapshot.version === current?.ruleset.version) return
    const startedAt = clock.now()
    const next = await build(snapshot)
    const previous = current
    current = next
    const tookMs = clock.now() - startedAt
    const { ruleset, problems } = next
    const { version, receivers } = ruleset
    logger.info({ ruleset: version, receivers: receivers.length, problems: problems.length, tookMs }, 'Ruleset swapped')
    metrics.count('ruleset_swaps_total')
    metrics.observe('compile_duration_seconds', tookMs / 1_000)
    metrics.gauge('ruleset_last_swap_timestamp_seconds', clock.now() / 1_000)
    becomeReady(next)
    tell(next, previous)
  }

  function tell(next: T, previous: T | undefined): void {
    try {
      onSwap(next, previous)
    } catch (err) {
      logger.error({ err, ruleset: next.ruleset.version }, 'Swap was not fully announced')
    }
  }

  async function buildAll(): Promise<void> {
    while (waiting !== undefined) {
      const snapshot = waiting
      waiting = undefined
      await put(snapshot).catch((err: unknown) =>
        logger.error({ err, ruleset: snapshot.version }, 'Ruleset could not be built'),
      )
    }
    building = undefined
  }

  return {
    current: () => current,
    offer(snapshot) {
      waiting = snapshot
      building ??= buildAll()
      return building
    },
    whenReady,
  }
}
