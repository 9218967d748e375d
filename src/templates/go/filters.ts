import { type Filter, type FilterScope } from '../filters/scope.ts'
import { call, get, index, isTrue, itemsOf, length, slice, turnsOf } from './access.ts'
import { equalsAny, order } from './compare.ts'
import { itemUnits, objectUnits } from '../limits.ts'
import { evalArgs, sprint, sprintln } from './format-value.ts'
import { escapeHtmlFunction, escapeQuery } from './html/escape.ts'
import { sprintf } from './printf.ts'
import { methodOf } from './methods.ts'
import { matches, replaceAll } from './regexp/regexp.ts'
import { escapeJs, title, toLower, toUpper } from './text.ts'
import { GoFloat, GoHtml, GoMap, GoSlice, nothing, stringOf, toGo, typeOf, type GoValue } from './values.ts'

type Charge = FilterScope['charge']

/** A function over Go's values, the first being what stands before the filter. */
type GoFunction = (values: readonly GoValue[], charge: Charge) => unknown

/** A function as a filter. An input of Liquid's nil is no argument at all. */
function over(run: GoFunction): Filter {
  return (scope, value, ...args) => {
    const given = value === undefined || value === null ? args : [value, ...args]
    const result = run(given.map(toGo), scope.charge)
    if (typeof result === 'string') scope.charge(result.length)
    return counted(result, scope.charge)
  }
}

/** Lists and maps that were made count as memory. */
function counted(result: unknown, charge: Charge): unknown {
  if (result instanceof GoSlice)
    charge(result.items.length * (result.type === 'template.Pairs' ? objectUnits : itemUnits))
  else if (result instanceof GoMap) charge(result.entries.size * objectUnits)
  return result
}

/** A function of texts alone. */
function overTexts(name: string, run: (...texts: readonly string[]) => unknown): Filter {
  return over((values) => run(...values.map((value) => textOf(name, value))))
}

function textOf(name: string, value: GoValue | undefined): string {
  const text = value === undefined ? undefined : stringOf(value)
  if (text === undefined) throw new Error(`${name} takes a text, not a ${typeOf(value ?? nothing)}`)
  return text
}

function first(values: readonly GoValue[]): GoValue {
  return values[0] ?? nothing
}

function join(values: readonly GoValue[], charge: Charge): string {
  const [separator, list] = values
  if (!(list instanceof GoSlice) || list.type !== '[]string')
    throw new Error(`join takes a list of texts, not a ${typeOf(list ?? nothing)}`)
  const [between, texts] = [textOf('join', separator), list.items.map((item) => textOf('join', item))]
  charge(between.length * texts.length)
  return texts.join(between)
}

function ordered(holds: (order: number) => boolean): Filter {
  return over(([left, right]) => holds(order(left ?? nothing, right ?? nothing)))
}

/** The filters that translated Go templates use. The input is a function's first argument. */
export const goFilters: Readonly<Record<string, Filter>> = {
  /** `value | go_get: "Labels", "alertname"`: `.Labels.alertname`. */
  go_get: (scope, value, ...names) => {
    let found = toGo(value)
    for (const name of names.map(String)) {
      const isMade = methodOf(found, name) !== undefined
      found = get(found, name)
      if (isMade) counted(found, scope.charge)
    }
    return found
  },
  /** `value | go_call: "Format", "15:04"`: a method with arguments. */
  go_call: (scope, value, name, ...args) => {
    const result = call(toGo(value), String(name), args.map(toGo))
    if (typeof result === 'string') scope.charge(result.length)
    return counted(result, scope.charge)
  },
  /** `value | go_range`: what `range` goes over, as a list. */
  go_range: over((values, charge) => {
    const value = first(values)
    if (value instanceof GoMap) counted(value, charge)
    return itemsOf(value)
  }),
  /** `value | go_turns`: the same with `key` and `value`. */
  go_turns: over((values, charge) => {
    const turns = turnsOf(first(values))
    charge(turns.length * objectUnits)
    return turns
  }),
  /** `value | go_true`: Go's truth, for Liquid's `if`. */
  go_true: over((values) => isTrue(first(values))),

  /** `"1.5" | go_float`, `"9007199254740993" | go_int`: numbers that Liquid cannot write. */
  go_float: (_scope, value) => new GoFloat(Number(value)),
  go_int: (_scope, value) => BigInt(String(value)),
  /** `"" | go_nil`: Go's nil. */
  go_nil: () => nothing,

  go_eq: over(([left, ...others]) => equalsAny(left ?? nothing, others)),
  go_ne: over(([left, right]) => !equalsAny(left ?? nothing, [right ?? nothing])),
  go_lt: ordered((sign) => sign < 0),
  go_le: ordered((sign) => sign <= 0),
  go_gt: ordered((sign) => sign > 0),
  go_ge: ordered((sign) => sign >= 0),
  go_not: over((values) => !isTrue(first(values))),

  go_len: over((values) => length(first(values))),
  go_index: over(([from, ...keys]) => index(from ?? nothing, keys)),
  go_slice: over(([from, ...bounds]) => slice(from ?? nothing, bounds)),
  go_sprint: over(sprint),
  go_sprintln: over(sprintln),
  go_sprintf: over(([format, ...values], charge) => sprintf(textOf('printf', format), values, charge)),
  go_html: over((values, charge) => escapeHtmlFunction(evalArgs(values, charge))),
  go_js: over((values, charge) => escapeJs(evalArgs(values, charge))),
  go_urlquery: over((values, charge) => escapeQuery(evalArgs(values, charge))),

  go_to_upper: overTexts('toUpper', (text = '') => toUpper(text)),
  go_to_lower: overTexts('toLower', (text = '') => toLower(text)),
  go_title: overTexts('title', (text = '') => title(text)),
  go_match: overTexts('match', (pattern = '', text = '') => matches(pattern, text)),
  go_replace_all: overTexts('reReplaceAll', (pattern = '', replacement = '', text = '') =>
    replaceAll(pattern, replacement, text),
  ),
  go_safe_html: overTexts('safeHtml', (text = '') => new GoHtml(text)),
  go_string_slice: overTexts('stringSlice', (...texts) => new GoSlice('[]string', texts)),
  go_join: over(join),
}
