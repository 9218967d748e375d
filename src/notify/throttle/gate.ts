import { type Destination, type RateLimit } from '../../channels/channel.ts'
import { type Delivery } from '../../model/delivery.ts'
import { type Random } from '../../model/ports.ts'
import { Breaker, type Outage } from './breaker.ts'
import { evidenceOf } from './evidence.ts'
import { Line, type Waiter } from './line.ts'
import { type ThrottleLimits } from './limits.ts'
import { RateWindow } from './window.ts'

/** A call that was let through, to be given back or finished. */
export interface Entry {
  readonly gate: Gate
  /** The place in the line of who makes the call. */
  readonly place: number
  /** It is the one call that finds out whether an outage is over. */
  readonly probe: boolean
}

export interface GateDeps {
  readonly limits: ThrottleLimits
  readonly random: Pick<Random, 'next'>
  /** When a process before this one may have sent for the last time, steady milliseconds; undefined when it has not. */
  readonly usedUntil: number | undefined
}

/**
 * One destination: its windows, its breaker, and the line of those who wait. Whoever asks while others wait joins the line. When
 * there is room, the first of the line are called, and the room is kept for them. All times are steady milliseconds.
 */
export class Gate {
  readonly label: string
  readonly line = new Line()
  /** When it is to be looked at again; the throttle's. */
  dueAt = Infinity
  /** Whether the throttle has counted it as open circuit. */
  counted = false
  /** How many attempts wait for their turn here within themselves; the throttle's. */
  inline = 0
  readonly #deps: GateDeps
  #breaker: Breaker
  #windows: readonly RateWindow[] = []
  #rates = ''
  #busy = 0
  #destination: Destination

  constructor(destination: Destination, deps: GateDeps, now: number) {
    this.label = destination.label
    this.#deps = deps
    this.#breaker = new Breaker(deps.limits, deps.random)
    this.#destination = destination
    this.adjust(destination, now)
  }

  get outage(): Outage | undefined {
    return this.#breaker.outage
  }

  get probing(): boolean {
    return this.outage !== undefined && this.#breaker.probeAt === undefined
  }

  get limited(): boolean {
    return this.#windows.length > 0
  }

  /** Whether as many calls are under way as may be. */
  get full(): boolean {
    return this.#busy >= this.#deps.limits.maxCallsPerDestination
  }

  get rates(): readonly RateLimit[] {
    return this.#destination.limits ?? []
  }

