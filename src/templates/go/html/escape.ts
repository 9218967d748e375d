const entities: ReadonlyMap<string, string> = new Map([
  ['\0', '\ufffd'],
  ['"', '&#34;'],
  ['&', '&amp;'],
  ["'", '&#39;'],
  ['+', '&#43;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
])

/** What ends an attribute without quotes, besides. */
const unquotedEntities: ReadonlyMap<string, string> = new Map([
  ...entities,
  ['\0', '&#xfffd;'],
  ...['\t', '\n', '\v', '\f', '\r', ' ', '=', '`'].map(
    (character) => [character, `&#${character.charCodeAt(0)};`] as const,
  ),
])

/** Text between tags and in quoted attributes, as html/template escapes it. */
export function escapeText(text: string): string {
  return text.replace(/[\0"&'+<>]/g, (character) => entities.get(character) ?? '')
}

/** HTML in a place where its tags would not be tags: entities stay. */
export function escapeMarkup(html: string): string {
  return html.replace(/[\0"'+<>]/g, (character) => entities.get(character) ?? '')
}

/** The value of an attribute without quotes. */
export function escapeUnquoted(text: string, keepEntities: boolean): string {
  return text.replace(/[\0"&'+<>\t\n\v\f\r =`\ufdd0-\ufdef\ufff0-\uffff]/g, (character) => {
    if (character === '&' && keepEntities) return character
    return unquotedEntities.get(character) ?? `&#x${character.charCodeAt(0).toString(16)};`
  })
}

/** The template function `html`, which leaves `+` alone. */
export function escapeHtmlFunction(text: string): string {
  return text.replace(/[\0"&'<>]/g, (character) => entities.get(character) ?? '')
}

const tagBegin = /<(?:!--|\/?[A-Za-z])/g

/** HTML without its tags and comments. */
export function stripTags(html: string): string {
  let text = ''
  for (let place = 0; place < html.length;) {
    tagBegin.lastIndex = place
    const found = tagBegin.exec(html)
    if (found === null) return text + html.slice(place)
    text += html.slice(place, found.index)
    place = found[0] === '<!--' ? commentEnd(html, found.index) : tagEnd(html, found.index)
  }
  return text
}

function commentEnd(html: string, place: number): number {
  const end = html.indexOf('-->', place)
  return end === -1 ? html.length : end + 3
}

/** After the `>` that stands outside of quotes. */
function tagEnd(html: string, from: number): number {
  let quote = ''
  for (let place = from; place < html.length; place += 1) {
    const character = html.charAt(place)
    if (character === quote) quote = ''
    else if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (quote === '' && character === '>') return place + 1
  }
  return html.length
}

/** An address that does nothing but lead somewhere: relative, or http, https or mailto. */
export function isSafeUrl(url: string): boolean {
  const colon = url.indexOf(':')
  const scheme = colon === -1 ? '' : url.slice(0, colon)
  return colon === -1 || scheme.includes('/') || /^(?:https?|mailto)$/i.test(scheme)
}

/** Percent-encodes what has no business in an address; reserved characters too, unless `whole` says that it is one. */
export function escapeUrl(text: string, whole: boolean): string {
  return text.replace(whole ? notInAddress : notInQuery, encodeBytes)
}

/** In a whole address, a valid escape such as `%20` stays. */
const notInAddress = /%(?![\da-fA-F]{2})|[^A-Za-z0-9\-._~!#$&*+,/:;=?@[\]%]/gu
const notInQuery = /[^A-Za-z0-9\-._~]/gu

function encodeBytes(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

/** The template function `urlquery`: Go's url.QueryEscape. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}
