import fc from 'fast-check'
import { type Markup } from '../../src/channels/markup.ts'

/** What must stay whole in any text: a character as people see it, an address. */
const whole = [
  'e\u0301',
  '👩‍👩‍👧‍👦',
  '🇨🇳',
  '👍🏽',
  '警',
  '🔥',
  '\r\n',
  ' https://example.com/a?b=c&d=e#f ',
  ' http://x.test/路径 ',
]

const entities = ['&amp;', '&lt;', '&gt;', '&#39;', '&#x1F525;', '&nbsp;']

const byMarkup: Readonly<Record<Markup, readonly string[]>> = {
  plain: whole,
  mrkdwn: [
    ...whole,
    ...entities.slice(0, 3),
    '<https://example.com/a|a link>',
    '<@U123|me>',
    ' *bold words* ',
    ' _italic_ ',
    ' ~struck~ ',
    ' `code <b>` ',
    '\n```a\nb```\n',
  ],
  markdown: [
    ...whole,
    ...entities,
    ' [a link](https://example.com/a) ',
    '![picture](https://example.com/p.png)',
    ' **bold** ',
    ' *italic* ',
    '<font color="warning">red</font>',
    ' `code` ',
    '\n```a\nb```\n',
  ],
  html: [...whole, ...entities, '<a href="https://example.com/a?b=1">a link</a>', '<br>', '<b>bold</b>'],
}

/** A text as its smallest parts, each of which must be kept whole or go. */
export function units(markup: Markup): fc.Arbitrary<readonly string[]> {
  const letters = fc.constantFrom('a', 'b', ' ', '\n', '中', 'é')
  return fc.array(fc.oneof({ weight: 3, arbitrary: letters }, fc.constantFrom(...byMarkup[markup])), {
    maxLength: 200,
    size: 'max',
  })
}

/** Whether a text ends where one of the parts ends, white space at its end left out of account. */
export function cutsNothing(parts: readonly string[], kept: string): boolean {
  let text = ''
  if (kept === '') return true
  for (const part of parts) {
    text += part
    if (text === kept || text.trimEnd() === kept) return true
  }
  return false
}
