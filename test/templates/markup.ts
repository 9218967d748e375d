import assert from 'node:assert/strict'

/** Every tag that the built-in mail uses, and the attributes that it may carry. Nothing that runs or loads anything. */
const allowedAttributes = new Set([
  ...['align', 'bgcolor', 'border', 'cellpadding', 'cellspacing', 'charset', 'class', 'content', 'href', 'lang'],
  ...['name', 'role', 'style', 'valign', 'width'],
])
const allowedTags = new Set([
  'a',
  'body',
  'br',
  'div',
  'h1',
  'h2',
  'head',
  'html',
  'meta',
  'p',
  'span',
  'style',
  'table',
  'td',
  'title',
  'tr',
])
const voidTags = new Set(['br', 'meta'])
const outlook = /^<!--\[if mso\]>.*?<!\[endif\]-->/
const tag = /^<(\/?)([a-z0-9]+)((?: [a-z-]+="[^"<>]*")*)>/

/**
 * Reads HTML as strictly as it can be read: every `<` begins a tag of the list, every attribute is of the list and quoted, every
 * tag is closed in order. Gives back the text outside of tags, entities decoded. Throws where a browser might see anything else.
 */
export function readStrictly(html: string): string {
  const open: string[] = []
  let text = ''
  let rest = html.replace(/^<!DOCTYPE html>\n/, '')
  while (rest !== '') {
    const next = rest.indexOf('<')
    const end = next === -1 ? rest.length : next
    text += rest.slice(0, end)
    rest = rest.slice(end)
    if (rest === '') break
    const length = outlook.exec(rest)?.[0].length ?? readTag(rest, open)
    rest = rest.slice(length)
  }
  assert.deepEqual(open, [], 'tags left open')
  return decode(text)
}

function readTag(html: string, open: string[]): number {
  const match = tag.exec(html)
  assert.ok(match !== null, `not a tag: ${html.slice(0, 60)}`)
  const [whole, slash, name = '', attributes = ''] = match
  assert.ok(allowedTags.has(name), `<${name}> is not expected`)
  for (const [, attribute = '', value = ''] of attributes.matchAll(/ ([a-z-]+)="([^"]*)"/g)) {
    assert.ok(allowedAttributes.has(attribute), `${attribute}= is not expected`)
    if (attribute === 'href') assert.match(decode(value), /^(?:https?:\/\/|mailto:)/)
  }
  if (slash === '/') assert.equal(open.pop(), name)
  else if (!voidTags.has(name)) open.push(name)
  return whole.length
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&#34;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
  '&ensp;': ' ',
  '&zwnj;': '',
  '&#847;': '',
}

function decode(text: string): string {
  return text.replace(/&(?:[a-z]+|#\d+);/g, (entity) => {
    const character = entities[entity]
    assert.ok(character !== undefined, `${entity} is not expected`)
    return character
  })
}
