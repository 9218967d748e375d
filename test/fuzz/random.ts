/** A reproducible source of randomness: mulberry32, one number a step. */
export interface Dice {
  /** In [0, 1). */
  next(): number
  /** A whole number below `sides`. */
  below(sides: number): number
  pick<Item>(items: readonly Item[]): Item
  chance(probability: number): boolean
}

/** The same seed gives the same throws. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (sides: number): number => Math.floor(next() * sides)
  return { next, below, pick: (items) => items[below(items.length)]!, chance: (probability) => next() < probability }
}
