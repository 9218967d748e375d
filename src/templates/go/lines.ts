/** Finds lines and columns, both counted from 1, by places in a text. */
export interface Lines {
  /** The place after the last character. */
  readonly end: number
  lineOf(at: number): number
  describe(at: number): { readonly line: number; readonly column: number; readonly excerpt: string }
}

const longestExcerpt = 80

/** The lines of a text. */
export function createLines(text: string): Lines {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  function lineOf(at: number): number {
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= at) low = middle
      else high = middle
    }
    return low + 1
  }
  return {
    end: text.length,
    lineOf,
    describe(at) {
      const line = lineOf(at)
      const start = starts[line - 1] ?? 0
      const content = text.slice(start, starts[line] ?? text.length).trim()
      const excerpt = content.length > longestExcerpt ? `${content.slice(0, longestExcerpt)}…` : content
      return { line, column: at - start + 1, excerpt }
    },
  }
}
