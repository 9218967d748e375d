const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}
const term = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g

/** Go's duration syntax without a sign, as in `1h30m`; what the schemas accept as text. */
export const durationPattern = String.raw`^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$`

/** Milliseconds of a Go duration such as `30s` or `1h30m`, or undefined when the text is not one. */
export function parseDuration(text: string): number | undefined {
  if (!new RegExp(durationPattern, 'u').test(text)) return undefined
  let totalMs = 0
  for (const [, amount, unit] of text.matchAll(term)) totalMs += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  return totalMs
}

/**
 * Milliseconds of a duration field. A bare integer counts in `integerUnit`: nanoseconds where the predecessor used Go's
 * `time.Duration`, seconds for `notificationTimeout`. The schema has already refused other text.
 */
export function durationMs(value: number | string, integerUnit: 'ns' | 's'): number {
  if (typeof value === 'number') return integerUnit === 's' ? value * 1_000 : value / 1e6
  return parseDuration(value) ?? 0
}

/** Ten minutes: no attempt holds its lane for longer, and a timer's limit (2^31 ms) stays far. */
const maxTimeoutMs = 600_000

/** How long one attempt may take, milliseconds: `notificationTimeout`, or the channel's default when it is absent or zero. */
export function attemptTimeoutMs(notificationTimeout: number | string | undefined, defaultMs: number): number {
  const wanted = notificationTimeout === undefined ? 0 : durationMs(notificationTimeout, 's')
  return wanted > 0 ? Math.min(wanted, maxTimeoutMs) : defaultMs
}

/** A number of seconds in its two largest units: `45s`, `12m`, `3h 5m`, `2d 4h`. */
export function describeSeconds(total: number): string {
  if (total < 60) return `${total}s`
  const minutes = Math.floor(total / 60)
  if (minutes < 60) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return twoUnits(`${hours}h`, minutes % 60, 'm')
  return twoUnits(`${Math.floor(hours / 24)}d`, hours % 24, 'h')
}

function twoUnits(head: string, rest: number, unit: string): string {
  return rest === 0 ? head : `${head} ${rest}${unit}`
}
