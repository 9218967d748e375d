import { createHash } from 'node:crypto'

/** A credential by the name that the test tells it by. */
export type Planted = Readonly<Record<string, string>>

/** A credential like no other text: no two halves of two of them are alike. `signs` are characters that encodings change. */
export function plant(name: string, signs = ''): string {
  const body = createHash('sha256').update(`planted ${name}`).digest('hex')
  return `Pl4${body.slice(0, 14)}${signs}${body.slice(14, 28)}Nt`
}

/** One way to write a credential down. */
export type Spelling = (value: string) => string

/** How far sides repeat what they were sent. */
export const spellings: Readonly<Record<string, Spelling>> = {
  raw: (value) => value,
  quoted: (value) => JSON.stringify(JSON.stringify(value)),
  percent: (value) => encodeURIComponent(value),
  lowerpercent: (value) => encodeURIComponent(value).replaceAll(/%../gu, (code) => code.toLowerCase()),
  base64: (value) => Buffer.from(value).toString('base64'),
  base64url: (value) => Buffer.from(value).toString('base64url'),
  pair: (value) => Buffer.from(`ann:${value}`).toString('base64'),
  hex: (value) => Buffer.from(value).toString('hex'),
  firsthalf: (value) => `${value.slice(0, Math.ceil(value.length / 2))}...`,
  lasthalf: (value) => `...${value.slice(-Math.ceil(value.length / 2))}`,
  cut: (value) => `${'x'.repeat(183)} ${value}`,
  late: (value) => `${'x'.repeat(280)} ${value}`,
}

/** A place where people look, and what they see there. */
export interface Seen {
  readonly where: string
  readonly text: string
}

/** Which credentials can be read where, and in what spelling: `mail password as base64 in /status`. */
export function leaksIn(seen: readonly Seen[], planted: Planted): readonly string[] {
  const folded = seen.map(({ where, text }) => ({ where, text: text.toLowerCase() }))
  return Object.entries(planted).flatMap(([name, value]) =>
    [...needlesOf(value)].flatMap(([needle, spelling]) =>
      folded
        .filter(({ text }) => text.includes(needle))
        .map(({ where, text }) => `${name} as ${spelling} in ${where}: ${around(text, needle)}`),
    ),
  )
}

function around(text: string, needle: string): string {
  const at = text.indexOf(needle)
  return JSON.stringify(text.slice(Math.max(at - 80, 0), at + needle.length + 40))
}

/** What nobody may find, in lower case, with its name: every spelling whole, and both halves of it; of a private key every line. */
function needlesOf(value: string): ReadonlyMap<string, string> {
  return new Map(partsOf(value).map(([spelling, needle]) => [needle.toLowerCase(), spelling]))
}

function partsOf(value: string): readonly (readonly [spelling: string, needle: string])[] {
  if (value.startsWith('-----BEGIN')) {
    const lines = value.split('\n').filter((line) => line.length >= 32 && !line.startsWith('-----'))
    return [...lines.map((line) => ['a line', line] as const), ...halvesOf('base64', base64(value))]
  }
  const inside = [0, 1, 2].map((offset) => {
    const text = base64(`${'\0'.repeat(offset)}${value}\0\0\0`)
    return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + value.length) * 4) / 3))
  })
  return [
    ...halvesOf('raw', value),
    ...halvesOf('JSON', JSON.stringify(value).slice(1, -1)),
    ...halvesOf('percent-encoded', encodeURIComponent(value)),
    ...inside.flatMap((text) => halvesOf('base64', text)),
    ...inside.flatMap((text) => halvesOf('base64url', text.replaceAll('+', '-').replaceAll('/', '_'))),
    ...halvesOf('hex', Buffer.from(value).toString('hex')),
  ]
}

function halvesOf(name: string, text: string): readonly (readonly [string, string])[] {
  const half = Math.ceil(text.length / 2)
  return [
    [name, text],
    [`the first half of ${name}`, text.slice(0, half)],
    [`the last half of ${name}`, text.slice(-half)],
  ]
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
