/** The text of one YAML document, and the line of the file on which it begins. */
export interface Segment {
  readonly text: string
  readonly line: number
}

/**
 * Cuts a stream at its document borders, so that an error in one document leaves the others alone. A line that begins with
 * `---` or `...` is a border wherever it stands, block scalars and quoted text included
 * (https://yaml.org/spec/1.2.2/#rule-c-forbidden). Comments and directives belong to the document that follows them.
 */
export function splitDocuments(text: string): readonly Segment[] {
  const segments: Segment[] = []
  let start = 0
  let startLine = 1
  let begun = false
  let line = 1
  for (let at = 0; at < text.length; line += 1) {
    const end = endOfLine(text, at)
    const border = borderAt(text, at)
    if (border !== undefined && begun) segments.push({ text: text.slice(start, at), line: startLine })
    if (border === 'end' || (border === 'start' && begun)) {
      start = border === 'end' ? end : at
      startLine = border === 'end' ? line + 1 : line
    }
    if (border !== undefined) begun = border === 'start'
    else begun ||= isContent(text, at, end)
    at = end
  }
  if (begun) segments.push({ text: text.slice(start), line: startLine })
  return segments
}

function endOfLine(text: string, at: number): number {
  const feed = text.indexOf('\n', at)
  return feed === -1 ? text.length : feed + 1
}

function borderAt(text: string, at: number): 'start' | 'end' | undefined {
  const sign = text[at]
  if (sign !== '-' && sign !== '.') return undefined
  if (text[at + 1] !== sign || text[at + 2] !== sign) return undefined
  const next = text[at + 3]
  if (next !== undefined && !' \t\r\n'.includes(next)) return undefined
  return sign === '-' ? 'start' : 'end'
}

/** Not blank, no comment, no directive: only these may stand before `---` without being a document. */
function isContent(text: string, at: number, end: number): boolean {
  if (text[at] === '%') return false
  for (let place = at; place < end; place += 1) {
    const char = text.charAt(place)
    if (!' \t\r\n'.includes(char)) return char !== '#'
  }
  return false
}
