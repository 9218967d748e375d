import { formatFloat, formatInteger } from './format-number.ts'
import { pad, plainSpec, type Spec } from './format-spec.ts'
import { canBackquote, quoteGo } from './quote.ts'
import { timeText } from './time-format.ts'
import {
  GoFloat,
  GoMap,
  GoNamed,
  GoSlice,
  GoStruct,
  GoTime,
  nothing,
  stringOf,
  typeOf,
  type GoValue,
} from './values.ts'

/** A value under one directive of a format, as Go's fmt prints it. */
export function formatValue(value: GoValue, spec: Spec): string {
  if (value === nothing) return spec.verb === 'v' || spec.verb === 'T' ? pad('<nil>', spec) : `%!${spec.verb}(<nil>)`
  if (spec.verb === 'T') return formatString(typeOf(value), { ...spec, verb: 's' }) ?? ''
  if (spec.verb === 'v' && spec.sharp) throw new Error('%#v is not supported')
  if (spec.verb === 'p') throw new Error('%p is not supported')
  return formatNested(value, spec)
}

/** What `{{ . }}` prints. */
export function printValue(value: GoValue, charge: (units: number) => void): string {
  if (typeof value === 'string') return value
  return value === nothing ? '<no value>' : formatValue(value, plainSpec(charge))
}

function formatNested(value: GoValue, spec: Spec): string {
  if (value instanceof GoSlice) return `[${joined(value.items, spec)}]`
  if (value instanceof GoMap) return `map[${[...value.entries].map((entry) => formatEntry(entry, spec)).join(' ')}]`
  if (value instanceof GoStruct) return `{${formatFields(value, spec)}}`
  return formatLeaf(value, spec) ?? badVerb(value, spec)
}

function joined(items: readonly GoValue[], spec: Spec): string {
  return items.map((item) => formatNested(item, spec)).join(' ')
}

function formatEntry([name, value]: readonly [string, string], spec: Spec): string {
  return `${formatNested(name, spec)}:${formatNested(value, spec)}`
}

/** With `%+v` the fields have their names. */
function formatFields({ type, values }: GoStruct, spec: Spec): string {
  if (!spec.named) return joined(values, spec)
  return values.map((value, place) => `${type.fields[place] ?? ''}:${formatNested(value, spec)}`).join(' ')
}

const textVerbs = 'vsxXq'

type Leaf = Exclude<GoValue, GoSlice | GoMap | GoStruct>

/** A value without parts; undefined when the verb is none for it. */
function formatLeaf(value: Leaf, spec: Spec): string | undefined {
  const text = stringOf(value)
  if (text !== undefined) return formatString(text, spec)
  if (typeof value === 'boolean') return 'tv'.includes(spec.verb) ? pad(String(value), spec) : undefined
  if (typeof value === 'bigint') return formatInteger(value, spec)
  if (value instanceof GoFloat) return formatFloat(value.value, spec)
  return formatOwn(value, spec)
}

/** A value of a type that knows its own text. */
function formatOwn(value: Leaf, spec: Spec): string | undefined {
  const asText = textVerbs.includes(spec.verb)
  if (value instanceof GoNamed) return asText ? formatString(value.text, spec) : formatInteger(value.value, spec)
  if (value instanceof GoTime && asText) return formatString(timeText(value), spec)
  if (value === nothing) return '<nil>'
  throw new Error(`%${spec.verb} of a ${typeOf(value)} is not supported`)
}

/** Go tells what it was given, without asking a type for its own text. */
function badVerb(value: Leaf, spec: Spec): string {
  const bare = value instanceof GoNamed ? value.value : value
  return `%!${spec.verb}(${typeOf(value)}=${formatLeaf(bare, { ...spec, verb: 'v' }) ?? ''})`
}

function formatString(text: string, spec: Spec): string | undefined {
  spec.charge(text.length)
  switch (spec.verb) {
    case 'v':
    case 's':
      return pad(cut(text, spec), spec)
    case 'q': {
      const short = cut(text, spec)
      return pad(spec.sharp && canBackquote(short) ? `\`${short}\`` : quoteGo(short, '"', spec.plus), spec)
    }
    case 'x':
    case 'X':
      return formatHex(text, spec)
    default:
      return undefined
  }
}

/** The first characters, as many as the precision says. */
function cut(text: string, spec: Spec): string {
  return spec.precision === undefined ? text : Array.from(text).slice(0, spec.precision).join('')
}

function formatHex(text: string, spec: Spec): string {
  const bytes = Buffer.from(text).subarray(0, spec.precision)
  spec.charge(bytes.length * 4)
  const each = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'))
  const body = spec.space
    ? each.map((byte) => (spec.sharp ? `0x${byte}` : byte)).join(' ')
    : (spec.sharp && each.length > 0 ? '0x' : '') + each.join('')
  return pad(spec.verb === 'X' ? body.toUpperCase() : body, spec)
}

/** Go's Sprint: a space between two values neither of which is a text. */
export function sprint(values: readonly GoValue[], charge: (units: number) => void): string {
  let text = ''
  let afterText = true
  for (const value of values) {
    const isText = stringOf(value) !== undefined
    if (!isText && !afterText) text += ' '
    text += formatValue(value, plainSpec(charge))
    afterText = isText
  }
  return text
}

/** Go's Sprintln: a space between all values, and a line feed. */
export function sprintln(values: readonly GoValue[], charge: (units: number) => void): string {
  return `${values.map((value) => formatValue(value, plainSpec(charge))).join(' ')}\n`
}

/** The text that `html`, `js` and `urlquery` work on. */
export function evalArgs(values: readonly GoValue[], charge: (units: number) => void): string {
  if (values.length === 1 && values[0] !== undefined) return printValue(values[0], charge)
  return sprint(
    values.map((value) => (value === nothing ? '<no value>' : value)),
    charge,
  )
}
