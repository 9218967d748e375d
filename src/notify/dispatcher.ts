import { type DeliveryReason } from '../model/delivery.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Random } from '../model/ports.ts'
import { createAges } from './ages.ts'
import { toSettlement, untried } from './attempt.ts'
import { measureAttempt, reportSettlement } from './accounts.ts'
import { deliver, type DeliverDeps } from './deliver.ts'
import { keepHouse } from './housekeeping.ts'
import { type CurrentInForce, type InForce } from './in-force.ts'
import { lastSendBefore } from './last-send.ts'
import { dispatchLimits, type DispatchLimits } from './limits.ts'
import { type Claim, type Outbox, type Settlement } from './outbox.ts'
import { createPulse } from './pulse.ts'
import { createRamp, type Ramp } from './ramp.ts'
import { tellSettled, type OnSettled } from './settled.ts'
import { throttleLimits } from './throttle/limits.ts'
import { createSteadyTime } from './throttle/steady-time.ts'
import { Throttle } from './throttle/throttle.ts'

export interface DispatcherDeps extends Omit<DeliverDeps, 'limits' | 'throttle' | 'ageOf'> {
  readonly current: CurrentInForce
  readonly outbox: Outbox
  readonly random: Pick<Random, 'next'>
  readonly limits?: Partial<DispatchLimits>
  readonly settled?: OnSettled
}

/** What a new ruleset may mend. */
const rulesetReasons: readonly DeliveryReason[] = [
  'configNotFound',
  'secretNotFound',
  'addressRefused',
  'channelUnavailable',
]
const secretReasons: readonly DeliveryReason[] = ['secretNotFound']

/** At most this share of all attempts wait for their turn within themselves. */
const inlineShare = 0.25
/** At most this share of all attempts go to one destination: often it is the mail server of everybody. */
const destinationShare = 0.75

/**
 * Empties the outbox: claims what is due, tries it, settles it. A lane a receiver: one that hangs holds one slot for one
 * deadline and nobody else. It rests until something is stored, falls due, settles or changes. Nothing is claimed while no
 * NotificationManager is in force, so that replacing one does not cancel what waits.
 */
export class Dispatcher {
  readonly #deps: DispatcherDeps
  readonly #limits: DispatchLimits
  readonly #throttle: Throttle
  readonly #time: () => number
  readonly #ageOf: (then: number) => number
  readonly #ramp: Ramp
  readonly #pulse = createPulse()
  readonly #running = new Set<Promise<void>>()
  readonly #ending = new AbortController()
  readonly #stop = new AbortController()
  #loops: Promise<unknown> = Promise.resolve()
  #drained: Promise<void> | undefined
  /** Counts changes of ruleset and secrets, so that an attempt knows that one came while it ran. */
  #changes = 0
  /** Attempts that have ended and whose outcomes could not be stored yet. */
  #unstored = 0

