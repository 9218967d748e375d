import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../../src/model/delivery.ts'
import { throttleLimits } from '../../../src/notify/throttle/limits.ts'
import { called, down, entered, fail, join, openGate } from './gate-rig.ts'
import { busiest } from './vendor.ts'

const oneASecond = { limits: [{ limit: 1, perMs: 1_000 }] }

describe('a gate', () => {
  it('keeps room for who was called, whoever comes before them', () => {
    const gate = openGate(oneASecond)
    const ann = join(gate, 'ann')
    assert.deepEqual(called(gate, 0), ['ann'])
    assert.equal(gate.enter(0, undefined), undefined)
    assert.equal(gate.enter(0, join(gate, 'bob')), undefined)
    assert.deepEqual(called(gate, 1), [], 'there is room for one')
    gate.finish(entered(gate, 5, ann), 10)
    assert.deepEqual([called(gate, 1_029), called(gate, 1_030)], [[], ['bob']])
  })

  it('gives the room of who does not come to the next, and lets the late one in as soon as there is any', () => {
    const gate = openGate(oneASecond)
    const ann = join(gate, 'ann')
    const bob = join(gate, 'bob')
    assert.deepEqual(called(gate, 0), ['ann'])
    assert.equal(gate.nextAt(0), throttleLimits.callMs)
    assert.deepEqual(called(gate, throttleLimits.callMs), ['bob'])
    assert.equal(ann.state, 'late')
    const late = entered(gate, throttleLimits.callMs, ann)
    assert.equal(gate.enter(throttleLimits.callMs, bob), undefined, 'ann was quicker')
    gate.giveBack(late)
    entered(gate, throttleLimits.callMs, bob)
  })

  it('sends who was called back to their place when it closes', () => {
    const gate = openGate()
    join(gate, 'ann')
    join(gate, 'bob')
    const [ann] = gate.call(0)
    fail(gate)
    assert.equal(ann?.state, 'waiting')
    const probeAt = gate.outage?.probeAt ?? 0
    assert.equal(gate.enter(probeAt - 1, ann), undefined)
    assert.deepEqual([called(gate, probeAt - 1), called(gate, probeAt)], [[], ['ann']])
  })

  it('calls one at a time to probe, those first who did not see it fail, and all when it is up', () => {
    const gate = openGate()
    fail(gate)
    const probeAt = gate.outage?.probeAt ?? 0
    for (const name of ['ann', 'bob']) join(gate, name, true)
    for (const name of ['cid', 'dan']) join(gate, name)
    const [cid] = gate.call(probeAt)
    assert.equal(cid?.lease, 'cid')
    assert.deepEqual(called(gate, probeAt + throttleLimits.probeCallMs - 1), [])
    assert.deepEqual(called(gate, probeAt + throttleLimits.probeCallMs), ['dan'])
    const probe = entered(gate, probeAt + 6_000, cid)
    assert.deepEqual([gate.enter(probeAt + 6_000, undefined), gate.probing], [undefined, true])
    assert.equal(gate.nextAt(probeAt + 6_000), probeAt + 2 * throttleLimits.probeCallMs)
    gate.finish(probe, probeAt + 7_000, { outcome: 'failed', reason: 'clientError', detail: 'answered 404' })
    assert.deepEqual(called(gate, probeAt + 7_000), ['ann', 'bob'])
  })

  it('doubles the pause from five seconds to two minutes while probes fail, and begins anew after a success', () => {
    const gate = openGate()
    const pauses: number[] = []
    fail(gate)
    for (let count = 0; count < 8; count += 1) {
      const now = gate.outage?.probeAt ?? 0
      gate.finish(entered(gate, now, undefined), now, down)
      pauses.push((gate.outage?.probeAt ?? 0) - now)
    }
    const share = 1 - throttleLimits.probeShare / 2
    assert.deepEqual(
      pauses,
      [10, 20, 40, 80, 120, 120, 120, 120].map((seconds) => seconds * 1_000 * share),
    )
    const up = gate.outage?.probeAt ?? 0
    gate.finish(entered(gate, up), up, { outcome: 'sent' })
    fail(gate)
    assert.ok((gate.outage?.probeAt ?? Infinity) <= 5_000)
  })

  it('makes the next probe at once when one could not tell', () => {
    const gate = openGate()
    fail(gate)
    const probeAt = gate.outage?.probeAt ?? 0
    gate.giveBack(entered(gate, probeAt))
    gate.finish(entered(gate, probeAt), probeAt)
    gate.finish(entered(gate, probeAt), probeAt, { outcome: 'retry', reason: 'addressRefused', detail: 'refused' })
    assert.equal(entered(gate, probeAt).probe, true)
  })

  it('learns nothing from calls that were under way when it closed, but that it is up', () => {
    const gate = openGate()
    const calls = Array.from({ length: 8 }, () => entered(gate, 0))
    for (const entry of calls.slice(0, 7)) gate.finish(entry, 1_000, down)
    const probeAt = gate.outage?.probeAt
    assert.ok(probeAt !== undefined && probeAt <= 6_000)
    const [, , , , , , , last] = calls
    assert.ok(last)
    gate.finish(last, 2_000, { outcome: 'sent' })
    assert.equal(gate.outage, undefined)
  })

  it('is closed by no trouble that it is not blamed for', () => {
    const gate = openGate({ blamedFor: ['unreached'] })
    fail(gate)
    assert.equal(gate.isIdle(0), true)
    const unreached: Delivery = { outcome: 'retry', reason: 'connectionError', detail: 'refused', unreached: true }
    fail(gate, unreached)
    assert.equal(gate.outage?.reason, 'connectionError')
  })

  it('keeps to all of its limits', () => {
    const gate = openGate({
      limits: [
        { limit: 3, perMs: 1_000 },
        { limit: 4, perMs: 60_000 },
      ],
    })
    const times: number[] = []
    for (let now = 0; now < 125_000; now += 50) {
      const entry = gate.enter(now, undefined)
      if (entry === undefined) continue
      times.push(now)
      gate.finish(entry, now)
    }
    assert.deepEqual([busiest(times, 1_000), busiest(times, 60_000), times.length], [3, 4, 12])
  })
})
