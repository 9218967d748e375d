import { setImmediate as nextTurn } from 'node:timers/promises'

/** JSON arrays that make up one list: long ones in pieces, each of which is made and read in a few milliseconds. */
export type Slices = readonly Uint8Array<ArrayBuffer>[]

/** Characters of one piece, about: JSON of this length takes V8 a millisecond or two. */
const sliceCharacters = 128 * 1_024

/** Places in a list that are gone through between two turns. */
export const placesPerTurn = 20_000

let lastTurn: Promise<unknown> = Promise.resolve()

/**
 * Resolves in a turn of the event loop that is the caller's alone. Whoever works for long takes one between two pieces: then the
 * loop does at most one piece a turn, however many work at the same time.
 */
export async function ownTurn(): Promise<void> {
  const turn = lastTurn.then(() => nextTurn())
  lastTurn = turn
  await turn
}

/** A list as JSON arrays; takes a turn between two of them, and none when there is only one. */
export async function toTexts<Item>(items: readonly Item[], wire: (item: Item) => unknown): Promise<readonly string[]> {
  const texts: string[] = []
  let piece: string[] = []
  let characters = 0
  for (const item of items) {
    if (characters >= sliceCharacters) {
      texts.push(`[${piece.join(',')}]`)
      piece = []
      characters = 0
      await ownTurn()
    }
    const text = JSON.stringify(wire(item))
    piece.push(text)
    characters += text.length
  }
  return [...texts, `[${piece.join(',')}]`]
}

/** Each of a buffer of its own, so that it can be handed to another thread without a copy. */
export function toSlices(texts: readonly string[]): Slices {
  const encoder = new TextEncoder()
  return texts.map((text) => encoder.encode(text))
}

/** Reads one slice, which this program wrote. */
export function fromSlice(slice: Uint8Array): readonly unknown[] {
  return JSON.parse(Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength).toString()) as readonly unknown[]
}
