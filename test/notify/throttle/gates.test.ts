import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Destination } from '../../../src/channels/channel.ts'
import { Gates } from '../../../src/notify/throttle/gates.ts'
import { throttleLimits } from '../../../src/notify/throttle/limits.ts'
import { fixedRandom } from '../builders.ts'

const oneAMinute = [{ limit: 1, perMs: 60_000 }]

function robot(key: string): Destination {
  return { key, label: 'robot', limits: oneAMinute }
}

function openGates(maxDestinations: number): Gates {
  return new Gates({ limits: { ...throttleLimits, maxDestinations }, random: fixedRandom(), usedUntil: undefined })
}

describe('the gates', () => {
  it('are one for each key, label and channel, whoever asks', () => {
    const gates = openGates(10)
    const gate = gates.of('dingtalk', robot('a'), 0)
    assert.equal(gates.of('dingtalk', { ...robot('a'), maxWaitMs: 5 }, 0), gate)
    assert.notEqual(gates.of('dingtalk', { ...robot('a'), label: 'app' }, 0), gate)
    assert.notEqual(gates.of('wechat', robot('a'), 0), gate)
    for (const key of ['__proto__', 'constructor', '', '😀'.repeat(2_500)]) {
      assert.notEqual(gates.of('dingtalk', robot(key), 0), gate)
    }
  })

  it('are forgotten, the one used longest ago first, but never while a window is in force', () => {
    const gates = openGates(3)
    const used = gates.of('dingtalk', robot('used'), 0)
    const entry = used?.enter(0, undefined)
    assert.ok(used !== undefined && entry !== undefined)
    used.finish(entry, 10)
    for (let count = 0; count < 100; count += 1) assert.ok(gates.of('dingtalk', robot(`idle${count}`), 100))
    assert.equal(gates.size, 3)
    assert.equal(gates.of('dingtalk', robot('used'), 60_000)?.enter(60_000, undefined), undefined)
    for (let count = 0; count < 10; count += 1) gates.of('dingtalk', robot(`later${count}`), 70_000)
    assert.notEqual(gates.of('dingtalk', robot('used'), 70_000), used)
  })

  it('refuse another destination when all that there may be are in force', () => {
    const gates = openGates(20)
    for (let count = 0; count < 20; count += 1) gates.of('dingtalk', robot(`busy${count}`), 0)?.enter(0, undefined)
    assert.equal(gates.of('dingtalk', robot('one more'), 1), undefined)
    assert.ok(gates.of('dingtalk', robot('busy3'), 1))
  })

  it('let others through to destinations without limits when there are too many, and remember nothing of them', () => {
    const gates = openGates(20)
    for (let count = 0; count < 20; count += 1) gates.of('webhook', robot(`busy${count}`), 0)?.enter(0, undefined)
    const plain = { key: 'https://other.example', label: 'webhook' }
    const gate = gates.of('webhook', plain, 1)
    assert.ok(gate?.enter(1, undefined) !== undefined)
    assert.notEqual(gates.of('webhook', plain, 1), gate)
    assert.equal(gates.size, 20)
  })
})
