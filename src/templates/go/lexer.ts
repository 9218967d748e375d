import { closingAt, scanAction, type Closing } from './lexer-action.ts'
import { GoSyntaxError } from './syntax-error.ts'
import { type Token } from './tokens.ts'

/**
 * The tokens of a Go template, the last one being the end of the file. The grammar and the trimming rules are those of
 * https://pkg.go.dev/text/template. Throws GoSyntaxError.
 */
export function lex(input: string): readonly Token[] {
  const tokens: Token[] = []
  let place = 0
  let trimNext = false
  for (;;) {
    const open = input.indexOf('{{', place)
    const end = open === -1 ? input.length : open
    const trimThis = open !== -1 && /^-[ \t\r\n]/.test(input.slice(open + 2, open + 4))
    pushText(tokens, { raw: input.slice(place, end), at: place, trimLeft: trimNext, trimRight: trimThis })
    if (open === -1) return [...tokens, { kind: 'eof', value: '', at: input.length }]
    const inside = open + (trimThis ? 4 : 2)
    const close = input.startsWith('/*', inside)
      ? scanComment(input, { open, inside }, tokens)
      : scanAction(input, { open, inside }, tokens)
    place = close.end
    trimNext = close.trim
  }
}

interface Text {
  readonly raw: string
  readonly at: number
  readonly trimLeft: boolean
  readonly trimRight: boolean
}

function pushText(tokens: Token[], { raw, at, trimLeft, trimRight }: Text): void {
  if (raw === '') return
  const left = trimLeft ? trimGoStart(raw) : raw
  tokens.push({ kind: 'text', value: trimRight ? trimGoEnd(left) : left, raw, at })
}

/** Text without the white space that `-}}` takes away after it: Go trims these four characters only. */
export function trimGoStart(text: string): string {
  return text.replace(/^[ \t\r\n]+/, '')
}

/** Text without the white space that `{{-` takes away before it. */
export function trimGoEnd(text: string): string {
  let end = text.length
  while (end > 0 && ' \t\r\n'.includes(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}

function scanComment(
  input: string,
  from: { readonly open: number; readonly inside: number },
  tokens: Token[],
): Closing {
  const stop = input.indexOf('*/', from.inside + 2)
  if (stop === -1) throw new GoSyntaxError(from.open, 'unclosed comment: "*/" is missing')
  const closing = closingAt(input, stop + 2)
  if (closing === undefined) {
    throw new GoSyntaxError(from.open, 'a comment is the only thing in its action: "}}" is expected right after "*/"')
  }
  tokens.push({ kind: 'comment', value: input.slice(from.inside + 2, stop), at: from.open })
  return closing
}
