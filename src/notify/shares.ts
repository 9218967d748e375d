/**
 * How many of the places for attempts each party may have: no more than are free. So one party alone has half of the places at most,
 * two a third each, and however many have endpoints that hang, as many places as each of them has are left to those who have none.
 * Whoever has none may always take one.
 *
 * This is the rule of dynamic thresholds that switches share their buffers by: https://doi.org/10.1109/90.664262
 */
export class Shares {
  readonly #taken = new Map<string, number>()
  #free = 0

  /** So many places are free now. */
  offer(places: number): void {
    this.#free = places
  }

  allows(party: string): boolean {
    const taken = this.#taken.get(party) ?? 0
    return this.#free > 0 && (taken === 0 || taken < this.#free)
  }

  /** The same, when places become free before the next offer. */
  mayAllow(party: string): boolean {
    return this.#free <= 0 || this.allows(party)
  }

  take(party: string): void {
    this.#taken.set(party, (this.#taken.get(party) ?? 0) + 1)
    this.#free -= 1
  }

  give(party: string): void {
    const left = (this.#taken.get(party) ?? 1) - 1
    if (left > 0) this.#taken.set(party, left)
    else this.#taken.delete(party)
    this.#free += 1
  }
}
