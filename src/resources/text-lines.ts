/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** The place of an offset. */
export function placeAt(text: string, offset: number): Place {
  let line = 1
  let start = 0
  for (let feed = text.indexOf('\n'); feed !== -1 && feed < offset; feed = text.indexOf('\n', feed + 1)) {
    line += 1
    start = feed + 1
  }
  return { line, column: offset - start + 1 }
}

/** As `placeAt`, for many offsets of one text: its lines are counted once. */
export function createPlaces(text: string): (offset: number) => Place {
  const starts = [0]
  for (let feed = text.indexOf('\n'); feed !== -1; feed = text.indexOf('\n', feed + 1)) starts.push(feed + 1)

  return (offset) => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}

/** The first line that is neither blank nor a comment nor a document border, counted from 1; 1 when there is none. */
export function firstContentLine(text: string): number {
  let line = 1
  for (let at = 0; at < text.length; line += 1) {
    const feed = text.indexOf('\n', at)
    const end = feed === -1 ? text.length : feed
    if (!/^\s*(?:#|%|---\s*(?:#|$)|$)/u.test(text.slice(at, end))) return line
    at = end + 1
  }
  return 1
}
