import { type Destination } from '../../channels/channel.ts'
import { type Deferred, type Delivery } from '../../model/delivery.ts'
import { type ResourceKey } from '../../model/object.ts'
import { type Clock, type Logger, type Metrics, type Random } from '../../model/ports.ts'
import { Heap } from '../heap.ts'
import { createPulse } from '../pulse.ts'
import { type Entry, type Gate } from './gate.ts'
import { Gates } from './gates.ts'
import { InlineWaits, type WaitedTime } from './inline-waits.ts'
import { type Waiter } from './line.ts'
import { throttleLimits, type ThrottleLimits } from './limits.ts'
import { waitsForCalls, waitsForOutage, waitsForRoom, waitsForTurn } from './sentences.ts'
import { createSteadyTime } from './steady-time.ts'

export interface ThrottleDeps {
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  readonly metrics: Metrics
  readonly logger: Logger
  /** Makes the waiting heads of these lanes due now. */
  wake(lanes: readonly ResourceKey[]): Promise<void>
  /** When a process before this one may have sent for the last time, milliseconds since the epoch. */
  readonly usedUntil: number | undefined
  readonly limits?: Partial<ThrottleLimits>
}

/** Who asks for a turn: one attempt at one part of the notification that is its lane's oldest. */
export interface Asker {
  readonly lane: ResourceKey
  readonly channel: string
  readonly lease: string
  readonly signal: AbortSignal
  /** The throttle keeps it. */
  readonly waited: WaitedTime
}

/**
 * Lets calls to a destination through as its limits and its health allow, whoever makes them. Those who must wait stand in line,
 * first come, first served: briefly within their attempt, else in the outbox, from where they are called when it is their turn.
 *
 * All of it is in memory and starts anew with the process. What a process before this one sent still counts at the far side, so
 * short windows are taken for used up at the start, up to the moment when that process may have sent for the last time: a
 * restart may cost a wait of one window, never one call too many. Longer ones (an hour, a day) start empty, for they would
 * hold up alerts for too long; when that is wrong the far side says so and is given the pause that it asks for.
 */
export class Throttle {
  readonly #deps: ThrottleDeps
  readonly #limits: ThrottleLimits
  readonly #time: () => number
  readonly #gates: Gates
  readonly #agenda = new Heap<Gate>((one, other) => one.dueAt < other.dueAt)
  /**
   * Where lanes wait: parts of one notification may wait at several gates. A place belongs to the lane, not to the notification,
   * which may be given up while it waits: the next one of the lane takes its place, and none is left behind.
   */
  readonly #waiting = new Map<ResourceKey, Map<Gate, Waiter>>()
  readonly #inline: InlineWaits
  readonly #pulse = createPulse()
  /** Lanes that were called and are to be woken. */
  #calls: ResourceKey[] = []
  #open = 0

  constructor(deps: ThrottleDeps) {
    this.#deps = deps
    this.#limits = { ...throttleLimits, ...deps.limits }
    this.#time = createSteadyTime(deps.clock)
    this.#inline = new InlineWaits(deps.clock, this.#time, this.#limits)
    const { usedUntil, random } = deps
    const ago = usedUntil === undefined ? undefined : Math.max(0, deps.clock.now() - usedUntil)
    const lastUse = ago === undefined ? undefined : this.#time() - ago
    this.#gates = new Gates({ limits: this.#limits, random, usedUntil: lastUse })
  }

  /** Steady milliseconds, for those who measure what the throttle does. */
  get now(): number {
    return this.#time()
  }

