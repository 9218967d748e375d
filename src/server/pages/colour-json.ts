import { escapeHtml, type Html } from './html.ts'

const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gu

/** A value as indented JSON, its keys, strings and literals in colour. */
export function colourJson(value: unknown): Html {
  const text = JSON.stringify(value, null, 2)
  let markup = ''
  let from = 0
  for (const match of text.matchAll(token)) {
    const [whole, string, colon] = match
    markup += escapeHtml(text.slice(from, match.index))
    from = match.index + whole.length
    const className = string === undefined ? 'literal' : colon === undefined ? 'string' : 'key'
    markup += `<span class="${className}">${escapeHtml(string ?? whole)}</span>${colon ?? ''}`
  }
  return { markup: markup + escapeHtml(text.slice(from)) }
}
