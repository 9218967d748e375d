import { SettingsError } from '../model/errors.ts'
import { type Clock, type Logger, type Metrics, type Random } from '../model/ports.ts'
import { ApiError, type ApiTarget, type Cluster } from './cluster.ts'
import { leaseKind } from './kinds.ts'
import { within } from './lease-deadline.ts'
import { claimedSpec, readRecord, releasedSpec, type LeaseRecord } from './lease-record.ts'

/** How a lease is held, milliseconds. */
export interface LeaseTimes {
  /** How long the others leave a holder alone that they do not hear renewing. */
  readonly leaseDurationMs: number
  /** How long a holder that cannot renew goes on believing that it leads; shorter, so that there are never two. */
  readonly renewDeadlineMs: number
  /** Between two attempts to renew or to acquire. */
  readonly retryPeriodMs: number
}

/** What Kubernetes' own controllers take: https://pkg.go.dev/k8s.io/component-base/config#LeaderElectionConfiguration */
export const leaseTimes: LeaseTimes = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 }

/** Which lease, and as whom. */
export interface LeaseOptions extends Partial<LeaseTimes> {
  readonly namespace: string
  readonly name: string
  /** Unique among all that may hold it, across restarts: a pod's name and a random part. */
  readonly identity: string
}

/** What a lease needs. */
export interface LeaseDeps {
  readonly cluster: Cluster
  readonly clock: Clock
  /** Milliseconds since any moment, which never jump when the machine's time is set: `performance.now`. */
  readonly elapsed: () => number
  readonly random: Pick<Random, 'next'>
  readonly logger: Logger
  readonly metrics: Metrics
}

/** One candidate for a Lease of the API server: at any moment at most one of them leads. */
export interface Lease {
  /** False as soon as the deadline to renew has passed, even when nothing was told yet: ask right before each write. */
  isLeader(): boolean
  /** Who holds the lease as far as is known; undefined when nobody does. */
  holder(): string | undefined
  /**
   * Runs for the lease until the signal, then gives it up if it holds it. `onChange` is told when it begins and when it ceases to
   * lead.
   */
  run(onChange: (leading: boolean) => void, signal: AbortSignal): Promise<void>
}

/**
 * Leader election as client-go does it (https://pkg.go.dev/k8s.io/client-go/tools/leaderelection): the record's resourceVersion
 * decides who won, and only the time since we saw it change counts, so that no two machines' clocks are ever compared. Throws
 * SettingsError when the times contradict each other.
 */
export function createLease(options: LeaseOptions, deps: LeaseDeps): Lease {
  return new Candidate(options, deps)
}

class Candidate implements Lease {
  readonly #times: LeaseTimes
  readonly #identity: string
  readonly #target: ApiTarget
  readonly #deps: LeaseDeps
  readonly #logger: Logger
  #record: LeaseRecord | undefined
  #observedAt = 0
  #leading = false
  /** When we cease to lead unless we renew; counted from before the last request that renewed. */
  #leadsUntil = 0
  #failing = false

