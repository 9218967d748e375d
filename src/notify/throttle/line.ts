import { type ResourceKey } from '../../model/object.ts'
import { Heap } from '../heap.ts'

/** A lane whose oldest notification waits for its turn at a destination. */
export interface Waiter {
  readonly lane: ResourceKey
  /** When it first asked, steady milliseconds. */
  readonly since: number
  /** Lower ones go first. */
  readonly place: number
  /** It saw the outage itself. Others go first: a message that brings the far side down must not be every probe. */
  readonly failed: boolean
  /** Not in the line; in it; called, with room kept; or called so long ago that the room went to others. */
  state: 'out' | 'waiting' | 'called' | 'late'
  /** The attempt that asked last. */
  lease: string
  /** Until when its call holds. */
  calledUntil: number
  /** Lets an attempt go on that waits for the call. */
  goOn: (() => void) | undefined
}

/** Those who wait at one destination, in the order in which they first asked, and those who were called and have not come yet. */
export class Line {
  readonly #waiting = new Heap<Waiter>(goesFirst)
  readonly #called = new Set<Waiter>()
  #size = 0
  #places = 0

  /** How many wait. */
  get waiting(): number {
    return this.#size
  }

  /** How many were called and have not come yet. */
  get called(): number {
    return this.#called.size
  }

  get size(): number {
    return this.#size + this.#called.size
  }

  /** When the first call runs out; Infinity without one. */
  get expiresAt(): number {
    const [first] = this.#called
    return first?.calledUntil ?? Infinity
  }

  get first(): Waiter | undefined {
    return this.#waiting.peek()
  }

  /** A place at the end. */
  nextPlace(): number {
    this.#places += 1
    return this.#places
  }

  /** Takes a place in the line, the old one again if there was one. */
  join(waiter: Waiter): void {
    this.leave(waiter)
    waiter.state = 'waiting'
    this.#waiting.put(waiter)
    this.#size += 1
  }

  /** Leaves the line, and gives up a call; nothing for one who is in neither. */
  leave(waiter: Waiter): void {
    if (waiter.state === 'waiting') {
      this.#waiting.remove(waiter)
      this.#size -= 1
    }
    this.#called.delete(waiter)
    waiter.state = 'out'
  }

  /** Calls the first of the line, at most so many. */
  call(amount: number, until: number): readonly Waiter[] {
    const called: Waiter[] = []
    for (let first = this.first; first !== undefined && called.length < amount; first = this.first) {
      this.leave(first)
      first.state = 'called'
      first.calledUntil = until
      this.#called.add(first)
      called.push(first)
    }
    return called
  }

  /** Whoever was called and has not come goes back to their place. */
  recall(): void {
    for (const waiter of [...this.#called]) this.join(waiter)
  }

  /** Calls that have run out keep no room any more. */
  expire(now: number): void {
    for (const waiter of this.#called) {
      if (waiter.calledUntil > now) return
      this.#called.delete(waiter)
      waiter.state = 'late'
    }
  }

  /** About how many go before this waiter; places of those who have left are counted, too. */
  before(waiter: Waiter): number {
    const ahead = waiter.place - (this.first?.place ?? waiter.place)
    return Math.max(0, Math.min(ahead, this.#size - 1))
  }
}

function goesFirst(one: Waiter, other: Waiter): boolean {
  return one.failed === other.failed ? one.place < other.place : other.failed
}