  /** Calls those whose turn comes, until the signal aborts. Rests without a timer while nobody waits. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#pulse.ring(), { once: true })
    while (!signal.aborted) {
      const rung = this.#pulse.next()
      for (let gate = this.#due(); gate !== undefined; gate = this.#due()) this.#touch(gate)
      await this.#wakeCalled()
      const timer = new AbortController()
      await Promise.race([rung, this.#nextTurn(AbortSignal.any([signal, timer.signal]))])
      timer.abort()
    }
  }

  /** Lets one call through, or says when to come back. */
  async enter(destination: Destination, asker: Asker): Promise<Entry | Deferred> {
    const now = this.#time()
    const gate = this.#gates.of(asker.channel, destination, now)
    if (gate === undefined) return waitsForRoom(this.#limits)
    this.#touch(gate)
    const earlier = this.#waiting.get(asker.lane)?.get(gate)
    const entry = gate.enter(now, earlier)
    if (entry !== undefined) {
      if (earlier !== undefined) this.#served(gate, earlier, asker)
      return entry
    }
    const waiter = earlier ?? this.#newWaiter(gate, asker, { failed: false, place: gate.line.nextPlace() })
    waiter.lease = asker.lease
    gate.line.join(waiter)
    this.#touch(gate)
    const called = await this.#inline.wait(gate, { waiter, asker, maxWaitMs: destination.maxWaitMs })
    const after = called ? gate.enter(this.#time(), waiter) : undefined
    if (after !== undefined) {
      this.#served(gate, waiter, asker)
      return after
    }
    if (called) gate.line.join(waiter)
    return this.#deferral(gate, waiter)
  }

  /** The call was not made. */
  giveBack(entry: Entry): void {
    entry.gate.giveBack(entry)
    this.#touch(entry.gate)
  }

  /** The call has ended, so or unknown how. Whoever saw a destination down is called when it is up again. */
  finish(entry: Entry, asker: Omit<Asker, 'signal'>, delivery?: Delivery): void {
    const { gate } = entry
    const blamed = gate.finish(entry, this.#time(), delivery)
    if (blamed && gate.outage !== undefined) {
      const failed = gate.outage.cause === 'breaker'
      gate.line.join(this.#newWaiter(gate, asker, { failed, place: failed ? gate.line.nextPlace() : entry.place }))
    }
    this.#touch(gate)
  }

  /**
   * An attempt was settled. `over`: its notification has left the outbox. True when its turn has come while it was being settled,
   * so that it must be woken. Where it did not ask again it waits no more.
   */
  settled({ lane, lease }: Pick<Asker, 'lane' | 'lease'>, over: boolean): boolean {
    let isCalled = false
    for (const [gate, waiter] of [...(this.#waiting.get(lane) ?? [])]) {
      if (over || waiter.lease !== lease) this.#forget(gate, lane)
      else isCalled ||= waiter.state !== 'waiting'
    }
    return isCalled
  }

  /** One lane of each line, to come and tell the limits now in force. */
  scouts(): readonly ResourceKey[] {
    return [...this.#gates.values()].flatMap(({ limited, line }) => (limited ? (line.first?.lane ?? []) : []))
  }

  #newWaiter(gate: Gate, { lane, lease }: Omit<Asker, 'signal'>, rank: Pick<Waiter, 'failed' | 'place'>): Waiter {
    this.#forget(gate, lane)
    const fresh = { state: 'out', since: this.#time(), calledUntil: 0, goOn: undefined } as const
    const waiter: Waiter = { lane, lease, ...fresh, ...rank }
    const waiters = this.#waiting.get(lane)
    if (waiters === undefined) this.#waiting.set(lane, new Map([[gate, waiter]]))
    else waiters.set(gate, waiter)
    return waiter
  }

  #forget(gate: Gate, lane: ResourceKey): void {
    const waiter = this.#drop(gate, lane)
    if (waiter === undefined) return
    gate.line.leave(waiter)
    this.#touch(gate)
  }

  #served(gate: Gate, { lane, since }: Waiter, { channel }: Asker): void {
    this.#drop(gate, lane)
    this.#deps.metrics.observe('destination_wait_seconds', (this.#time() - since) / 1_000, { channel })
  }

  #drop(gate: Gate, lane: ResourceKey): Waiter | undefined {
    const waiters = this.#waiting.get(lane)
    const waiter = waiters?.get(gate)
    waiters?.delete(gate)
    if (waiters?.size === 0) this.#waiting.delete(lane)
    return waiter
  }

  #deferral(gate: Gate, waiter: Waiter): Deferred {
    const now = this.#time()
    const { outage, probing } = gate
    if (outage === undefined && gate.full) return waitsForCalls(gate, this.#limits)
    if (outage === undefined) return waitsForTurn(gate, { now, turnAt: gate.turnAt(now, waiter) }, this.#limits)
    return waitsForOutage(outage, { now, wall: this.#deps.clock.now(), probing }, this.#limits)
  }

  #nextTurn(signal: AbortSignal): Promise<void> {
    const next = this.#agenda.peek()
    if (next === undefined) return new Promise(() => undefined)
    return this.#deps.clock.sleep(Math.min(next.dueAt - this.#time(), this.#limits.maxRestMs), signal)
  }

  #due(): Gate | undefined {
    const gate = this.#agenda.peek()
    return gate !== undefined && gate.dueAt <= this.#time() ? gate : undefined
  }

  /** Calls whose turn it is at one gate, and notes when to look again. */
  #touch(gate: Gate): void {
    for (const waiter of gate.call(this.#time())) {
      if (waiter.goOn === undefined) this.#calls.push(waiter.lane)
      else waiter.goOn()
    }
    if (this.#calls.length > 0) this.#pulse.ring()
    this.#schedule(gate)
    const isOpen = gate.outage !== undefined
    if (isOpen === gate.counted) return
    gate.counted = isOpen
    this.#open += isOpen ? 1 : -1
    this.#deps.metrics.gauge('destinations_open', this.#open)
  }

  #schedule(gate: Gate): void {
    gate.dueAt = gate.nextAt(this.#time())
    if (gate.dueAt === Infinity) {
      this.#agenda.remove(gate)
      return
    }
    this.#agenda.put(gate)
    if (this.#agenda.peek() === gate) this.#pulse.ring()
  }

  async #wakeCalled(): Promise<void> {
    const lanes = this.#calls
    this.#calls = []
    if (lanes.length === 0) return
    try {
      await this.#deps.wake(lanes)
    } catch (error) {
      this.#deps.logger.error(
        { err: error },
        'lanes whose turn has come could not be woken; they come back by themselves',
      )
    }
  }
}
