import { type RateLimit } from '../../channels/channel.ts'

/** Calls of one window that are remembered one by one; see `reduce`. */
const maxExact = 1_024
/** Beyond, a limit is none. */
const maxLimit = 2 ** 31
/** A year; nothing waits that long. */
const maxWindowMs = 31_536_000_000
/** Bounds of the margin, milliseconds. */
const leastMarginMs = 20
const mostMarginMs = 2_000
/** The margin's share of the window. */
const marginShare = 0.02

/**
 * One limit, kept exactly: never more than `limit` calls in any `perMs`, however the far side places its windows.
 *
 * A call counts from its start until `perMs` after its end, for the far side counted it somewhere in between. So latency cannot
 * press two windows into one. A margin of 2 % (20 ms to 2 s) is for clocks that run differently and far sides that count in whole
 * seconds. Times are steady milliseconds; see steady-time.ts.
 */
export class RateWindow {
  readonly limit: number
  /** How long a call counts after its end. */
  readonly spanMs: number
  /** Ends of calls, ascending; those before `#first` count no more. */
  readonly #ends: number[]
  #first = 0

  /** A window with the ends of calls that were made before, ascending. */
  constructor(rate: RateLimit, ends: readonly number[] = []) {
    const { limit, perMs } = reduce(rate)
    this.limit = limit
    this.spanMs = perMs + Math.min(Math.max(perMs * marginShare, leastMarginMs), mostMarginMs)
    this.#ends = [...ends]
  }

  /** A call has ended. */
  add(now: number): void {
    this.#ends.push(now)
  }

  /** How many calls may start now while `busy` are under way; negative when there are more than a limit that was lowered. */
  room(now: number, busy: number): number {
    this.#forget(now)
    return this.limit - busy - this.#used()
  }

  /** When there is room for a call although none of the `busy` ends; Infinity when there never is. */
  openAt(now: number, busy: number): number {
    this.#forget(now)
    const place = this.#used() + busy - this.limit
    return place < 0 ? now : (this.#ends[this.#first + place] ?? Infinity) + this.spanMs
  }

  /** When the next call may start, as far as can be told, while `busy` others are under way or go first. */
  freeAt(now: number, busy: number): number {
    const openAt = this.openAt(now, busy)
    if (openAt !== Infinity) return openAt
    return now + Math.floor(busy / this.limit) * this.spanMs
  }

  /** Ends of calls that still count, ascending. */
  ends(now: number): readonly number[] {
    this.#forget(now)
    return this.#ends.slice(this.#first)
  }

  #used(): number {
    return this.#ends.length - this.#first
  }

  #forget(now: number): void {
    while ((this.#ends[this.#first] ?? Infinity) + this.spanMs <= now) this.#first += 1
    if (this.#first < maxExact && this.#first < this.#ends.length) return
    this.#ends.splice(0, this.#first)
    this.#first = 0
  }
}

/**
 * A large limit, or none that can be counted, in a form that takes little memory: k windows of a k-th of the time with a k-th of
 * the calls each allow no more than the whole, and never let it go in one burst.
 */
function reduce({ limit, perMs }: RateLimit): RateLimit {
  const whole = bounded(Math.floor(limit), 1, maxLimit)
  const pieces = Math.ceil(whole / maxExact)
  return { limit: Math.floor(whole / pieces), perMs: bounded(perMs, 0, maxWindowMs) / pieces }
}

/** The least for what is no number. */
function bounded(value: number, least: number, most: number): number {
  return value > least ? Math.min(value, most) : least
}
