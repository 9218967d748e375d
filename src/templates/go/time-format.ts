import { partsOf, type TimeParts } from './time.ts'
import { type GoTime } from './values.ts'

export const monthNames = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
]

export const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** The layout of Go's Time.String. */
const stringLayout = '2006-01-02 15:04:05.999999999 -0700 MST'

/**
 * The pieces of a layout, longest first where one begins with another (https://pkg.go.dev/time#pkg-constants). `Jan` and `Mon` do
 * not count before a small letter, a fraction of a second not before a further digit.
 */
const piece = new RegExp(
  [
    'January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST',
    '0[1-6]|002|15|1|2006|2|_2006|_2|__2|3|4|5|PM|pm',
    '[-Z]07:00:00|[-Z]070000|[-Z]07:00|[-Z]0700|[-Z]07',
    '[.,](?:0+|9+)(?!\\d)',
  ].join('|'),
  'g',
)

/** Longer than any layout that a person writes. */
const longestLayout = 256

/** A time in one of Go's layouts. */
export function formatTime(time: GoTime, layout: string): string {
  if (layout.length > longestLayout) throw new Error(`a layout of a time has at most ${longestLayout} characters`)
  const parts = partsOf(time)
  return layout.replace(piece, (text) => formatPiece(text, time, parts))
}

/** A time as Go prints it. */
export function timeText(time: GoTime): string {
  return formatTime(time, stringLayout)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

const hour12 = (parts: TimeParts): number => parts.hour % 12 || 12
const monthName = (parts: TimeParts): string => monthNames[parts.month - 1] ?? ''
const dayName = (parts: TimeParts): string => dayNames[parts.weekday] ?? ''

const pieces: Readonly<Record<string, (parts: TimeParts) => string>> = {
  January: monthName,
  Jan: (parts) => monthName(parts).slice(0, 3),
  Monday: dayName,
  Mon: (parts) => dayName(parts).slice(0, 3),
  '01': (parts) => two(parts.month),
  '1': (parts) => String(parts.month),
  '02': (parts) => two(parts.day),
  _2: (parts) => String(parts.day).padStart(2, ' '),
  '2': (parts) => String(parts.day),
  '002': (parts) => String(parts.yearDay).padStart(3, '0'),
  __2: (parts) => String(parts.yearDay).padStart(3, ' '),
  '15': (parts) => two(parts.hour),
  '03': (parts) => two(hour12(parts)),
  '3': (parts) => String(hour12(parts)),
  '04': (parts) => two(parts.minute),
  '4': (parts) => String(parts.minute),
  '05': (parts) => two(parts.second),
  '5': (parts) => String(parts.second),
  '2006': (parts) => yearText(parts.year),
  _2006: (parts) => `_${yearText(parts.year)}`,
  '06': (parts) => two(Math.abs(parts.year) % 100),
  PM: (parts) => (parts.hour >= 12 ? 'PM' : 'AM'),
  pm: (parts) => (parts.hour >= 12 ? 'pm' : 'am'),
}

function yearText(year: number): string {
  return year < 0 ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0')
}

function formatPiece(text: string, time: GoTime, parts: TimeParts): string {
  const simple = Object.hasOwn(pieces, text) ? pieces[text] : undefined
  if (simple !== undefined) return simple(parts)
  if (text === 'MST') return time.zone === '' ? offsetText(time.offset, '0700') : time.zone
  if (text.startsWith('.') || text.startsWith(',')) return fraction(text, parts.nanosecond)
  return text.startsWith('Z') && time.offset === 0 ? 'Z' : offsetText(time.offset, text.slice(1))
}

/** `07`, `0700`, `07:00`, `070000` or `07:00:00`. */
function offsetText(offset: number, layout: string): string {
  const size = Math.abs(offset)
  const all = [two(Math.floor(size / 3_600)), two(Math.floor(size / 60) % 60), two(size % 60)]
  const count = layout.replaceAll(':', '').length / 2
  return (offset < 0 ? '-' : '+') + all.slice(0, count).join(layout.includes(':') ? ':' : '')
}

function fraction(text: string, nanosecond: number): string {
  const digits = String(nanosecond)
    .padStart(9, '0')
    .slice(0, Math.min(text.length - 1, 9))
  const kept = text.charAt(1) === '9' ? digits.replace(/0+$/, '') : digits
  return kept === '' ? '' : text.charAt(0) + kept
}
