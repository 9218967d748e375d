/** A moment with nanoseconds, which a `Date` cannot hold. */
interface Instant {
  /** Whole seconds since the epoch. */
  readonly seconds: number
  readonly nanos: number
}

// https://www.rfc-editor.org/rfc/rfc3339#section-5.6
const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/u

function parseInstant(text: string): Instant | undefined {
  const found = rfc3339.exec(text)
  if (found === null) return undefined
  const [, date = '', time = '', second = '', fraction = '', sign, hours = '0', minutes = '0'] = found
  const minuteMs = Date.parse(`${date}T${time}:00Z`)
  if (Number.isNaN(minuteMs) || Number(second) > 60) return undefined
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 * (sign === '-' ? -1 : 1)
  return { seconds: minuteMs / 1_000 + Number(second) - offset, nanos: Number(fraction.slice(0, 9).padEnd(9, '0')) }
}

/**
 * Whether RFC 3339 time `a` is after `b`, to the nanosecond and across offsets. Texts that differ and of which one cannot be
 * read count as later: rather tell people twice than never.
 */
export function isLater(a: string, b: string): boolean {
  if (a === b) return false
  const [first, second] = [parseInstant(a), parseInstant(b)]
  if (first === undefined || second === undefined) return true
  return first.seconds === second.seconds ? first.nanos > second.nanos : first.seconds > second.seconds
}
