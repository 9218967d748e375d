import { type Clock, type Logger, type Metrics } from '../model/ports.ts'
import { type DispatchLimits } from './limits.ts'
import { type Outbox } from './outbox.ts'

export interface HouseDeps {
  readonly outbox: Pick<Outbox, 'counts' | 'prune'>
  readonly clock: Clock
  readonly metrics: Metrics
  readonly logger: Logger
  readonly limits: Pick<DispatchLimits, 'gaugesEveryMs' | 'pruneEveryMs'>
}

/** Keeps the outbox's gauges fresh and forgets what is past its retention, until the signal aborts. */
export async function keepHouse(deps: HouseDeps, signal: AbortSignal): Promise<void> {
  const { outbox, clock, metrics, limits } = deps
  await Promise.all([
    every(deps, { ms: limits.gaugesEveryMs, signal }, () => measure(outbox, clock, metrics)),
    every(deps, { ms: limits.pruneEveryMs, signal }, () => outbox.prune(clock.now())),
  ])
}

async function every(
  { clock, logger }: HouseDeps,
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
  task: () => Promise<void> | void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await task()
    } catch (error) {
      logger.error({ err: error }, 'the outbox could not be measured or pruned; trying again')
    }
    await clock.sleep(ms, signal)
  }
}

function measure(outbox: HouseDeps['outbox'], clock: Clock, metrics: Metrics): void {
  const { pending, dead, bytes, oldestAcceptedAt } = outbox.counts()
  metrics.gauge('outbox_pending', pending)
  metrics.gauge('outbox_dead_letters', dead)
  metrics.gauge('outbox_bytes', bytes)
  const ageMs = oldestAcceptedAt === undefined ? 0 : Math.max(0, clock.now() - oldestAcceptedAt)
  metrics.gauge('outbox_oldest_pending_age_seconds', ageMs / 1_000)
}