  constructor(options: LeaseOptions, deps: LeaseDeps) {
    const { namespace, name, identity, ...times } = options
    this.#times = { ...leaseTimes, ...times }
    checkTimes(this.#times)
    this.#identity = identity
    this.#target = { kind: leaseKind, namespace, name }
    this.#deps = deps
    this.#logger = deps.logger.child({ lease: name })
  }

  isLeader(): boolean {
    return this.#leading && this.#deps.elapsed() < this.#leadsUntil
  }

  holder(): string | undefined {
    return this.#record === undefined || this.#record.holder === '' ? undefined : this.#record.holder
  }

  async run(onChange: (leading: boolean) => void, signal: AbortSignal): Promise<void> {
    const { clock, metrics } = this.#deps
    const tell = (leading: boolean): void => {
      if (leading === this.#leading) return
      this.#leading = leading
      metrics.gauge('leader', leading ? 1 : 0, { lease: this.#target.name })
      this.#logger.info({ identity: this.#identity, holder: this.holder() }, leading ? 'leads' : 'leads no longer')
      onChange(leading)
    }
    metrics.gauge('leader', 0, { lease: this.#target.name })
    try {
      while (!signal.aborted) {
        await this.#attempt(tell, signal)
        await clock.sleep(this.#pauseMs(), signal)
        if (this.#leading && !this.isLeader()) tell(false)
      }
    } finally {
      const led = this.#leading
      tell(false)
      if (led) await this.#release()
    }
  }

  /** One attempt to acquire or to renew. While we lead it may not take longer than we may believe so. */
  async #attempt(tell: (leading: boolean) => void, signal: AbortSignal): Promise<void> {
    const { clock, elapsed } = this.#deps
    const startedAt = elapsed()
    const budgetMs = this.#leading ? this.#leadsUntil - startedAt : this.#times.renewDeadlineMs
    try {
      const won = await within(budgetMs, (stop) => this.#tryToHold(stop), { clock, signal })
      if (won) this.#leadsUntil = startedAt + this.#times.renewDeadlineMs
      this.#failing = false
      tell(won)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof ApiError)) throw error
      this.#logger[this.#failing || error.status === 409 ? 'debug' : 'warn'](
        { error: error.message },
        'the lease cannot be renewed or acquired',
      )
      this.#failing = true
      if (!this.isLeader()) tell(false)
    }
  }

  async #tryToHold(signal: AbortSignal): Promise<boolean> {
    const { cluster, clock } = this.#deps
    const lease = await cluster.get(this.#target, signal)
    const claim = { identity: this.#identity, durationMs: this.#times.leaseDurationMs, now: clock.now() }
    if (lease === undefined) {
      this.#observe(readRecord(await cluster.create(this.#target, { spec: claimedSpec(undefined, claim) }, signal)))
      return true
    }
    const record = readRecord(lease)
    this.#observe(record)
    if (record.holder !== this.#identity && this.#untilFreeMs() > 0) return false
    const taken = { metadata: lease.metadata, spec: claimedSpec(record, claim) }
    this.#observe(readRecord(await cluster.replace(this.#target, taken, signal)))
    return true
  }

  #observe(record: LeaseRecord): void {
    if (record.resourceVersion === this.#record?.resourceVersion) return
    const others = record.holder !== this.#record?.holder && record.holder !== this.#identity && record.holder !== ''
    if (others) this.#logger.info({ holder: record.holder }, 'another holds the lease')
    this.#record = record
    this.#observedAt = this.#deps.elapsed()
  }

  /** How long the holder must still be left alone. */
  #untilFreeMs(): number {
    if (this.holder() === undefined || this.#record === undefined) return 0
    const durationMs = Math.max(this.#record.durationMs, this.#times.leaseDurationMs)
    return this.#observedAt + durationMs - this.#deps.elapsed()
  }

  /** Candidates spread their attempts; one that knows when the lease runs out does not sleep past it. */
  #pauseMs(): number {
    const { retryPeriodMs } = this.#times
    const { elapsed, random } = this.#deps
    if (this.#leading) return Math.max(0, Math.min(retryPeriodMs, this.#leadsUntil - elapsed()))
    const pauseMs = retryPeriodMs * (1 + random.next() * 1.2)
    const freeMs = this.#untilFreeMs()
    return freeMs > 0 ? Math.min(pauseMs, freeMs + 1) : pauseMs
  }

  async #release(): Promise<void> {
    const { cluster, clock } = this.#deps
    const signal = new AbortController().signal
    try {
      await within(
        this.#times.retryPeriodMs,
        async (stop) => {
          const lease = await cluster.get(this.#target, stop)
          if (lease === undefined || readRecord(lease).holder !== this.#identity) return
          const released = { metadata: lease.metadata, spec: releasedSpec(readRecord(lease), clock.now()) }
          this.#observe(readRecord(await cluster.replace(this.#target, released, stop)))
        },
        { clock, signal },
      )
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      this.#logger.debug({ error: error.message }, 'the lease was not given up, and runs out by itself')
    }
  }
}

function checkTimes({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }: LeaseTimes): void {
  if (leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs && retryPeriodMs > 0) return
  throw new SettingsError(
    `a lease of ${leaseDurationMs} ms must outlast its renew deadline of ${renewDeadlineMs} ms, and that its retry period of ${retryPeriodMs} ms`,
  )
}
