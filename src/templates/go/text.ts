import { isPrintable } from './quote.ts'

/** Go's strings.ToUpper: one character for one, so that `ß` stays. */
export function toUpper(text: string): string {
  return isAscii(text) ? text.toUpperCase() : perCharacter(text, (character) => character.toUpperCase())
}

/** Go's strings.ToLower: one character for one. */
export function toLower(text: string): string {
  return isAscii(text)
    ? text.toLowerCase()
    : perCharacter(text, (character) => (character === 'İ' ? 'i' : character.toLowerCase()))
}

/** Go's strings.Title: a capital after whatever is no letter, digit or underscore; beyond ASCII only white space counts. */
export function title(text: string): string {
  let titled = ''
  let afterWord = false
  for (const character of text) {
    titled += afterWord ? character : toUpper(character)
    afterWord = /[A-Za-z0-9_]/.test(character) || (character > '\u007f' && !isSpace(character))
  }
  return titled
}

function isSpace(character: string): boolean {
  return /\p{White_Space}/u.test(character) && !/[\p{L}\p{Nd}]/u.test(character)
}

function isAscii(text: string): boolean {
  return /^[\0-\u007f]*$/.test(text)
}

function perCharacter(text: string, change: (character: string) => string): string {
  let changed = ''
  for (const character of text) {
    const other = change(character)
    changed += Array.from(other).length === 1 ? other : character
  }
  return changed
}

const jsEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '"': '\\"' }

/** The template function `js`: text inside a JavaScript string. */
export function escapeJs(text: string): string {
  return text.replace(/[\\'"<>&=\0-\u001f]|[^\0-\u007f]/gu, (character) => {
    if (Object.hasOwn(jsEscapes, character)) return jsEscapes[character] ?? ''
    const code = character.codePointAt(0) ?? 0
    if (code > 0x7f && isPrintable(character)) return character
    return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
  })
}
