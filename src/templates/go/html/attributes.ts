/** What the value of an attribute is, as far as escaping cares. */
export type AttributeKind = 'plain' | 'url' | 'css' | 'script' | 'srcset'

const urls = [
  ...[
    'action',
    'archive',
    'background',
    'cite',
    'classid',
    'codebase',
    'data',
    'formaction',
    'href',
    'icon',
    'longdesc',
  ],
  ...['manifest', 'poster', 'profile', 'src', 'usemap', 'xmlns'],
]

/** Names that look like addresses or handlers by the rules below but are not, or the other way round. */
const kinds: ReadonlyMap<string, AttributeKind> = new Map([
  ...urls.map((name) => [name, 'url'] as const),
  ['style', 'css'],
  ['srcset', 'srcset'],
  ['srcdoc', 'plain'],
  ['srclang', 'plain'],
])

/** What html/template takes an attribute for; unknown ones by what their names suggest, to be safe. */
export function attributeKind(attribute: string): AttributeKind {
  const lower = attribute.toLowerCase()
  if (lower.startsWith('xmlns:')) return 'url'
  const name = lower.startsWith('data-') ? lower.slice(5) : lower.slice(lower.indexOf(':') + 1)
  const known = kinds.get(name)
  if (known !== undefined) return known
  if (name.startsWith('on')) return 'script'
  return /src|uri|url/.test(name) ? 'url' : 'plain'
}

/** Attributes that decide how other content is read: a value must never be their name. */
const weighty: ReadonlySet<string> = new Set([
  ...[
    'accept-charset',
    'async',
    'challenge',
    'charset',
    'content',
    'crossorigin',
    'defer',
    'enctype',
    'form',
    'formenctype',
  ],
  ...[
    'formmethod',
    'formnovalidate',
    'http-equiv',
    'keytype',
    'language',
    'method',
    'novalidate',
    'pattern',
    'rel',
    'sandbox',
  ],
  ...['srcdoc', 'type', 'value'],
])

/** Whether a value may be the name of an attribute. */
export function isHarmlessName(name: string): boolean {
  return /^[a-z0-9]+$/.test(name) && attributeKind(name) === 'plain' && !weighty.has(name)
}
