import { STATUS_CODES } from 'node:http'
import { type Delivery, type DeliveryReason } from '../model/delivery.ts'

/** No wish of a remote side postpones a notification by more than this. */
const maxRetryAfterMs = 3_600_000

/** The statuses that do not speak for their class. */
const exceptions: ReadonlyMap<number, { readonly outcome: 'retry' | 'failed'; readonly reason: DeliveryReason }> =
  new Map([
    [401, { outcome: 'failed', reason: 'authError' }],
    [403, { outcome: 'failed', reason: 'authError' }],
    [407, { outcome: 'failed', reason: 'authError' }],
    // 408 and 425 ask for the same request again: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9, RFC 8470
    [408, { outcome: 'retry', reason: 'serverError' }],
    [425, { outcome: 'retry', reason: 'serverError' }],
    [429, { outcome: 'retry', reason: 'rateLimited' }],
  ])

/**
 * What an HTTP status says about a delivery. Where the answer's body decides (chat APIs that answer 200 with an error inside),
 * the channel looks at the body first. `now` is milliseconds since the epoch, for a Retry-After that is a date.
 */
export function classifyStatus(status: number, headers: ReadonlyMap<string, string>, now: number): Delivery {
  const detail = `answered ${status} ${STATUS_CODES[status] ?? ''}`.trim()
  const hundreds = Math.floor(status / 100)
  if (hundreds === 2) return { outcome: 'sent', detail }
  if (hundreds === 3) {
    const where = redirectTarget(headers.get('location'))
    return {
      outcome: 'failed',
      reason: 'clientError',
      detail: `${detail}, a redirect to ${where}; redirects are not followed`,
    }
  }
  const { outcome, reason } = exceptions.get(status) ?? classOf(hundreds)
  if (outcome === 'failed') return { outcome, reason, detail }
  const afterMs = retryAfterMs(headers.get('retry-after'), now)
  return { outcome, reason, detail, ...(afterMs === undefined ? {} : { afterMs }) }
}

/** What is no status of HTTP counts as the server's fault. */
function classOf(hundreds: number): { readonly outcome: 'retry' | 'failed'; readonly reason: DeliveryReason } {
  return hundreds === 4 ? { outcome: 'failed', reason: 'clientError' } : { outcome: 'retry', reason: 'serverError' }
}

/** Milliseconds that `Retry-After` asks for, from 0 to one hour; undefined for other text. RFC 9110, 10.2.3. */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? ''
  const ms = /^\d+$/u.test(text) ? Number(text) * 1_000 : httpDate(text) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), maxRetryAfterMs)
}

/** `Date.parse` takes far more than the dates of HTTP, bare numbers included. */
function httpDate(text: string): number {
  return /^[A-Z][a-z]+,? .*\d$|^[A-Z][a-z]+, .* GMT$/u.test(text) ? Date.parse(text) : Number.NaN
}

function redirectTarget(location: string | undefined): string {
  if (location === undefined) return 'nowhere'
  const url = URL.parse(location)
  if (url === null) return 'another path'
  return url.origin === 'null' ? 'a URL that is not http' : url.origin
}
