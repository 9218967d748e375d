/** A binary heap that knows where each item is, so that an item can be moved or taken out. The smallest is on top. */
export class Heap<Item> {
  readonly #before: (a: Item, b: Item) => boolean
  readonly #items: Item[] = []
  readonly #places = new Map<Item, number>()

  /** An empty heap; `before(a, b)` says whether `a` belongs above `b`. */
  constructor(before: (a: Item, b: Item) => boolean) {
    this.#before = before
  }

  peek(): Item | undefined {
    return this.#items[0]
  }

  /** Puts an item in, or into its new place after what it is compared by has changed. */
  put(item: Item): void {
    this.#settle(this.#places.get(item) ?? this.#items.length, item)
  }

  /** Takes an item out; one that is not in is left alone. */
  remove(item: Item): void {
    const place = this.#places.get(item)
    if (place === undefined) return
    const last = this.#items.pop()
    this.#places.delete(item)
    if (last !== undefined && last !== item) this.#settle(place, last)
  }

  #settle(start: number, item: Item): void {
    this.#set(this.#sink(this.#rise(start, item), item), item)
  }

  #set(place: number, item: Item): void {
    this.#items[place] = item
    this.#places.set(item, place)
  }

  #rise(start: number, item: Item): number {
    let place = start
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = this.#items[above]
      if (parent === undefined || !this.#before(item, parent)) break
      this.#set(place, parent)
      place = above
    }
    return place
  }

  #sink(start: number, item: Item): number {
    let place = start
    for (let child = this.#smallerChild(place); child !== undefined; child = this.#smallerChild(place)) {
      if (!this.#before(child.item, item)) break
      this.#set(place, child.item)
      place = child.place
    }
    return place
  }

  #smallerChild(place: number): { readonly place: number; readonly item: Item } | undefined {
    const left = this.#items[2 * place + 1]
    const right = this.#items[2 * place + 2]
    if (left === undefined) return undefined
    return right !== undefined && this.#before(right, left)
      ? { place: 2 * place + 2, item: right }
      : { place: 2 * place + 1, item: left }
  }
}
