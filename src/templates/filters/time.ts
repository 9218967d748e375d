import { describeSeconds } from '../../model/duration.ts'
import { numberArg, type Filter } from './scope.ts'
import { textOf } from '../text-of.ts'

/** A number of seconds in its two largest units: `45s`, `12m`, `3h 5m`, `2d 4h`. */
export const duration: Filter = (_scope, value) =>
  describeSeconds(numberArg(value, 0, { min: 0, max: Number.MAX_SAFE_INTEGER }))

/** How long ago a time was, as `duration` says it: until the notification was accepted, or until the time given. Empty for no time. */
export const since: Filter = (scope, value, until) => {
  const from = timeOf(textOf(value, scope.charge))
  const to = until === undefined || until === null ? scope.now : timeOf(textOf(until, scope.charge))
  if (from === undefined || to === undefined) return ''
  return describeSeconds(Math.max(0, Math.floor((to - from) / 1_000)))
}

/** A time in a zone such as `Europe/Berlin`: `2026-11-22 15:06:54 GMT+1`. UTC without an argument; text that is no time stays. */
export const tz: Filter = (scope, value, zone) => {
  const text = textOf(value, scope.charge)
  const time = timeOf(text)
  if (time === undefined) return text
  const timeZone = zone === undefined ? 'UTC' : textOf(zone, scope.charge)
  const parts = new Map(
    formatter(timeZone)
      .formatToParts(time)
      .map((part) => [part.type, part.value]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? ''
  const day = `${part('year')}-${part('month')}-${part('day')}`
  return `${day} ${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`
}

function formatter(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { ...numeric, timeZone })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Error(`there is no time zone ${JSON.stringify(timeZone.slice(0, 60))}; write one as in "Europe/Berlin"`)
  }
}

const numeric: Intl.DateTimeFormatOptions = {
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
}

/** RFC 3339 with nanoseconds takes 35 characters; what is far longer is no time. */
const longestTime = 64

function timeOf(text: string): number | undefined {
  if (text.length > longestTime) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}
