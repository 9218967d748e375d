import { setImmediate as turn } from 'node:timers/promises'
import { type Kinds } from '../../api/kinds.ts'
import { type ResourceKey } from '../../model/object.ts'
import { type Clock, type Logger, type Metrics, type Random } from '../../model/ports.ts'
import { type SettledDelivery } from '../../notify/settled.ts'
import { createBell, type Bell } from '../../resources/bell.ts'
import { type Cluster } from '../cluster.ts'
import { createAgenda } from './agenda.ts'
import { announceDeadLetter, announceReadiness, type StatusEvents } from './announce.ts'
import { createApplyStatus, type ApplyStatus } from './apply-status.ts'
import { createInspector, type InspectDeps, type Inspector, type Overdue } from './inspect.ts'
import { defaultStatusLimits, type StatusLimits } from './limits.ts'
import { createPace, type Pace } from './pace.ts'
import { createTroubles, type Troubles } from './trouble.ts'
import { writeStatus } from './write.ts'

/** What the writer of statuses draws on. */
export interface StatusWriterDeps extends Omit<InspectDeps, 'secretRefs'> {
  readonly cluster: Pick<Cluster, 'apply'>
  readonly kinds: Pick<Kinds, 'find' | 'secretRefs'>
  /** Whether this process is the one that writes. */
  isLeader(): boolean
  readonly events: StatusEvents
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  readonly logger: Logger
  readonly metrics: Metrics
  readonly limits?: Partial<StatusLimits>
}

/** Keeps the statuses of our objects true. Nobody waits for it: every call but `run` only rings a bell. */
export interface StatusWriter {
  /** Writes while this process is the leader, until the signal; then what is under way is aborted, and it resolves. */
  run(signal: AbortSignal): Promise<void>
  /** These objects, or all, may deserve another status: they, what is in force or a Secret changed. */
  changed(keys?: Iterable<ResourceKey>): void
  /** To be called when `isLeader` gives another answer: what is under way is aborted at once when it was lost. */
  leadershipChanged(): void
  /** A delivery ended, whoever leads. */
  settled(record: SettledDelivery): void
}

/** The one writer of statuses of this process; nothing is written before `run`. */
export function createStatusWriter(deps: StatusWriterDeps): StatusWriter {
  return new WritingLoop(deps)
}

class WritingLoop implements StatusWriter {
  readonly #deps: StatusWriterDeps
  readonly #limits: StatusLimits
  readonly #inspector: Inspector
  readonly #troubles: Troubles
  readonly #pace: Pace
  readonly #apply: ApplyStatus
  readonly #agenda = createAgenda()
  readonly #bell: Bell
  readonly #running = new Map<ResourceKey, Promise<void>>()
  /** Set while this process leads. */
  #term: AbortController | undefined
  #resyncAt = 0
  /** When everything may be looked at again. */
  #restedAt = 0
  #lookedAt = 0

  constructor(deps: StatusWriterDeps) {
    this.#deps = deps
    this.#limits = { ...defaultStatusLimits, ...deps.limits }
    this.#inspector = createInspector({ ...deps, secretRefs: deps.kinds.secretRefs })
    const { foldMs } = this.#limits
    this.#bell = createBell(deps.clock, { quietMs: foldMs, maxMs: 5 * foldMs })
    this.#troubles = createTroubles(deps.random)
    this.#pace = createPace(this.#limits)
    this.#apply = createApplyStatus(deps.cluster)
  }

