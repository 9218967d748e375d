import { toValue } from 'liquidjs'

/** Takes `units` from a rendering's memory limit; throws when it is used up. */
export type Charge = (units: number) => void

/**
 * A value as a template prints it: lists without separators, pairs as `a=b, c=d`, anything else as JSON. Charged as it grows, so
 * that a list of many long texts is refused before it is built.
 */
export function textOf(input: unknown, charge: Charge): string {
  const value: unknown = toValue(input)
  if (typeof value === 'string') return charged(value, charge)
  if (typeof value === 'number' || typeof value === 'boolean') return charged(String(value), charge)
  if (typeof value !== 'object' || value === null) return ''
  if (Array.isArray(value)) return value.map((item: unknown) => textOf(item, charge)).join('')
  const pairs = Object.entries(value)
  if (pairs.every(isTextPair)) return charged(pairs.map(([name, text]) => `${name}=${text}`).join(', '), charge)
  return jsonOf(value, charge)
}

function isTextPair(pair: [string, unknown]): pair is [string, string] {
  return typeof pair[1] === 'string'
}

function charged(text: string, charge: Charge): string {
  charge(text.length)
  return text
}

/** JSON of a value, charged node by node: a list that holds one big object many times must not be written out first. */
export function jsonOf(value: unknown, charge: Charge, space = 0): string {
  const text = JSON.stringify(
    value,
    (name, node: unknown) => {
      charge(name.length + (typeof node === 'string' ? node.length : 8))
      return node
    },
    space,
  ) as string | undefined
  return text ?? 'null'
}

const htmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

/** Text made harmless between tags and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => htmlEntities[character] ?? '')
}
