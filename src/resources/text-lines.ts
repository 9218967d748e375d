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
