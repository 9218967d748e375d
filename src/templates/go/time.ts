import { GoTime } from './values.ts'

const second = 1_000_000_000n

/** Go's zero time, 0001-01-01 00:00:00 UTC, in nanoseconds since the epoch. */
const zeroNanos = -62_135_596_800n * second

/** Go's zero time. */
export const zeroTime = new GoTime(zeroNanos, 0, 'UTC')

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|([+-])(\d\d):(\d\d))$/

/** A time in RFC 3339 with up to nine digits of a second; the zero time for anything else. */
export function parseTime(text: string): GoTime {
  const match = text.length > 64 ? null : rfc3339.exec(text)
  if (match === null) return zeroTime
  const [, year, month, day, hour, minute, seconds, fraction = '', zone, sign, zoneHour, zoneMinute] = match
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(seconds))
  const nanos = BigInt(date.getTime()) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9))
  if (zone === 'Z') return new GoTime(nanos, 0, 'UTC')
  const offset = (Number(zoneHour) * 3_600 + Number(zoneMinute) * 60) * (sign === '-' ? -1 : 1)
  return new GoTime(nanos - BigInt(offset) * second, offset, offset === 0 ? 'UTC' : '')
}

/** A time's parts on the clock and calendar of its zone. */
export interface TimeParts {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  /** From 1. */
  readonly yearDay: number
  /** From 0, which is Sunday. */
  readonly weekday: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nanosecond: number
}

/** The parts of a time. Years beyond what JavaScript's calendar holds (±271,821) are refused with a throw. */
export function partsOf(time: GoTime): TimeParts {
  const local = time.nanos + BigInt(time.offset) * second
  const nanosecond = Number(((local % second) + second) % second)
  const date = new Date(Number((local - BigInt(nanosecond)) / 1_000_000n))
  if (Number.isNaN(date.getTime())) throw new Error('a time is out of range')
  const year = date.getUTCFullYear()
  const newYear = new Date(0).setUTCFullYear(year, 0, 1)
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    yearDay: Math.floor((date.getTime() - newYear) / 86_400_000) + 1,
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanosecond,
  }
}

/** Whole seconds since the epoch, rounded down. */
export function unixSeconds(time: GoTime): bigint {
  return BigInt.asIntN(64, (time.nanos - (((time.nanos % second) + second) % second)) / second)
}

/** Go's text of a duration in nanoseconds: `1h2m3.5s`. */
export function durationText(nanos: bigint): string {
  if (nanos === 0n) return '0s'
  const sign = nanos < 0n ? '-' : ''
  const size = nanos < 0n ? -nanos : nanos
  if (size < 1_000n) return `${sign}${size}ns`
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`
  if (size < second) return `${sign}${decimal(size, 6)}ms`
  const total = size / second
  const seconds = `${decimal((total % 60n) * second + (size % second), 9)}s`
  const minutes = total / 60n
  if (minutes === 0n) return sign + seconds
  const hours = minutes / 60n
  return hours === 0n ? `${sign}${minutes}m${seconds}` : `${sign}${hours}h${minutes % 60n}m${seconds}`
}

function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, '0')
  const fraction = text.slice(-digits).replace(/0+$/, '')
  return fraction === '' ? text.slice(0, -digits) : `${text.slice(0, -digits)}.${fraction}`
}
