import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Alert, type AlertGroup } from '../../src/model/alert.ts'
import { fromWireGroup, goZeroTime, toWireGroup, type WireGroup } from '../../src/model/wire.ts'

const hostileName = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'a.b/c d',
    '$..*',
    '',
    '🔥',
    'x'.repeat(10_000),
  ),
  fc.string(),
)
const pairs = fc
  .uniqueArray(fc.tuple(hostileName, fc.string()), { maxLength: 6, selector: ([name]) => name })
  .map((list) => new Map(list))
const text = fc.string()
const status = fc.constantFrom('firing' as const, 'resolved' as const)

const alert: fc.Arbitrary<Alert> = fc.record(
  {
    status,
    labels: pairs,
    annotations: pairs,
    startsAt: fc.constantFrom('', '2026-01-01T00:00:00.123456789Z'),
    endsAt: fc.constantFrom(null, '2026-01-01T01:00:00+02:00'),
    generatorURL: text,
    fingerprint: text,
  },
  { noNullPrototype: true },
)

const group: fc.Arbitrary<AlertGroup> = fc.record(
  {
    source: text,
    receiver: text,
    groupKey: text,
    status,
    groupLabels: pairs,
    commonLabels: pairs,
    commonAnnotations: pairs,
    externalURL: text,
    truncatedAlerts: fc.nat(),
    notificationReason: fc.constantFrom('', 'repeat interval elapsed'),
    alerts: fc.array(alert, { maxLength: 3 }),
  },
  { noNullPrototype: true },
)

describe('a group as JSON', () => {
  it('comes back as it was, hostile names included', () => {
    fc.assert(
      fc.property(group, (original) => {
        const wire = JSON.parse(JSON.stringify(toWireGroup(original))) as WireGroup
        assert.deepEqual(fromWireGroup(wire, original.source), original)
      }),
      { numRuns: 1_000 },
    )
  })

  it('has Go’s zero time where there is none, and no reason unless there is one', () => {
    const [sample] = fc.sample(group, { numRuns: 1, seed: 1 })
    const firing: Alert = { ...fc.sample(alert, { numRuns: 1, seed: 1 })[0]!, startsAt: '', endsAt: null }
    const wire = toWireGroup({ ...sample!, alerts: [firing], notificationReason: '' })

    assert.equal(wire.version, '4')
    assert.deepEqual([wire.alerts[0]?.startsAt, wire.alerts[0]?.endsAt], [goZeroTime, goZeroTime])
    assert.ok(!('notification_reason' in wire) && !('source' in wire))
  })
})