  /** Takes over limits that have changed; what was sent before still counts. */
  adjust(destination: Destination, now: number): void {
    this.#destination = destination
    const rates = JSON.stringify(this.rates)
    if (rates === this.#rates) return
    const [longest] = this.#windows.toSorted((one, other) => other.spanMs - one.spanMs)
    const ends = longest?.ends(now)
    this.#windows = this.rates.map((rate) => new RateWindow(rate, ends ?? this.#assumed(rate)))
    this.#rates = rates
  }

  /** Lets a call through when it may start now. `waiter` is who asks, if they are in this gate's line or were called. */
  enter(now: number, waiter: Waiter | undefined): Entry | undefined {
    const pass = this.#breaker.pass(now)
    if (pass === 'shut' || !this.#hasRoom(now, { waiter, pass })) return undefined
    if (waiter !== undefined) this.line.leave(waiter)
    this.#busy += 1
    if (pass === 'probe') this.#breaker.beginProbe()
    return { gate: this, place: waiter?.place ?? this.line.nextPlace(), probe: pass === 'probe' }
  }

  /** The call was not made. */
  giveBack({ probe }: Entry): void {
    this.#busy -= 1
    if (probe) this.#breaker.abandonProbe()
  }

  /** The call has ended; `delivery` is absent when nothing is known about its end. True when it tells against the destination. */
  finish({ probe }: Entry, now: number, delivery?: Delivery): boolean {
    this.#busy -= 1
    for (const window of this.#windows) window.add(now)
    const evidence = evidenceOf(delivery, this.#destination.blamedFor)
    const before = this.#breaker.outage
    this.#breaker.learn(evidence, { now, probe })
    if (before === undefined && this.#breaker.outage !== undefined) this.line.recall()
    return evidence.says === 'down' || evidence.says === 'limited'
  }

  /** Calls those whose turn it is. */
  call(now: number): readonly Waiter[] {
    this.line.expire(now)
    this.#forgetOutage(now)
    const pass = this.#breaker.pass(now)
    if (pass === 'shut') return []
    const { callMs, maxCallsPerDestination } = this.#deps.limits
    const room = this.#room(now) - this.line.called
    if (pass === 'free') {
      return this.line.call(Math.min(room, maxCallsPerDestination - this.#busy - this.line.called), now + callMs)
    }
    const amount = this.line.called === 0 ? Math.min(1, room) : 0
    return this.line.call(amount, now + this.#deps.limits.probeCallMs)
  }

  /** When `call` may next have somebody to call; Infinity when nobody waits, or when only the end of a call can tell. */
  nextAt(now: number): number {
    return Math.max(now + 1, Math.min(this.#nextTurnAt(now), this.line.expiresAt))
  }

  /** When the turn of a waiter comes, as far as can be told. */
  turnAt(now: number, waiter: Waiter): number {
    const freeAt = this.#freeAt(now, this.line.before(waiter))
    return this.outage === undefined ? freeAt : Math.max(freeAt, this.outage.probeAt)
  }

  /** Whether nothing would be lost by forgetting it. */
  isIdle(now: number): boolean {
    const used = this.#windows.some((window) => window.ends(now).length > 0)
    return this.#busy === 0 && this.line.size === 0 && this.outage === undefined && !used
  }

  /** Who was called finds the room that was kept; anybody may probe; others must not pass those who wait. */
  #hasRoom(now: number, who: { readonly waiter: Waiter | undefined; readonly pass: 'free' | 'probe' }): boolean {
    const isInvited = who.waiter?.state === 'called' || who.waiter?.state === 'late'
    const kept = isInvited ? 0 : this.line.called
    if (who.pass === 'free' && this.#busy + kept >= this.#deps.limits.maxCallsPerDestination) return false
    if (isInvited || who.pass === 'probe') return this.#room(now) > 0
    return !this.limited || (this.line.size === 0 && this.#room(now) > 0)
  }

  #nextTurnAt(now: number): number {
    if (this.outage === undefined) {
      const isFull = this.#busy + this.line.called >= this.#deps.limits.maxCallsPerDestination
      return this.line.waiting === 0 || isFull ? Infinity : this.#openAt(now)
    }
    if (this.line.size + this.#busy === 0) return this.#forgetAt()
    if (this.line.waiting === 0 || this.line.called > 0) return Infinity
    return Math.max(this.#breaker.probeAt ?? Infinity, this.#openAt(now))
  }

  /** An outage that nobody waits for the end of is not known to last. */
  #forgetOutage(now: number): void {
    if (this.outage !== undefined && this.line.size + this.#busy === 0 && now >= this.#forgetAt()) {
      this.#breaker = new Breaker(this.#deps.limits, this.#deps.random)
    }
  }

  #forgetAt(): number {
    return (this.outage?.probeAt ?? Infinity) + this.#deps.limits.forgetOutageMs
  }

  #room(now: number): number {
    return Math.min(...this.#windows.map((window) => window.room(now, this.#busy)), Infinity)
  }

  #openAt(now: number): number {
    const busy = this.#busy + this.line.called
    return Math.max(now, ...this.#windows.map((window) => window.openAt(now, busy)))
  }

  #freeAt(now: number, before: number): number {
    const busy = this.#busy + this.line.called + before
    return Math.max(now, ...this.#windows.map((window) => window.freeAt(now, busy)))
  }

  /** What the process before this one may have sent; see Throttle. */
  #assumed(rate: RateLimit): readonly number[] {
    const { usedUntil, limits } = this.#deps
    if (usedUntil === undefined || rate.perMs > limits.assumeUsedMs) return []
    const { limit } = new RateWindow(rate)
    return Array.from({ length: limit }, () => usedUntil)
  }
}
