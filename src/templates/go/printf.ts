import { formatValue } from './format-value.ts'
import { plainSpec, type Spec } from './format-spec.ts'
import { integerOf, nothing, typeOf, type GoValue } from './values.ts'

/** Go refuses wider ones too. */
const widest = 1_000_000

/** `%`, flags, an argument's number, width, precision, another number, and the verb. */
const directive =
  /%([-+# 0]*)((?:\[[^\]]{0,8}\])?)(\*|\d*)(?:(\.)((?:\[[^\]]{0,8}\])?)(\*|\d*))?((?:\[[^\]]{0,8}\])?)([\s\S]?)/gu

/** Go's Sprintf. What is wrong with the format shows in the text, as in Go: `%!d(string=hi)`. */
export function sprintf(format: string, values: readonly GoValue[], charge: (units: number) => void): string {
  const given = new Arguments(values)
  const text = format.replace(directive, (...match) => formatDirective(readDirective(match), given, charge))
  return text + given.extra(charge)
}

/** The parts of a directive as they are written; empty where there is none. */
interface Directive {
  readonly flags: string
  readonly widthFrom: string
  readonly width: string
  readonly point: string
  readonly precisionFrom: string
  readonly precision: string
  readonly valueFrom: string
  readonly verb: string
}

function readDirective(match: readonly unknown[]): Directive {
  const part = (place: number): string => {
    const text = match[place]
    return typeof text === 'string' ? text : ''
  }
  return {
    flags: part(1),
    widthFrom: part(2),
    width: part(3),
    point: part(4),
    precisionFrom: part(5),
    precision: part(6),
    valueFrom: part(7),
    verb: part(8),
  }
}

/** The values of one call, and which of them is next. */
class Arguments {
  readonly #values: readonly GoValue[]
  #next = 0
  #reordered = false
  /** False once an argument's number made no sense in the directive at hand. */
  isGood = true

  constructor(values: readonly GoValue[]) {
    this.#values = values
  }

  take(): GoValue | undefined {
    const value = this.#values[this.#next]
    if (value !== undefined) this.#next += 1
    return value
  }

  /** `[2]` before a width, a precision or a verb. */
  select(text: string): void {
    if (text === '') return
    this.#reordered = true
    const number = /^\[(\d{1,6})\]$/.exec(text)?.[1]
    const place = Number(number) - 1
    if (number === undefined || place < 0 || place >= this.#values.length) this.isGood = false
    else this.#next = place
  }

  /** What Go appends for values that no directive has used. */
  extra(charge: (units: number) => void): string {
    const rest = this.#values.slice(this.#next)
    if (this.#reordered || rest.length === 0) return ''
    const each = rest.map((value) =>
      value === nothing ? '<nil>' : `${typeOf(value)}=${formatValue(value, plainSpec(charge))}`,
    )
    return `%!(EXTRA ${each.join(', ')})`
  }
}

function formatDirective(given: Directive, values: Arguments, charge: (units: number) => void): string {
  const { verb } = given
  values.isGood = true
  values.select(given.widthFrom)
  // A number in brackets says which argument a * or the verb takes, and nothing of digits.
  if (given.widthFrom !== '' && given.width !== '*' && given.width + given.point !== '') values.isGood = false
  const width = measure(given.width, values, '%!(BADWIDTH)')
  values.select(given.precisionFrom)
  const precision = notNegative(measure(given.point === '' ? '' : given.precision || '0', values, '%!(BADPREC)'))
  values.select(given.valueFrom)
  const notes = width.note + precision.note
  if (verb === '') return `${notes}%!(NOVERB)`
  if (verb === '%') return `${notes}%`
  return notes + formatNext(values, specOf(verb, given.flags, { width: width.size, precision: precision.size }, charge))
}

function specOf(verb: string, flags: string, sizes: Pick<Spec, 'width' | 'precision'>, charge: Spec['charge']): Spec {
  const { width } = sizes
  const minus = flags.includes('-') || (width !== undefined && width < 0)
  const plus = flags.includes('+')
  return {
    verb,
    minus,
    plus: plus && verb !== 'v',
    named: plus && verb === 'v',
    sharp: flags.includes('#'),
    space: flags.includes(' '),
    zero: flags.includes('0') && !minus,
    width: width === undefined ? undefined : Math.abs(width),
    precision: sizes.precision,
    charge,
  }
}

function formatNext(values: Arguments, spec: Spec): string {
  if (!values.isGood) return `%!${spec.verb}(BADINDEX)`
  const value = values.take()
  return value === undefined ? `%!${spec.verb}(MISSING)` : formatValue(value, spec)
}

/** A width or a precision, and what Go prints when it is none. */
interface Measure {
  readonly size: number | undefined
  readonly note: string
}

/** A width or precision: digits, or `*` for the next argument. */
function measure(text: string, values: Arguments, bad: string): Measure {
  if (text === '') return { size: undefined, note: '' }
  if (text !== '*') return { size: Number(text) > widest ? undefined : Number(text), note: '' }
  const value = values.take()
  const integer = value === undefined ? undefined : integerOf(value)
  if (integer === undefined || integer > BigInt(widest) || integer < BigInt(-widest))
    return { size: undefined, note: bad }
  return { size: Number(integer), note: '' }
}

function notNegative(precision: Measure): Measure {
  return precision.size !== undefined && precision.size < 0 ? { size: undefined, note: '%!(BADPREC)' } : precision
}
