/** Something that waits for its turn, and on whose behalf. */
export interface Candidate {
  /** Who is served in turns: a tenant, or a receiver that belongs to none. */
  readonly party: string
}

/**
 * Those who are ready, served in turns: one of each party, and again from the first. Within a party first come, first served: whoever
 * was served comes back behind the others. How much one party has waiting makes no difference to the rest.
 */
export class Turns<Item extends Candidate> {
  /** In the order of their next turns; a party without anything ready is not in it, unless that was withdrawn. */
  readonly #parties = new Map<string, Set<Item>>()

  add(item: Item): void {
    const items = this.#parties.get(item.party)
    if (items === undefined) this.#parties.set(item.party, new Set([item]))
    else items.add(item)
  }

  /** Takes an item out; false for one that is not in. */
  remove(item: Item): boolean {
    const items = this.#parties.get(item.party)
    const found = items?.delete(item) ?? false
    if (items?.size === 0) this.#parties.delete(item.party)
    return found
  }

  /** The same for one that comes again soon: its party keeps its turn until that comes. */
  withdraw(item: Item): boolean {
    return this.#parties.get(item.party)?.delete(item) ?? false
  }

  /** The next item of the first party that may be served; that party's next turn comes after all others'. */
  take(mayServe: (party: string) => boolean): Item | undefined {
    for (const [party, items] of this.#parties) {
      const [item] = items
      if (item === undefined) this.#parties.delete(party)
      if (item === undefined || !mayServe(party)) continue
      items.delete(item)
      this.#parties.delete(party)
      if (items.size > 0) this.#parties.set(party, items)
      return item
    }
    return undefined
  }

  some(mayServe: (party: string) => boolean): boolean {
    for (const [party, items] of this.#parties) if (items.size > 0 && mayServe(party)) return true
    return false
  }
}
