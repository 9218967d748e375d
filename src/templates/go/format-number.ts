import { pad, type Spec } from './format-spec.ts'
import { isPrintable, quoteGo } from './quote.ts'

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }

/** An integer under a directive; undefined when the verb is none for integers. */
export function formatInteger(value: bigint, spec: Spec): string | undefined {
  const { verb } = spec
  if (verb === 'c') return pad(character(value), spec)
  if (verb === 'q') return pad(quoteGo(character(value), "'", spec.plus), spec)
  if (verb === 'U') return pad(unicode(value, spec), spec, false)
  const base = Object.hasOwn(bases, verb) ? bases[verb] : undefined
  if (base === undefined) return undefined
  if (spec.precision === 0 && value === 0n) return pad('', spec, false)
  const text = inBase(value, base, spec)
  return pad(verb === 'X' ? text.toUpperCase() : text, spec, false)
}

function inBase(value: bigint, base: number, spec: Spec): string {
  const sign = signOf(value < 0n, spec)
  const room = spec.precision ?? (spec.zero ? (spec.width ?? 0) - sign.length : 0)
  spec.charge(room)
  const digits = (value < 0n ? -value : value).toString(base).padStart(room, '0')
  return sign + (spec.verb === 'O' ? '0o' : '') + (spec.sharp ? prefix(base, digits) : '') + digits
}

function signOf(isNegative: boolean, spec: Spec): string {
  if (isNegative) return '-'
  if (spec.plus) return '+'
  return spec.space ? ' ' : ''
}

function prefix(base: number, digits: string): string {
  if (base === 2) return '0b'
  if (base === 16) return '0x'
  return base === 8 && !digits.startsWith('0') ? '0' : ''
}

function character(value: bigint): string {
  const valid = value >= 0n && value <= 0x10ffffn && (value < 0xd800n || value > 0xdfffn)
  return valid ? String.fromCodePoint(Number(value)) : '\ufffd'
}

function unicode(value: bigint, spec: Spec): string {
  const room = Math.max(spec.precision ?? 4, 4)
  spec.charge(room)
  const code = `U+${BigInt.asUintN(64, value).toString(16).toUpperCase().padStart(room, '0')}`
  const shown = character(value)
  return spec.sharp && value >= 0n && value <= 0x10ffffn && isPrintable(shown) ? `${code} '${shown}'` : code
}

/** JavaScript writes at most 100 digits after the point. */
const mostDigits = 60

/** A float under a directive; undefined when the verb is none for floats that is known here. */
export function formatFloat(value: number, spec: Spec): string | undefined {
  const digits = floatDigits(Math.abs(value), spec)
  if (digits === undefined) return undefined
  const negative = value < 0 || Object.is(value, -0)
  const sign = signOf(negative, spec)
  if (!spec.zero || spec.width === undefined) return pad(sign + digits, spec, false)
  spec.charge(spec.width)
  return sign + digits.padStart(spec.width - sign.length, '0')
}

function floatDigits(value: number, spec: Spec): string | undefined {
  const { verb, precision } = spec
  if (spec.sharp) throw new Error('the flag # is not supported for floats')
  if (precision !== undefined && precision > mostDigits) throw new Error(`a float has at most ${mostDigits} digits`)
  if ('fF'.includes(verb)) return fixed(value, precision ?? 6)
  if ('eE'.includes(verb)) return withCase(exponent(value, precision ?? 6), verb)
  if ('vgG'.includes(verb)) return withCase(shortest(value, precision), verb)
  if ('bxX'.includes(verb)) throw new Error(`%${verb} of a float is not supported`)
  return undefined
}

function withCase(text: string, verb: string): string {
  return verb === 'E' || verb === 'G' ? text.toUpperCase() : text
}

/** Go rounds a tie to the even digit, JavaScript away from zero. */
function fixed(value: number, digits: number): string {
  if (value >= 1e21) return BigInt(value).toString() + (digits > 0 ? `.${'0'.repeat(digits)}` : '')
  return evened(value.toFixed(digits), value.toFixed(100), (text) => text.slice(0, text.indexOf('.') + 1 + digits))
}

function exponent(value: number, digits: number | undefined): string {
  if (digits === undefined) return goExponent(value.toExponential())
  const [exact = '', power = ''] = value.toExponential(100).split('e')
  const [rounded = '', roundedPower = ''] = value.toExponential(digits).split('e')
  if (power !== roundedPower) return goExponent(`${rounded}e${roundedPower}`)
  return goExponent(`${evened(rounded, exact, (text) => text.slice(0, 2 + digits))}e${power}`)
}

/** `rounded`, or the cut-off digits themselves when `exact` is a tie whose last kept digit is even. */
function evened(rounded: string, exact: string, cut: (exact: string) => string): string {
  const kept = cut(exact)
  const isTie = /^50*$/.test(exact.slice(kept.length))
  const last = /(\d)\.?$/.exec(kept)?.[1] ?? '1'
  return isTie && Number(last) % 2 === 0 ? kept.replace(/\.$/, '') : rounded
}

function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

/** `%g`: the fewest digits, or so many, in the form that suits the exponent. */
function shortest(value: number, precision: number | undefined): string {
  if (value === 0) return '0'
  const digits = precision === 0 ? 1 : precision
  const scientific = exponent(value, digits === undefined ? undefined : digits - 1)
  const power = Number(scientific.slice(scientific.indexOf('e') + 1))
  const mantissa = scientific
    .slice(0, scientific.indexOf('e'))
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')
  const shown = mantissa.replace('.', '').length
  const limit = digits === undefined ? 6 : digits > shown && shown >= power + 1 ? shown : digits
  if (power < -4 || power >= limit) return `${mantissa}${scientific.slice(scientific.indexOf('e'))}`
  return fixed(Number(scientific), Math.max(shown - 1 - power, 0))
}
