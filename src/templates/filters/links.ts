import { textOf } from '../text-of.ts'
import { type Filter } from './scope.ts'

const allowed: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/** Longer ones are refused by browsers and mail clients alike. */
const longestUrl = 8_000

/** An absolute http, https or mailto address in its normal form; empty for anything else, `javascript:` above all. */
export const safeUrl: Filter = (scope, value) => {
  const text = textOf(value, scope.charge).trim()
  if (text.length > longestUrl || !URL.canParse(text)) return ''
  const url = new URL(text)
  if (!allowed.has(url.protocol)) return ''
  scope.charge(url.href.length)
  return url.href
}
