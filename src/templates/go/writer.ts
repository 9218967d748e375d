/** One piece of Liquid: fixed text, or a tag or output whose delimiters are still to be chosen. */
type Piece =
  | Text
  | {
      readonly kind: 'tag'
      readonly body: string
      readonly delimiters: readonly [string, string]
      readonly line: number
    }

interface Text {
  readonly kind: 'text'
  readonly raw: string
  readonly trimmed: string
  readonly line: number
}

const output = ['{{', '}}'] as const
const tag = ['{%', '%}'] as const

/**
 * Puts Liquid together. Each line of the Go file stays at its line, so that what the engine says about the Liquid holds for the
 * file that a person wrote.
 */
export class Writer {
  readonly #pieces: Piece[] = []
  #line = 1

  /** Says which line of the Go file the next pieces come from. */
  at(line: number): void {
    this.#line = line
  }

  tag(body: string): void {
    this.#pieces.push({ kind: 'tag', body, delimiters: tag, line: this.#line })
  }

  output(body: string): void {
    this.#pieces.push({ kind: 'tag', body, delimiters: output, line: this.#line })
  }

  /** Fixed text: as written, and after Go's trimming. */
  text(raw: string, trimmed: string): void {
    this.#pieces.push({ kind: 'text', raw, trimmed, line: this.#line })
  }

  /** The Liquid. */
  build(): string {
    const pieces = this.#pieces
    const trims = pieces.map((piece, index) => (piece.kind === 'text' ? trimsOf(piece, pieces, index) : none))
    let built = ''
    let line = 1
    for (const [index, piece] of pieces.entries()) {
      const next = pieces[index + 1]
      const text =
        piece.kind === 'text'
          ? quoteText(keptText(piece, trims[index] ?? none), next !== undefined)
          : tagText(piece, { left: trims[index - 1]?.right === true, right: trims[index + 1]?.left === true })
      const breaks = next === undefined || piece.kind === 'text' ? 0 : next.line - line - countBreaks(text)
      const placed = pushDown(text, breaks)
      built += placed
      line += countBreaks(placed)
    }
    return built
  }
}

interface Trims {
  readonly left: boolean
  readonly right: boolean
}

const none: Trims = { left: false, right: false }

/** Whether marks at the neighbours may do what Go's marks did: Liquid knows more white space than Go. */
function trimsOf({ raw, trimmed }: Text, pieces: readonly Piece[], index: number): Trims {
  if (raw === trimmed) return none
  const before = pieces[index - 1]?.kind === 'tag'
  const after = pieces[index + 1]?.kind === 'tag'
  if (trimmed === '') return { left: before && !after, right: after }
  const cutLeft = !raw.startsWith(trimmed)
  const cutRight = !raw.endsWith(trimmed)
  const possible = (!cutLeft || (before && !/^\s/.test(trimmed))) && (!cutRight || (after && !/\s$/.test(trimmed)))
  return possible ? { left: cutLeft, right: cutRight } : none
}

/** The text with the white space that a neighbour's mark is going to take away, or without. */
function keptText({ raw, trimmed }: Text, { left, right }: Trims): string {
  return left || right ? raw : trimmed
}

/** Text that Liquid would take for a tag; Go has no `{%`. A brace before a tag would make three of two. */
function quoteText(text: string, beforeTag: boolean): string {
  const quoted = text.replaceAll('{%', '{% raw %}{{% endraw %}%')
  return beforeTag && quoted.endsWith('{') ? `${quoted.slice(0, -1)}{% raw %}{{% endraw %}` : quoted
}

function tagText({ body, delimiters: [open, close] }: Extract<Piece, { readonly kind: 'tag' }>, trims: Trims): string {
  return `${open}${trims.left ? '-' : ''} ${body} ${trims.right ? '-' : ''}${close}`
}

/** Makes a tag longer by line breaks, which mean nothing inside. */
function pushDown(text: string, breaks: number): string {
  if (breaks <= 0) return text
  const end = text.length - (/-[%}]\}$/.test(text) ? 3 : 2)
  return `${text.slice(0, end).trimEnd()}${'\n'.repeat(breaks)}${text.slice(end)}`
}

function countBreaks(text: string): number {
  return text.split('\n').length - 1
}
