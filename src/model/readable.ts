/** Control characters except line feed and tab, and the characters that turn the direction of writing (Unicode TR 9). */
const hidden = /[[\p{Cc}\u202a-\u202e\u2066-\u2069]--[\n\t]]/gv

/** Characters that nobody sees but that change what others look like, written out as `\u202e`. */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** All on one line, hidden characters written out: every run of white space and line breaks is one space. */
export function oneLine(text: string): string {
  return visible(text).replace(/\s+/gu, ' ').trim()
}

/** Longer addresses are refused by browsers and mail clients alike. */
const longestUrl = 8_000

const protocols: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/** An absolute http, https or mailto address in its normal form; empty for anything else, `javascript:` above all. */
export function safeUrl(text: string): string {
  const address = text.trim()
  const url = address.length > longestUrl ? null : URL.parse(address)
  return url !== null && protocols.has(url.protocol) ? url.href : ''
}

/**
 * Text that Slack shows as it is: the three characters that begin links, mentions and entities
 * (https://docs.slack.dev/messaging/formatting-message-text/#escaping). Its `*`, `_` and backquotes may still look bold or like code.
 */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
