import { filters, toValue } from 'liquidjs'
import { assertPattern } from '../operators.ts'
import { textOf } from '../text-of.ts'
import { scopeOf, type LiquidFilter } from './scope.ts'

/** Liquid's filters over texts that are allowed. */
const textFilters = [
  ...[
    'append',
    'capitalize',
    'downcase',
    'lstrip',
    'newline_to_br',
    'normalize_whitespace',
    'number_of_words',
    'prepend',
  ],
  ...['remove', 'remove_first', 'remove_last', 'replace', 'replace_first', 'replace_last', 'rstrip', 'slice', 'split'],
  ...['strip', 'strip_html', 'strip_newlines', 'truncate', 'truncatewords', 'upcase', 'url_decode', 'url_encode'],
]

/** Liquid's filters that are harmless as they are. */
const plainFilters = [
  ...['abs', 'at_least', 'at_most', 'ceil', 'divided_by', 'floor', 'minus', 'modulo', 'plus', 'round', 'times'],
  ...['compact', 'concat', 'default', 'first', 'last', 'reverse', 'size'],
]

/**
 * Liquid's own filters that templates may use. Left out: those that evaluate expressions (`where_exp` and its kin), that cannot be
 * interrupted or bounded, that are random (`sample`), and `raw`, which would switch escaping off.
 */
export function liquidFilters(): readonly (readonly [string, LiquidFilter])[] {
  return [
    ...plainFilters.map((name) => [name, handlerOf(name)] as const),
    ...textFilters.map((name) => [name, overText(name)] as const),
    ['date', createDate()],
  ]
}

function handlerOf(name: string): LiquidFilter {
  const filter = filters[name]
  if (typeof filter !== 'function') throw new Error(`liquidjs has no filter ${name}`)
  return filter
}

/** Liquid's text filters turn lists into text without a limit; here that is done, charged, before they see them. */
function overText(name: string): LiquidFilter {
  const handler = handlerOf(name)
  const searches = /^(?:remove|replace|split)/.test(name)
  return function (this, value: unknown, ...args: readonly unknown[]): unknown {
    const { charge } = scopeOf(this.context)
    const scalars = args.map((arg) => (typeof arg === 'number' ? arg : textOf(arg, charge)))
    if (searches) assertPattern(scalars[0])
    const list: unknown = toValue(value)
    const input = name === 'slice' && Array.isArray(list) ? list : textOf(list, charge)
    return handler.call(this, input, ...scalars)
  }
}

/** Liquid's date, with the time of acceptance for `now`: the same notification gives the same bytes. */
function createDate(): LiquidFilter {
  const handler = handlerOf('date')
  return function (this, value: unknown, ...args: readonly unknown[]): unknown {
    const { now, charge } = scopeOf(this.context)
    const text = textOf(value, charge)
    const [format, zone] = args.map((arg) => textOf(arg, charge))
    const time = text === 'now' || text === 'today' ? now / 1_000 : text
    return handler.call(this, time, format, zone)
  }
}
