import { integerArg, textArg, type Methods } from './method.ts'
import { durationText, partsOf, unixSeconds, zeroTime, type TimeParts } from './time.ts'
import { dayNames, formatTime, monthNames, timeText } from './time-format.ts'
import { GoNamed, GoTime, type GoValue } from './values.ts'

/** The methods of time.Time that messages need; a predecessor's process ran in UTC, so Local is UTC. */
export const timeMethods: Methods = {
  Format: { params: 1, call: (self, [layout]) => formatTime(asTime(self), textArg(layout, 'Format')) },
  String: { params: 0, call: (self) => timeText(asTime(self)) },
  UTC: { params: 0, call: (self) => new GoTime(asTime(self).nanos, 0, 'UTC') },
  Local: { params: 0, call: (self) => new GoTime(asTime(self).nanos, 0, 'UTC') },
  Add: { params: 1, call: (self, [span]) => moved(asTime(self), integerArg(span, 'Add')) },
  AddDate: { params: 3, call: (self, args) => withDate(asTime(self), args) },
  Sub: { params: 1, call: (self, [other]) => duration(asTime(self).nanos - asTime(other).nanos) },
  Truncate: { params: 1, call: (self, [unit]) => truncated(asTime(self), integerArg(unit, 'Truncate')) },
  After: { params: 1, call: (self, [other]) => asTime(self).nanos > asTime(other).nanos },
  Before: { params: 1, call: (self, [other]) => asTime(self).nanos < asTime(other).nanos },
  Equal: { params: 1, call: (self, [other]) => asTime(self).nanos === asTime(other).nanos },
  IsZero: { params: 0, call: (self) => asTime(self).nanos === zeroTime.nanos },
  Unix: { params: 0, call: (self) => unixSeconds(asTime(self)) },
  UnixMilli: { params: 0, call: (self) => floored(asTime(self).nanos, 1_000_000n) },
  UnixMicro: { params: 0, call: (self) => floored(asTime(self).nanos, 1_000n) },
  UnixNano: { params: 0, call: (self) => BigInt.asIntN(64, asTime(self).nanos) },
  Year: part((parts) => parts.year),
  Day: part((parts) => parts.day),
  YearDay: part((parts) => parts.yearDay),
  Hour: part((parts) => parts.hour),
  Minute: part((parts) => parts.minute),
  Second: part((parts) => parts.second),
  Nanosecond: part((parts) => parts.nanosecond),
  Month: { params: 0, call: (self) => month(partsOf(asTime(self)).month) },
  Weekday: { params: 0, call: (self) => weekday(partsOf(asTime(self)).weekday) },
}

function asTime(value: GoValue | undefined): GoTime {
  if (value instanceof GoTime) return value
  throw new Error('a time is expected')
}

function part(read: (parts: TimeParts) => number): Methods[string] {
  return { params: 0, call: (self) => BigInt(read(partsOf(asTime(self)))) }
}

function month(number: number): GoNamed {
  return new GoNamed('time.Month', BigInt(number), monthNames[number - 1] ?? '')
}

function weekday(number: number): GoNamed {
  return new GoNamed('time.Weekday', BigInt(number), dayNames[number] ?? '')
}

const largest = 2n ** 63n - 1n

/** A duration, held within 64 bits as Go's Sub does. */
function duration(nanos: bigint): GoNamed {
  const value = nanos > largest ? largest : nanos < -largest - 1n ? -largest - 1n : nanos
  return new GoNamed('time.Duration', value, durationText(value))
}

function moved(time: GoTime, nanos: bigint): GoTime {
  return new GoTime(time.nanos + BigInt.asIntN(64, nanos), time.offset, time.zone)
}

function floored(nanos: bigint, unit: bigint): bigint {
  const rest = ((nanos % unit) + unit) % unit
  return (nanos - rest) / unit
}

/** Down to a multiple of the unit since Go's zero time. */
function truncated(time: GoTime, unit: bigint): GoTime {
  if (unit <= 0n) return time
  return moved(time, -((time.nanos - zeroTime.nanos) % unit))
}

/** The calendar moved by years, months and days; days beyond a month's end run over into the next. */
function withDate(time: GoTime, args: readonly GoValue[]): GoTime {
  const [years, months, days] = [0, 1, 2].map((place) => Number(integerArg(args[place], 'AddDate')))
  const parts = partsOf(time)
  const from = new Date(0).setUTCFullYear(parts.year, parts.month - 1, parts.day)
  const to = new Date(0).setUTCFullYear(
    parts.year + (years ?? 0),
    parts.month - 1 + (months ?? 0),
    parts.day + (days ?? 0),
  )
  if (Number.isNaN(to)) throw new Error('a time is out of range')
  return new GoTime(time.nanos + BigInt(to - from) * 1_000_000n, time.offset, time.zone)
}
