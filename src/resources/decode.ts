/** What is wrong with a text, without full stops, and where; lines and columns count from 1. */
export interface Fault {
  readonly line: number
  readonly column: number
  readonly message: string
  readonly remedy: string
}

/** The text of a file, or why it is none. */
export type Decoded = { readonly text: string } | { readonly fault: Fault }

const utf8 = 'save the file as UTF-8'

/** Bytes as UTF-8 text, without a byte order mark. */
export function decode(bytes: Uint8Array): Decoded {
  if (looksLikeUtf16(bytes)) return refuse('the file is encoded as UTF-16, not UTF-8', utf8)
  if (bytes.includes(0)) return refuse('the file holds binary data, not text', 'write the manifest as plain UTF-8 text')
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return refuse('the file is not valid UTF-8', utf8)
  }
}

function refuse(message: string, remedy: string): Decoded {
  return { fault: { line: 1, column: 1, message, remedy } }
}

/** By its byte order mark, or by an ASCII character with a zero byte beside it at the very beginning. */
function looksLikeUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return false
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  return marked || (first === 0) !== (second === 0)
}
