import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError } from '../../src/kubernetes/cluster.ts'
import { type Observed } from '../../src/kubernetes/objects.ts'
import { createAgenda } from '../../src/kubernetes/status/agenda.ts'
import { announceDeadLetter, announceReadiness } from '../../src/kubernetes/status/announce.ts'
import { createDeliveries } from '../../src/kubernetes/status/deliveries.ts'
import { type ObjectStatus } from '../../src/kubernetes/status/object-status.ts'
import { createPace } from '../../src/kubernetes/status/pace.ts'
import { createTroubles } from '../../src/kubernetes/status/trouble.ts'
import { createWritten } from '../../src/kubernetes/status/written.ts'
import { type HistoryRecord } from '../../src/notify/outbox.ts'
import { type SettledDelivery } from '../../src/notify/settled.ts'
import { delivery } from './status-suite.ts'

const now = Date.UTC(2026, 0, 1)
const a = 'EmailReceiver/a'
const b = 'EmailReceiver/b'

describe('the agenda', () => {
  it('gives what is to be looked at once, and what is for later when its time has come', () => {
    const agenda = createAgenda()
    agenda.lookAt([a, b, a])
    agenda.lookLater(a, now + 1_000)
    agenda.lookLater(a, now + 9_000)
    agenda.lookLater(b, now + 3_001)

    assert.deepEqual(agenda.takeLooks(now, true), { all: false, keys: [a, b] })
    assert.deepEqual(agenda.takeLooks(now + 999, true), { all: false, keys: [] })
    assert.equal(agenda.nextAt(), now + 1_000)
    assert.deepEqual(agenda.takeLooks(now + 1_000, true).keys, [a])
    assert.equal(agenda.nextAt(), now + 3_250, 'times are rounded up to a common grid')
    agenda.lookAtAll()
    assert.deepEqual(agenda.takeLooks(now + 1_000, false), { all: false, keys: [] })
    assert.ok(agenda.wantsAll(), 'everything waits until there is time for it')
    assert.deepEqual(agenda.takeLooks(now + 4_000, true), { all: true, keys: [b] })
    assert.equal(agenda.nextAt(), undefined)
  })

  it('gives urgent writes first, each in order of asking, and each once', () => {
    const agenda = createAgenda()
    agenda.write('Kind/quiet', 'whenQuiet')
    agenda.write(a, 'whenQuiet')
    agenda.write(b, 'soon')
    agenda.write(a, 'soon')
    agenda.write(b, 'whenQuiet')
    agenda.write('Kind/dropped', 'soon')
    agenda.dropWrite('Kind/dropped')

    assert.equal(agenda.writes(), 3)
    assert.deepEqual([1, 2, 3, 4].map(() => agenda.takeWrite()), [b, a, 'Kind/quiet', undefined]) // prettier-ignore
  })
})

describe('the pace', () => {
  it('lets a burst through, then so many a second, and saves up no more than a burst', () => {
    const pace = createPace({ perSecond: 50, burst: 3 })
    const taken = (at: number): number => {
      let count = 0
      while (pace.take(at)) count += 1
      return count
    }

    assert.deepEqual([now, now, now + 19, now + 20, now + 40, now + 60_000].map(taken), [3, 0, 0, 1, 1, 3])
    assert.equal(pace.nextAt(now + 60_000), now + 60_020)
    assert.equal(pace.nextAt(now + 70_000), now + 70_000)
  })

  it('survives a clock that is set back', () => {
    const pace = createPace({ perSecond: 1, burst: 1 })
    assert.ok(pace.take(now) && !pace.take(now - 60_000))
    assert.ok(pace.take(now - 59_000))
  })
})

describe('troubles', () => {
  const troubles = createTroubles({ next: () => 0.5 })
  const failure = (status: number, retryAfterMs?: number): ApiError =>
    new ApiError('refused', { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })

  it('are longer with each refusal of one object, until a write succeeds', () => {
    const pauses = [1, 2, 3].map(() => {
      const trouble = troubles.failed(a, failure(422), now)
      return trouble.kind === 'refused' ? trouble.until - now : undefined
    })
    assert.deepEqual(pauses, [750, 1_500, 3_000])
    assert.deepEqual([troubles.heldUntil(a, now), troubles.heldUntil(b, now)], [now + 3_000, undefined])
    assert.equal(troubles.heldUntil(a, now + 3_000), undefined)
    troubles.succeeded(a)
    assert.deepEqual(troubles.failed(a, new Error('a bug'), now), { kind: 'refused', until: now + 750 })
  })

  it('of the server hold everything, one pause for what failed together, and as long as it asks', () => {
    assert.deepEqual(troubles.failed(a, failure(0), now), { kind: 'away', until: now + 750 })
    assert.deepEqual(troubles.failed(b, failure(503), now), { kind: 'away', until: now + 750 })
    assert.deepEqual(troubles.failed(b, failure(429, 10_000), now + 750), { kind: 'away', until: now + 10_750 })
    assert.equal(troubles.awayUntil(), now + 10_750)
    troubles.clear()
    assert.equal(troubles.awayUntil(), 0)
  })

  it('tell objects that are gone from those that have changed', () => {
    assert.deepEqual(troubles.failed(a, failure(404), now), { kind: 'gone' })
    assert.deepEqual(troubles.failed(a, failure(409), now), { kind: 'outdated', until: now + 1_000 })
  })
})

