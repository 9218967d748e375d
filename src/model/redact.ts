const redacted = '<redacted>'

/** Shorter values would blot out ordinary words, and are no protection anyway. */
const minSecret = 4
/** What is shorter and only a part of a credential, or an encoding of one, may be an ordinary word. */
const minRun = 8
/** A run of this many characters of a credential is too many, however long the whole is: a line of a private key. */
const maxRun = 32

/**
 * The text without these credentials, for text that came from outside: a far side may repeat in its error what it was sent. A
 * credential is recognised whole and in halves, for it may have been cut; as it is, percent-encoded, escaped for JSON or HTML, in
 * hexadecimal, and in Base64 wherever it stands in what was encoded, as in `user:password`. Case does not matter. Of a credential
 * that is an http or https URL the origin is left to see.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const folded = fold(text)
  const found = secrets
    .filter((secret) => secret.length >= minSecret)
    .flatMap(partsOf)
    // No form is shorter than what it is a form of.
    .filter((part) => leastOf(part) <= text.length)
    .flatMap((part) => [...new Set(formsOf(part).map(fold))])
    .flatMap((form) => runsOf(folded, form))
    .sort((one, other) => one.from - other.from)
  if (found.length === 0) return text
  let shown = ''
  let place = 0
  for (const { from, to } of found) {
    if (to <= place) continue
    if (from > place || place === 0) shown += text.slice(place, from) + redacted
    place = to
  }
  return shown + text.slice(place)
}

/** A stretch of a text: from, and up to but not with. */
interface Run {
  readonly from: number
  readonly to: number
}

/** How many characters of a form give it away. */
function leastOf({ length }: { readonly length: number }): number {
  return Math.min(Math.max(minRun, Math.ceil(length / 2)), maxRun, Math.max(length, minSecret))
}

/**
 * The long stretches that a text and a form have in common. Any stretch of the least length holds one of the blocks that the form
 * is cut into, for a block is about half as long; so each block is looked for, and followed both ways.
 */
function runsOf(text: string, form: string): readonly Run[] {
  const least = leastOf(form)
  const size = Math.ceil(least / 2)
  const runs: Run[] = []
  for (let start = 0; start + size <= form.length; start += size) {
    const block = form.slice(start, start + size)
    for (let at = text.indexOf(block); at >= 0; at = text.indexOf(block, at + 1)) {
      const run = widest(text, form, { at, start, size })
      if (run.to - run.from >= least) runs.push(run)
    }
  }
  return runs
}

function widest(
  text: string,
  form: string,
  { at, start, size }: { readonly at: number; readonly start: number; readonly size: number },
): Run {
  let before = 0
  while (before < Math.min(at, start) && text[at - before - 1] === form[start - before - 1]) before += 1
  let after = size
  while (start + after < form.length && at + after < text.length && text[at + after] === form[start + after]) after += 1
  return { from: at - before, to: at + after }
}

/** The credential itself, or what is secret in a URL: user, password, path and query, and each piece of these. */
function partsOf(secret: string): readonly string[] {
  const url = /^\s*https?:/iu.test(secret) ? URL.parse(secret.trim()) : null
  if (url === null) return [secret]
  const query = [...url.searchParams.values()]
  const userInfo = [url.username, url.password].flatMap((part) => [part, decode(part)])
  const path = [url.pathname, ...url.pathname.split('/')].filter((part) => part.length >= minRun)
  return [`${url.pathname}${url.search}`, ...path, ...query, ...userInfo].filter((part) => part.length >= minSecret)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function formsOf(part: string): readonly string[] {
  const escaped = JSON.stringify(part).slice(1, -1)
  const bytes = Buffer.from(part)
  const encoded = [
    escaped,
    escaped.replaceAll('/', String.raw`\/`),
    // JSON inside JSON, as logs and errors wrap one another.
    JSON.stringify(escaped).slice(1, -1),
    part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    encodeURIComponent(part.toWellFormed()),
    new URLSearchParams([['', part]]).toString().slice(1),
    bytes.toString('hex'),
    ...base64sOf(bytes),
  ]
  return [part, ...encoded.filter((form) => form.length >= minRun)]
}

/** Three bytes make four characters, so there are three ways to stand in what was encoded; neighbours change the outermost. */
function base64sOf(bytes: Buffer): readonly string[] {
  const inside = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3))
  })
  return [bytes.toString('base64'), ...inside].flatMap((text) => [
    text,
    text.replaceAll('+', '-').replaceAll('/', '_'),
    encodeURIComponent(text),
  ])
}

/** ASCII letters in lower case, every other character as it is, so that places stay the same. */
function fold(text: string): string {
  return text.replace(/[A-Z]/gu, (letter) => letter.toLowerCase())
}
