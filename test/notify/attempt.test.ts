import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Attempt, type SettlementInput } from '../../src/notify/attempt.ts'
import { toSettlement } from '../../src/notify/attempt.ts'
import { backoffMs, nextAttemptAt } from '../../src/notify/backoff.ts'
import { type Claim } from '../../src/notify/outbox.ts'
import { aGroup, anAlert, fixedRandom, receiverKey } from './builders.ts'

const day = 86_400_000
const random = fixedRandom()

function aClaim(overrides: Partial<Claim> = {}): Claim {
  return {
    notification: { id: 'one', receiver: receiverKey('ann'), group: aGroup([anAlert('A')]), acceptedAt: 0 },
    channel: 'email',
    tenant: '',
    queuedAt: 0,
    attempt: 1,
    done: ['to:a'],
    failed: [],
    lease: 'lease',
    ...overrides,
  }
}

/** By a clock that nobody has set. */
function settlementOf(attempt: Attempt, input: Omit<SettlementInput, 'ageMs'>): ReturnType<typeof toSettlement> {
  return toSettlement(attempt, { ...input, ageMs: input.now - input.claim.queuedAt })
}

describe('back-off', () => {
  it('doubles from one second to five minutes, with jitter in the upper half of the step', () => {
    const bounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1_000)
    for (const [index, step] of bounds.entries()) {
      assert.equal(backoffMs(index + 1, { next: () => 0 }), step / 2)
      assert.equal(backoffMs(index + 1, { next: () => 1 }), step)
    }
    assert.equal(backoffMs(100_000, { next: () => 1 }), 300_000)
    assert.equal(backoffMs(0, { next: () => 1 }), 1_000)
  })

  it('takes the wish of the far side for a floor, and the age limit for a ceiling', () => {
    const wishes = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(NaN, Infinity, -Infinity))
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat({ max: 40 }),
        wishes,
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (...parts) => {
          const [now, attempt, afterMs, left, jitter] = parts
          const expiresAt = now + left
          const at = nextAttemptAt({ now, attempt, afterMs, expiresAt }, { next: () => jitter })
          assert.ok(at >= now && at <= expiresAt)
          if (at < expiresAt && afterMs > 0) assert.ok(at >= now + afterMs)
        },
      ),
    )
    assert.equal(nextAttemptAt({ now: 0, attempt: 1, afterMs: 60_000, expiresAt: day }, random), 60_000)
    assert.equal(nextAttemptAt({ now: 0, attempt: 1, afterMs: 10, expiresAt: day }, random), 750)
    assert.equal(nextAttemptAt({ now: 10, attempt: 1, expiresAt: 5 }, random), 10)
  })
})

describe('the settlement of an attempt', () => {
  const retry: Attempt = {
    ...{ outcome: 'retry', reason: 'serverError', detail: '503', afterMs: 20_000 },
    ...{ done: ['to:a', 'to:b'], failed: [], refusals: [] },
  }

  it('waits as long as the far side wishes', () => {
    assert.deepEqual(settlementOf(retry, { claim: aClaim(), now: 1_000, maxAgeMs: day, random }), {
      ...{ state: 'retry', at: 21_000, reason: 'serverError', detail: '503' },
      ...{ done: ['to:a', 'to:b'], failed: [], refusals: [] },
    })
  })

  it('makes a last attempt when the notification turns too old, and then a dead letter that says why', () => {
    const early = settlementOf(retry, { claim: aClaim(), now: day - 5_000, maxAgeMs: day, random })
    assert.ok(early?.state === 'retry')
    assert.equal(early.at, day)
    const late = settlementOf(retry, { claim: aClaim(), now: day, maxAgeMs: day, random })
    assert.ok(late?.state === 'dead')
    assert.equal(late.reason, 'tooOld')
    assert.equal(late.detail, 'not delivered within 24 h; the last attempt ended with serverError: 503')
    const replayed = settlementOf(retry, { claim: aClaim({ queuedAt: day }), now: day, maxAgeMs: day, random })
    assert.equal(replayed?.state, 'retry')
  })

  it('waits for a turn within its age, and is too old when it still waits at that age', () => {
    const deferred: Attempt = {
      ...{ outcome: 'deferred', cause: 'breaker', reason: 'connectionError', detail: 'refused', afterMs: 20_000 },
      ...{ done: ['to:a'], failed: [], refusals: [] },
    }
    const input = { claim: aClaim({ attempt: 3 }), maxAgeMs: day, random }
    assert.deepEqual(settlementOf(deferred, { ...input, now: 1_000 }), {
      ...{ state: 'deferred', at: 21_000, reason: 'connectionError', detail: 'refused' },
      ...{ done: ['to:a'], failed: [], refusals: [] },
    })
    const early = settlementOf(deferred, { ...input, now: day - 5_000 })
    assert.ok(early?.state === 'deferred')
    assert.equal(early.at, day, 'who is called before that goes')
    assert.deepEqual(settlementOf(deferred, { ...input, now: day }), {
      ...{ state: 'dead', reason: 'tooOld', done: ['to:a'], refusals: [] },
      detail: 'not delivered within 24 h; it had to wait (connectionError): refused',
    })
  })

  it('says nothing of an attempt that was stopped before it sent anything, and keeps what it sent', () => {
    const claim = aClaim()
    const nothing: Attempt = { outcome: 'stopped', done: claim.done, failed: [], refusals: [] }
    assert.equal(settlementOf(nothing, { claim, now: 5, maxAgeMs: day, random }), undefined)
    const some = settlementOf({ ...nothing, done: ['to:a', 'to:b'] }, { claim, now: 5, maxAgeMs: day, random })
    assert.ok(some?.state === 'retry')
    assert.deepEqual([some.at, some.done], [5, ['to:a', 'to:b']])
  })
})