describe('deliveries', () => {
  const record = (changes: Partial<HistoryRecord>): HistoryRecord => ({
    ...{ at: now, notification: 'n', receiver: a, channel: 'email', tenant: '', groupKey: 'g' },
    ...{ alerts: 1, attempt: 1, outcome: 'sent', detail: 'ok', tookMs: 1 },
    ...changes,
  })
  const told = { time: new Date(now).toISOString(), outcome: 'sent' } as const

  it('begin with the newest of each receiver in the history that was one', () => {
    const deliveries = createDeliveries([
      record({ at: now + 2, outcome: 'deferred', reason: 'rateLimited' }),
      record({ at: now + 1, outcome: 'dead', reason: 'authError' }),
      record({ at: now, receiver: b }),
      record({ at: now - 1, outcome: 'retry', reason: 'serverError' }),
    ])
    const time = new Date(now + 1).toISOString()

    assert.deepEqual(deliveries.shown(a, undefined, now), { delivery: { time, outcome: 'dead', reason: 'authError' } })
    assert.deepEqual(deliveries.shown(b, undefined, now), { delivery: told })
  })

  it('are shown half a minute after the last that was, which may have been written by a process before', () => {
    const deliveries = createDeliveries([])
    const later = now + 10_000
    deliveries.note(delivery(a, { at: later, outcome: 'dead' }))

    assert.deepEqual(deliveries.shown(a, { lastDelivery: told }, later), { delivery: told, againAt: now + 30_000 })
    const { delivery: shown } = deliveries.shown(a, { lastDelivery: told }, now + 30_000)
    assert.equal(shown?.outcome, 'dead')
    deliveries.written(a, now + 30_000)
    deliveries.note(delivery(a, { at: now + 31_000 }))
    assert.equal(deliveries.shown(a, { lastDelivery: shown }, now + 31_000).againAt, now + 60_000)
  })

  it('keep what the status says when it is newer, and believe no time to come', () => {
    const deliveries = createDeliveries([record({ at: now - 1 })])
    const future = { time: '2999-01-01T00:00:00Z', outcome: 'sent' }

    assert.deepEqual(deliveries.shown(a, { lastDelivery: told }, now), { delivery: told })
    assert.equal(deliveries.shown(a, { lastDelivery: future }, now).delivery?.time, new Date(now - 1).toISOString())
    assert.deepEqual(deliveries.shown(b, { lastDelivery: { time: 'soon' } }, now), { delivery: undefined })
  })

  it('of receivers that are gone are forgotten', () => {
    const deliveries = createDeliveries([record({}), record({ receiver: b })])
    deliveries.prune((key) => key === b)

    assert.equal(deliveries.shown(a, undefined, now).delivery, undefined)
    assert.deepEqual(deliveries.shown(b, undefined, now).delivery, told)
  })
})

describe('what we wrote', () => {
  const object = (resourceVersion: string, uid = 'u'): Observed => ({
    ...{ kind: 'EmailReceiver', name: 'a', generation: 1, status: resourceVersion },
    ...{ uid, resourceVersion },
  })

  it('counts until the watch has shown as much', () => {
    const written = createWritten()
    written.wrote(object('100'))

    assert.equal(written.latest(object('99')).status, '100', 'not compared as texts')
    assert.equal(written.latest(object('100')).status, '100')
    assert.equal(written.latest(object('99')).status, '99', 'once shown it is forgotten')
  })

  it('does not count for an object that was made anew, nor where versions are no numbers', () => {
    const written = createWritten()
    written.wrote(object('100'))
    assert.equal(written.latest(object('99', 'other')).status, '99')
    written.wrote(object('z'))
    assert.equal(written.latest(object('a')).status, 'a')
  })
})

describe('events', () => {
  const status = (ready: 'True' | 'False' | 'Unknown', reason: string): ObjectStatus => ({
    conditions: [{ type: 'Ready', status: ready, lastTransitionTime: '', reason, message: 'm' }],
  })
  function told(before: ObjectStatus | undefined, after: ObjectStatus): readonly string[] {
    const events: string[] = []
    const seen: Observed = { kind: 'K', name: 'n', uid: 'u', generation: 1, resourceVersion: '1', status: before }
    announceReadiness(
      { record: (ref, { type, reason, message }) => void events.push([type, ref.uid, reason, message].join(' ')) },
      seen,
      after,
    )
    return events
  }

  it('tell of changes of readiness and of its causes, not of first good news nor of wording', () => {
    assert.deepEqual(told(undefined, status('True', 'Ready')), [])
    assert.deepEqual(told(undefined, status('False', 'NotSelected')), ['Warning u NotSelected it is not ready: m'])
    assert.deepEqual(told(status('True', 'Ready'), status('False', 'A')), ['Warning u A it is not ready: m'])
    assert.deepEqual(told(status('False', 'A'), status('False', 'B')), ['Warning u B it is not ready: m'])
    assert.deepEqual(told(status('False', 'A'), status('True', 'Ready')), ['Normal u Ready it is ready: m'])
    assert.deepEqual(told(status('False', 'A'), status('False', 'A')), [])
    assert.deepEqual(told(status('True', 'Ready'), status('True', 'DefaultConfig')), [])
  })

  it('tell of dead letters only, cut to what the API takes', () => {
    const told = (changes: Partial<SettledDelivery>): readonly string[] => {
      const events: string[] = []
      announceDeadLetter({ record: (_, { message }) => void events.push(message) }, delivery(a, changes))
      return events
    }
    for (const outcome of ['sent', 'retry', 'cancelled'] as const) assert.deepEqual(told({ outcome }), [])
    const [message = ''] = told({ outcome: 'dead', reason: 'authError', detail: '😀'.repeat(2_000) })

    assert.match(message, /^a notification by email was given up \(authError\): 😀/u)
    assert.ok(message.length <= 1_000 && message.isWellFormed())
  })
})