  constructor(deps: DispatcherDeps) {
    this.#deps = deps
    this.#limits = { ...dispatchLimits, ...deps.limits }
    const { clock, random, metrics, logger, outbox } = deps
    const { concurrency } = this.#limits
    const maxInline = Math.min(throttleLimits.maxInline, Math.floor(concurrency * inlineShare))
    const maxCallsPerDestination = Math.max(1, Math.floor(concurrency * destinationShare))
    this.#time = createSteadyTime(clock)
    this.#ageOf = createAges(clock)
    this.#ramp = createRamp({ concurrency, backlog: outbox.counts().pending, startedAt: this.#time() })
    this.#throttle = new Throttle({
      ...{ clock, random, metrics, logger },
      wake: (lanes) => this.#wake(lanes),
      usedUntil: lastSendBefore(outbox, clock.now()),
      limits: { maxInline, maxCallsPerDestination },
    })
  }

  /** Starts the loops; call it once. */
  start(): void {
    const { outbox, clock, metrics, logger } = this.#deps
    const house = keepHouse({ outbox, clock, metrics, logger, limits: this.#limits }, this.#ending.signal)
    this.#loops = Promise.all([this.#run(), this.#throttle.run(this.#ending.signal), house])
  }

  /** Something was stored. */
  notify(): void {
    this.#pulse.ring()
  }

  /** Another ruleset is in force: what waited for a config, a secret, an address or a channel is tried now. */
  rulesetChanged(): void {
    this.#changed(rulesetReasons)
    this.#track(this.#wake(this.#throttle.scouts()))
  }

  /** A secret changed: what waited for one is tried now. */
  secretsChanged(): void {
    this.#changed(secretReasons)
  }

  /**
   * Claims nothing more, lets running attempts end until `deadlineMs` from now, then aborts the rest; their notifications
   * stay in the outbox. Resolves when no attempt is left. Closing the outbox and the senders is the caller's, afterwards.
   */
  drain(deadlineMs: number): Promise<void> {
    return (this.#drained ??= this.#drain(deadlineMs))
  }

  async #drain(deadlineMs: number): Promise<void> {
    this.#ending.abort()
    this.#pulse.ring()
    await this.#loops
    const ended = Promise.all(this.#running)
    const timer = new AbortController()
    await Promise.race([ended, this.#deps.clock.sleep(deadlineMs, timer.signal)])
    timer.abort()
    this.#stop.abort()
    await ended
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#deps
    while (!this.#ending.signal.aborted) {
      const rung = this.#pulse.next()
      try {
        await this.#claimDue()
      } catch (error) {
        logger.error({ err: error }, 'nothing can be claimed from the outbox; trying again')
        await clock.sleep(this.#limits.settleRetryMs, this.#ending.signal)
        continue
      }
      await this.#rest(rung)
    }
  }

  async #claimDue(): Promise<void> {
    const { outbox, clock } = this.#deps
    const free = this.#free()
    if (free <= 0 || this.#inForce() === undefined) return
    const claims = await outbox.claim({ now: clock.now(), limit: free, leaseMs: this.#limits.leaseMs })
    for (const claim of claims) this.#track(this.#attend(claim))
  }

  async #rest(rung: Promise<void>): Promise<void> {
    const { outbox, clock } = this.#deps
    const canClaim = this.#free() > 0 && this.#inForce() !== undefined
    const dueAt = canClaim ? outbox.nextDue() : undefined
    const waitMs = dueAt === undefined ? this.#limits.maxWaitMs : Math.max(1, dueAt - clock.now())
    const timer = new AbortController()
    const mostMs = this.#ramp.nextMs(this.#time()) ?? this.#limits.maxWaitMs
    await Promise.race([rung, clock.sleep(Math.min(waitMs, mostMs), timer.signal)])
    timer.abort()
  }

  #inForce(): InForce | undefined {
    const inForce = this.#deps.current()
    return inForce?.ruleset.manager === undefined ? undefined : inForce
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#deps.logger.error({ err: error }, 'a delivery ended with a bug'))
      .finally(() => {
        this.#running.delete(tracked)
        this.#pulse.ring()
      })
    this.#running.add(tracked)
  }

  #changed(reasons: readonly DeliveryReason[]): void {
    this.#changes += 1
    this.#track(this.#wake(undefined, reasons))
    this.#pulse.ring()
  }

  async #wake(receivers: readonly ResourceKey[] | undefined, reasons?: readonly DeliveryReason[]): Promise<void> {
    await this.#deps.outbox.wake(this.#deps.clock.now(), receivers, reasons)
    this.#pulse.ring()
  }

  async #attend(claim: Claim): Promise<void> {
    const { clock, random, metrics, logger } = this.#deps
    const { receiver } = claim.notification
    const inForce = this.#inForce()
    if (inForce === undefined) {
      await this.#settle(claim, untried(claim, clock.now()), 0)
      return
    }
    const changesBefore = this.#changes
    const startedAt = this.#time()
    const deps = { ...this.#deps, limits: this.#limits, throttle: this.#throttle, ageOf: this.#ageOf }
    const attempt = await deliver(deps, { claim, inForce, stop: this.#stop.signal })
    const now = clock.now()
    const tookMs = this.#time() - startedAt
    measureAttempt(metrics, { attempt, claim, tookMs })
    const { maxAgeMs } = this.#limits
    const settlement = toSettlement(attempt, { claim, now, ageMs: this.#ageOf(claim.queuedAt), maxAgeMs, random })
    if (settlement === undefined || !(await this.#settle(claim, settlement, tookMs))) return
    reportSettlement(logger, claim, settlement)
    tellSettled(this.#deps.settled, { claim, settlement, at: now }, logger)
    const stays = settlement.state === 'retry' || settlement.state === 'deferred'
    const isCalled = this.#throttle.settled({ lane: receiver, lease: claim.lease }, !stays)
    if (stays) {
      // What came while the lane was leased could not wake it: a change, or its turn.
      if (this.#changes !== changesBefore) await this.#wake([receiver], rulesetReasons)
      if (isCalled) await this.#wake([receiver])
      return
    }
    const reason = settlement.state === 'dead' ? settlement.reason : ''
    metrics.count('notifications_settled_total', { channel: claim.channel, outcome: settlement.state, reason })
  }

  /**
   * Stores an outcome that is already a fact; while the outbox cannot write, again and again. Meanwhile the notification stays
   * claimed, and others may have its place.
   */
  async #settle(claim: Claim, settlement: Settlement, tookMs: number): Promise<boolean> {
    const { outbox, clock, logger } = this.#deps
    const { settleRetryMs, maxSettleRetryMs } = this.#limits
    for (let faults = 0; ; faults += 1) {
      try {
        const held = await outbox.settle(claim, settlement, { now: clock.now(), tookMs })
        if (faults > 0) this.#unstored -= 1
        return held
      } catch (error) {
        logger.error({ notification: claim.notification.id, err: error }, 'an outcome cannot be stored; trying again')
        if (this.#stop.signal.aborted) return false
        if (faults === 0) this.#unstored += 1
        this.#pulse.ring()
        await clock.sleep(Math.min(settleRetryMs * 2 ** faults, maxSettleRetryMs), this.#stop.signal)
      }
    }
  }

  /** Places for attempts. Those that only wait for the outbox to take their outcome need none, until they are many. */
  #free(): number {
    if (this.#unstored >= this.#limits.maxUnstored) return 0
    return this.#ramp.places(this.#time()) - (this.#running.size - this.#unstored)
  }
}
