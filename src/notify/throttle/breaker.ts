import { type DeliveryReason } from '../../model/delivery.ts'
import { type Random } from '../../model/ports.ts'
import { type Evidence } from './evidence.ts'
import { type ThrottleLimits } from './limits.ts'

/** Why a destination is closed, and until when. */
export interface Outage {
  /** It is down, or it has asked for a pause. */
  readonly cause: 'breaker' | 'throttle'
  readonly reason: DeliveryReason
  readonly detail: string
  /** When the next call goes out to see, steady milliseconds. */
  readonly probeAt: number
}

type Reported = Extract<Evidence, { reason: string }>

export type BreakerLimits = Pick<ThrottleLimits, 'failuresToOpen' | 'probeBaseMs' | 'probeCapMs' | 'probeShare'>

/** No pause that a far side asks for is shorter: it would be no pause. */
const leastPauseMs = 1_000

/**
 * A circuit breaker (https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker). It opens when calls fail several
 * times in a row, or when the far side asks for a pause. Then, after a while, one call at a time probes: an answer closes it,
 * another failure opens it for twice as long.
 */
export class Breaker {
  readonly #limits: BreakerLimits
  readonly #random: Pick<Random, 'next'>
  #failures = 0
  #openings = 0
  #probing = false
  #outage: Outage | undefined

  constructor(limits: BreakerLimits, random: Pick<Random, 'next'>) {
    this.#limits = limits
    this.#random = random
  }

  /** Undefined while it is closed, that is, while calls flow. */
  get outage(): Outage | undefined {
    return this.#outage
  }

  /** When the next probe may start; undefined while it is closed or a probe is under way. */
  get probeAt(): number | undefined {
    return this.#probing ? undefined : this.#outage?.probeAt
  }

  /** Whether a call may start now. */
  pass(now: number): 'free' | 'probe' | 'shut' {
    if (this.#outage === undefined) return 'free'
    return !this.#probing && now >= this.#outage.probeAt ? 'probe' : 'shut'
  }

  beginProbe(): void {
    this.#probing = true
  }

  /** The probe was not made after all. */
  abandonProbe(): void {
    this.#probing = false
  }

  /** A call has ended. */
  learn(evidence: Evidence, { now, probe }: { readonly now: number; readonly probe: boolean }): void {
    if (probe) this.#probing = false
    // Calls that were under way when it opened tell nothing new of an outage.
    const isNews = probe || this.#outage === undefined
    switch (evidence.says) {
      case 'nothing':
        return
      case 'up':
        // A call that was under way already says nothing about a pause that was asked for meanwhile.
        if (probe || !this.#isPaused(now)) this.#close()
        return
      case 'down':
        if (isNews) this.#learnFailure(evidence, { now, probe })
        return
      case 'limited':
        if (isNews) this.#openings += 1
        this.#learnPause(evidence, now)
    }
  }

  #isPaused(now: number): boolean {
    return this.#outage?.cause === 'throttle' && now < this.#outage.probeAt
  }

  #close(): void {
    this.#failures = 0
    this.#openings = 0
    this.#outage = undefined
  }

  #learnFailure(evidence: Reported, { now, probe }: { readonly now: number; readonly probe: boolean }): void {
    this.#failures += 1
    if (!probe && this.#failures < this.#limits.failuresToOpen) return
    this.#openings += 1
    this.#open('breaker', evidence, now + this.#stepMs())
  }

  #learnPause(evidence: Reported, now: number): void {
    const { afterMs } = evidence
    const until = now + (afterMs === undefined ? this.#stepMs() : Math.max(afterMs, leastPauseMs))
    this.#open('throttle', evidence, Math.max(until, this.#outage?.probeAt ?? 0))
  }

  #open(cause: Outage['cause'], { reason, detail }: Reported, probeAt: number): void {
    this.#outage = { cause, reason, detail, probeAt }
  }

  #stepMs(): number {
    const { probeBaseMs, probeCapMs, probeShare } = this.#limits
    const stepMs = Math.min(probeCapMs, probeBaseMs * 2 ** Math.max(0, this.#openings - 1))
    return stepMs * (1 - probeShare * this.#random.next())
  }
}
