import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { classifyStatus, retryAfterMs } from '../../src/channels/http-status.ts'

const now = Date.UTC(2026, 0, 1)
const none = new Map<string, string>()

const table: readonly (readonly [statuses: readonly number[], outcome: string, reason: string | undefined])[] = [
  [[200, 201, 202, 204, 299], 'sent', undefined],
  [[300, 301, 302, 303, 304, 307, 308], 'failed', 'clientError'],
  [[400, 402, 404, 405, 406, 409, 410, 411, 413, 415, 418, 422, 426, 428, 431, 451, 499], 'failed', 'clientError'],
  [[401, 403, 407], 'failed', 'authError'],
  [[408, 425], 'retry', 'serverError'],
  [[429], 'retry', 'rateLimited'],
  [[500, 501, 502, 503, 504, 507, 511, 599], 'retry', 'serverError'],
  [[0, 100, 199, 600, 999], 'retry', 'serverError'],
]

test('each status has its outcome and reason', () => {
  for (const [statuses, outcome, reason] of table) {
    for (const status of statuses) {
      const delivery = classifyStatus(status, none, now)
      assert.equal(delivery.outcome, outcome, String(status))
      assert.equal('reason' in delivery ? delivery.reason : undefined, reason, String(status))
    }
  }
})

test('details name the status', () => {
  assert.equal(classifyStatus(503, none, now).detail, 'answered 503 Service Unavailable')
  assert.equal(classifyStatus(299, none, now).detail, 'answered 299')
})

test('a redirect says where to, as an origin only', () => {
  const where = (location: string) => classifyStatus(302, new Map([['location', location]]), now).detail ?? ''
  assert.match(where('https://other.test:8443/hook?key=s3cret'), /a redirect to https:\/\/other\.test:8443; redirects/u)
  assert.match(where('https://user:s3cret@other.test/'), /to https:\/\/other\.test;/u)
  assert.match(where('/login'), /to another path/u)
  assert.match(where('javascript:alert(1)'), /not http/u)
  assert.match(classifyStatus(302, none, now).detail ?? '', /nowhere/u)
})

test('Retry-After is read as seconds and as a date, within an hour', () => {
  const cases: readonly (readonly [string | undefined, number | undefined])[] = [
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['99999999', 3_600_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['Fri, 01 Jan 2027 00:00:00 GMT', 3_600_000],
    ['-5', undefined],
    ['1.5', undefined],
    ['2026', 2_026_000],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ]
  for (const [value, expected] of cases) assert.equal(retryAfterMs(value, now), expected, String(value))
})

test('429 and 503 hand on what Retry-After asks for; a refusal does not', () => {
  const headers = new Map([['retry-after', '3']])
  for (const status of [429, 503, 500, 408]) {
    assert.equal((classifyStatus(status, headers, now) as { afterMs?: number }).afterMs, 3_000)
  }
  assert.equal('afterMs' in classifyStatus(400, headers, now), false)
  assert.equal('afterMs' in classifyStatus(429, none, now), false)
})

test('any Retry-After gives a wait from nothing to an hour, or none', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const ms = retryAfterMs(value, now)
      return ms === undefined || (ms >= 0 && ms <= 3_600_000)
    }),
  )
})
