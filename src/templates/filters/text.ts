import { oneLine as makeOneLine, visible as makeVisible } from '../../model/readable.ts'
import { textOf } from '../text-of.ts'
import { numberArg, type Filter } from './scope.ts'

export const toUpper: Filter = (scope, value) => textOf(value, scope.charge).toUpperCase()

export const toLower: Filter = (scope, value) => textOf(value, scope.charge).toLowerCase()

/** The first letter of each word in upper case, as Go's strings.Title: a word starts after anything that is not a letter, digit or `_` `'`. */
export const title: Filter = (scope, value) =>
  textOf(value, scope.charge).replace(/(?<![\p{L}\p{Nd}_'])\p{L}/gu, (letter) => letter.toUpperCase())

/** Characters that nobody sees but that change what others look like, written out as `\u202e`. */
export const visible: Filter = (scope, value) => makeVisible(textOf(value, scope.charge))

/** All on one line: every run of white space and line breaks is one space. */
export const oneLine: Filter = (scope, value) => {
  const text = makeOneLine(textOf(value, scope.charge))
  scope.charge(text.length)
  return text
}

/** Every line but the first starts with that many spaces. */
export const indent: Filter = (scope, value, width) => {
  const padding = ' '.repeat(numberArg(width, 2, { min: 0, max: 40 }))
  const text = textOf(value, scope.charge).replaceAll('\n', `\n${padding}`)
  scope.charge(text.length)
  return text
}

/** Lines of at most that many characters, broken at spaces; a longer word stays whole. */
export const wrap: Filter = (scope, value, width) => {
  const limit = numberArg(width, 72, { min: 8, max: 1_000 })
  return textOf(value, scope.charge)
    .split('\n')
    .map((line) => wrapLine(line, limit))
    .join('\n')
}

function wrapLine(line: string, limit: number): string {
  const lines: string[] = []
  let current = ''
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > limit) {
      lines.push(current)
      current = word
    } else {
      current = current === '' ? word : `${current} ${word}`
    }
  }
  return [...lines, current].join('\n')
}

/** At most that many characters; what was cut is replaced by `…` and told: `…(+9000 characters)`. */
export const clip: Filter = (scope, value, length) => {
  const text = textOf(value, scope.charge)
  const limit = numberArg(length, 500, { min: 1, max: 1_000_000 })
  if (text.length <= limit) return text
  const end = splitsPair(text, limit) ? limit - 1 : limit
  return `${text.slice(0, end)}… (+${text.length - end} characters)`
}

function splitsPair(text: string, place: number): boolean {
  return (text.codePointAt(place - 1) ?? 0) > 0xffff
}

/** At most that many bytes of UTF-8, the mark included; never cuts inside a character. */
export const truncateBytes: Filter = (scope, value, bytes, mark) => {
  const text = textOf(value, scope.charge)
  const limit = numberArg(bytes, 1_000, { min: 0, max: 10_000_000 })
  if (Buffer.byteLength(text) <= limit) return text
  const ending = mark === undefined ? '…' : textOf(mark, scope.charge)
  const room = limit - Buffer.byteLength(ending)
  if (room < 0) return cutBytes(text, limit)
  return cutBytes(text, room) + ending
}

function cutBytes(text: string, room: number): string {
  let used = 0
  let end = 0
  for (const character of text) {
    used += Buffer.byteLength(character)
    if (used > room) break
    end += character.length
  }
  return text.slice(0, end)
}