  changed(keys?: Iterable<ResourceKey>): void {
    // Whoever comes to lead looks at everything.
    if (this.#term === undefined) return
    if (keys === undefined) this.#agenda.lookAtAll()
    else this.#agenda.lookAt(keys)
    this.#bell.ring()
  }

  leadershipChanged(): void {
    this.#followLeadership()
    this.#bell.ring()
  }

  settled(record: SettledDelivery): void {
    const { events, observed } = this.#deps
    this.#inspector.noteDelivery(record)
    announceDeadLetter(events, record, observed().get(record.receiver)?.uid)
    this.changed([record.receiver])
  }

  async run(signal: AbortSignal): Promise<void> {
    const { logger } = this.#deps
    while (!signal.aborted) {
      this.#followLeadership()
      try {
        await this.#look(signal)
        this.#startWrites()
      } catch (error) {
        logger.error({ err: error }, 'statuses could not be judged; this is a bug')
      }
      await this.#rest(signal)
    }
    this.#term?.abort()
    await Promise.all(this.#running.values())
  }

  #followLeadership(): void {
    const leads = this.#deps.isLeader()
    if (leads === (this.#term !== undefined)) return
    this.#term?.abort()
    this.#term = leads ? new AbortController() : undefined
    this.#deps.metrics.gauge('status_writes_pending', 0)
    this.#startOver()
  }

  /** For a new term, and for a clock that was set back: times that were reckoned with the old one are worth nothing. */
  #startOver(): void {
    this.#agenda.clear()
    this.#troubles.clear()
    this.#restedAt = 0
    this.#agenda.lookAtAll()
  }

  /** Compares what is with what should be, in slices, and puts on the agenda what is to be written. */
  async #look(signal: AbortSignal): Promise<void> {
    const { clock, metrics } = this.#deps
    const now = clock.now()
    if (now < this.#lookedAt) this.#startOver()
    this.#lookedAt = now
    const everything = this.#term === undefined ? undefined : this.#inspector.keys()
    if (everything === undefined) return
    if (now >= this.#resyncAt) this.#agenda.lookAtAll()
    const { all, keys } = this.#agenda.takeLooks(now, now >= this.#restedAt)
    if (all) {
      this.#resyncAt = now + this.#limits.resyncMs
      this.#inspector.prune()
    }
    const term = this.#term
    for (const [place, key] of [...(all ? everything : keys)].entries()) {
      if (place % this.#limits.slice === this.#limits.slice - 1) await turn()
      if (signal.aborted || this.#term !== term) return
      this.#lookAt(key)
    }
    if (all) this.#restedAt = clock.now() + this.#limits.restFactor * (clock.now() - now)
    metrics.gauge('status_writes_pending', this.#agenda.writes())
  }

  #lookAt(key: ResourceKey): void {
    const now = this.#deps.clock.now()
    const { overdue, againAt } = this.#inspector.find(key, now)
    const heldUntil = this.#troubles.heldUntil(key, now)
    if (againAt !== undefined) this.#agenda.lookLater(key, againAt)
    if (overdue === undefined) this.#agenda.dropWrite(key)
    else if (heldUntil !== undefined) this.#agenda.lookLater(key, heldUntil)
    else this.#agenda.write(key, overdue.difference === 'other' ? 'soon' : 'whenQuiet')
  }

  #startWrites(): void {
    // Looking took its time.
    this.#followLeadership()
    const now = this.#deps.clock.now()
    while (this.#term !== undefined && this.#mayWriteAt(now) <= now) {
      const key = this.#agenda.takeWrite()
      // What is being written is looked at again when that has ended.
      if (key === undefined || this.#running.has(key)) continue
      // Much may have changed while it waited for its turn.
      const { overdue } = this.#inspector.find(key, now)
      if (overdue === undefined || !this.#pace.take(now)) continue
      const write = this.#write(key, overdue, this.#term.signal).finally(() => {
        this.#running.delete(key)
        this.changed([key])
      })
      this.#running.set(key, write)
    }
  }

  /** When the next write may begin; never while nothing waits or too much is under way. */
  #mayWriteAt(now: number): number {
    if (this.#agenda.writes() === 0 || this.#running.size >= this.#limits.concurrency) return Infinity
    return Math.max(this.#troubles.awayUntil(), this.#pace.nextAt(now))
  }

  async #write(key: ResourceKey, overdue: Overdue, signal: AbortSignal): Promise<void> {
    const { kinds, clock, metrics, events } = this.#deps
    try {
      const kind = kinds.find(overdue.seen.kind)
      if (kind === undefined) throw new Error(`${key} is of no kind that is served`)
      const written = await writeStatus(this.#apply, { kind, ...overdue }, signal)
      this.#inspector.wrote(overdue, written, clock.now())
      this.#troubles.succeeded(key)
      metrics.count('status_writes_total', { outcome: 'written' })
      announceReadiness(events, overdue.seen, overdue.desired)
    } catch (error) {
      if (!signal.aborted) this.#fail(key, error)
    }
  }

  #fail(key: ResourceKey, error: unknown): void {
    const { clock, metrics, logger } = this.#deps
    const now = clock.now()
    const trouble = this.#troubles.failed(key, error, now)
    metrics.count('status_writes_total', { outcome: trouble.kind })
    if (trouble.kind === 'gone') return
    this.#agenda.lookLater(key, trouble.until)
    if (trouble.kind === 'outdated') return
    const retryInMs = Math.round(trouble.until - now)
    logger.warn({ object: key, err: error, retryInMs }, 'a status could not be written; trying again')
  }

  async #rest(signal: AbortSignal): Promise<void> {
    const now = this.#deps.clock.now()
    const lookAt = this.#agenda.wantsAll() ? this.#restedAt : Infinity
    const latest = now + this.#limits.maxRestMs
    const wakeAt = Math.min(this.#mayWriteAt(now), this.#agenda.nextAt() ?? Infinity, lookAt, latest)
    await this.#bell.wait(Math.max(1, wakeAt - now), signal)
    await this.#bell.answer(signal)
  }
}
