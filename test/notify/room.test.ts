import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createRoom } from '../../src/notify/room.ts'
import { receiverKey } from './builders.ts'

function rig(maxBytes = 100) {
  const leases = new Set<string>()
  let now = 0
  const room = createRoom({ maxBytes, steady: () => now, holds: (lease) => leases.has(lease) })

  /** Asks for a place for notification `seq` of the party, whose group is `id` of `bytes`; what it is let in with, or undefined. */
  function enter(party: string, seq: number, bytes: number, id = seq): string | undefined {
    const lease = `lease ${seq}`
    leases.add(lease)
    const taken = { receiver: receiverKey(party), party, seq, lease }
    if (!room.mayEnter(taken, { id, bytes })) {
      leases.delete(lease)
      return undefined
    }
    room.enter(taken, { id, bytes })
    return lease
  }

  function leave(lease: string | undefined): void {
    if (lease !== undefined) leases.delete(lease)
    room.tidy()
  }

  return { enter, leave, wait: (ms: number) => void (now += ms) }
}

describe('memory for the groups of attempts under way', () => {
  it('always has room for one group, however large', () => {
    assert.equal(rig().enter('red', 1, 1_000), 'lease 1')
  })

  it('counts a group once that goes to several receivers', () => {
    const { enter } = rig()
    for (const seq of [1, 2, 3]) assert.ok(enter('red', seq, 90, 7), `notification ${seq}`)
  })

  it('gives one tenant half, so that others find room beside endpoints of it that hang', () => {
    const { enter } = rig()
    assert.ok(enter('red', 1, 30))
    assert.equal(enter('red', 2, 30), 'lease 2', 'thirty of its own and thirty more are what seventy leave')
    assert.equal(enter('red', 3, 1), undefined)
    assert.ok(enter('blue', 4, 30))
  })

  it('has room again for what leaves', () => {
    const { enter, leave } = rig()
    const first = enter('red', 1, 60)
    assert.equal(enter('blue', 2, 60), undefined)
    leave(first)
    assert.ok(enter('blue', 2, 60))
  })

  it('lets a group in beyond the limit that never fits beside what the others have, one at a time', () => {
    const { enter, leave, wait } = rig()
    const small = ['red', 'green', 'grey'].map((party, place) => enter(party, place, 20))
    assert.ok(small.every((lease) => lease !== undefined))
    assert.equal(enter('blue', 10, 60), undefined)
    wait(10_000)
    const large = enter('blue', 10, 60)
    assert.ok(large)
    assert.equal(enter('pink', 11, 60), undefined)
    wait(10_000)
    assert.equal(enter('pink', 11, 60), undefined, 'the first is still there')
    leave(large)
    assert.ok(enter('pink', 11, 60))
  })

  it('gives the next turn beyond the limit to another than had the last', () => {
    const { enter, leave, wait } = rig()
    enter('grey', 0, 60)
    assert.equal(enter('red', 1, 80), undefined)
    wait(10_000)
    const large = enter('red', 1, 80)
    assert.ok(large)
    assert.equal(enter('red', 2, 80), undefined)
    assert.equal(enter('blue', 3, 80), undefined)
    leave(large)
    wait(10_000)
    assert.equal(enter('red', 2, 80), undefined, 'red was there last')
    assert.ok(enter('blue', 3, 80))
  })

  it('gives the turn to another when the one whose turn it was is not heard of any more', () => {
    const { enter, wait } = rig()
    enter('red', 1, 60)
    assert.equal(enter('blue', 2, 60), undefined)
    wait(180_001)
    assert.equal(enter('green', 3, 60), undefined)
    wait(10_000)
    assert.ok(enter('green', 3, 60))
  })

  it('never holds more than its limit and one group beyond, whoever comes and goes', () => {
    const step = fc.record({ party: fc.nat({ max: 4 }), bytes: fc.integer({ min: 1, max: 80 }), leaves: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { enter, leave, wait } = rig()
        const inside = new Map<string, number>()
        let refused: { readonly party: string; readonly seq: number; readonly bytes: number } | undefined
        for (const [seq, { party, bytes, leaves }] of steps.entries()) {
          wait(1_000)
          const oldest = inside.keys().next().value
          if (leaves && oldest !== undefined) {
            leave(oldest)
            inside.delete(oldest)
          }
          const asks = refused ?? { party: `party ${party}`, seq, bytes }
          const lease = enter(asks.party, asks.seq, asks.bytes)
          refused = lease === undefined ? asks : undefined
          if (lease !== undefined) inside.set(lease, asks.bytes)
          const held = [...inside.values()].reduce((sum, size) => sum + size, 0)
          assert.ok(held <= 180, `${held} bytes, where 100 and one of 80 may be`)
        }
      }),
    )
  })
})
