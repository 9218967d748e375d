/** Markup that is safe to send. */
export interface Html {
  readonly markup: string
}

/** What may stand in a template: text is escaped, markup is not. */
export type Piece = Html | string | number | readonly Html[]

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as HTML text or as the value of a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => escapes[character] ?? '')
}

/** A template literal whose every piece is escaped unless it is Html already. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return { markup: String.raw({ raw: strings }, ...pieces.map(toMarkup)) }
}

/** Nothing. */
export const nothing: Html = { markup: '' }

function toMarkup(piece: Piece): string {
  if (typeof piece === 'string') return escapeHtml(piece)
  if (typeof piece === 'number') return String(piece)
  return 'markup' in piece ? piece.markup : piece.map((item) => item.markup).join('')
}
