/** What a token is; keywords are tokens of their own. */
export type TokenKind =
  | 'text'
  | 'comment'
  | 'left'
  | 'right'
  | 'space'
  | 'assign'
  | 'declare'
  | 'pipe'
  | 'comma'
  | 'open'
  | 'close'
  | 'dot'
  | 'field'
  | 'variable'
  | 'identifier'
  | 'bool'
  | 'string'
  | 'rawString'
  | 'char'
  | 'number'
  | 'keyword'
  | 'eof'

/** One token of a Go template. */
export interface Token {
  readonly kind: TokenKind
  /** The token as written; for text, what is left after trimming. */
  readonly value: string
  /** Place of its first character. */
  readonly at: number
  /** For text: as written, before `{{-` and `-}}` took white space away. */
  readonly raw?: string
}

/** Words with a meaning of their own inside an action. */
export const keywords: ReadonlySet<string> = new Set([
  ...['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'nil', 'range', 'template', 'with'],
])

/** How Go's messages name a token: `<define>`, `"word"`, `"}}"`. */
export function describeToken(token: Token): string {
  if (token.kind === 'eof') return 'the end of the file'
  if (token.kind === 'keyword') return `<${token.value}>`
  return JSON.stringify(token.value.length > 20 ? `${token.value.slice(0, 20)}…` : token.value)
}
