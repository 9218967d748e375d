const named: ReadonlyMap<string, string> = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
])

const printable = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u

/** Whether Go calls a character printable: something to see, or the ASCII space. */
export function isPrintable(character: string): boolean {
  return printable.test(character)
}

/** A Go literal of a text: in `"` or, for one character, in `'`. */
export function quoteGo(text: string, quote: '"' | "'", asciiOnly: boolean): string {
  let quoted = ''
  for (const character of text) quoted += quoteCharacter(character, quote, asciiOnly)
  return quote + quoted + quote
}

function quoteCharacter(character: string, quote: string, asciiOnly: boolean): string {
  if (character === quote) return `\\${quote}`
  const short = named.get(character)
  if (short !== undefined) return short
  const code = character.codePointAt(0) ?? 0
  if (isPrintable(character) && (code < 0x80 || !asciiOnly)) return character
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}

/** Whether a text can stand between backquotes: no backquote, no control character but the tab. */
export function canBackquote(text: string): boolean {
  return !/[`\u007f\ufeff]|[^\P{Cc}\t\u0080-\u009f]/u.test(text)
}
