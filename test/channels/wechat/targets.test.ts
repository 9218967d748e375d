import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  chunkTargets,
  describeTargets,
  joinIds,
  maxTargets,
  nameOf,
  targetsOf,
} from '../../../src/channels/wechat/targets.ts'

function names(count: number, prefix = 'u'): string {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`).join('|')
}

describe('targets of WeChat Work', () => {
  it('are read from all three lists, without holes and each once', () => {
    const targets = targetsOf({ toUser: 'Ann| bob ||ann|', toParty: '|', toTag: '3|3| 4' })
    assert.deepEqual(targets.map(nameOf), ['user:ann', 'user:bob', 'tag:3', 'tag:4'])
    assert.equal(joinIds(targets, 'user'), 'Ann|bob', 'as the receiver spells them')
    assert.deepEqual(targetsOf({}), [])
    assert.deepEqual(targetsOf({ toUser: ' | |', toParty: '', toTag: '|' }), [])
  })

  it('are everyone, and only that, when @all is among them', () => {
    const targets = targetsOf({ toUser: 'ann|@all', toParty: '1', toTag: '2' })
    assert.deepEqual(targets, [{ kind: 'user', id: '@all' }])
    assert.equal(describeTargets(targets), 'everyone')
  })

  it('are told in calls of at most 1,000 users, 100 departments and 100 tags, which share their calls', () => {
    const targets = targetsOf({ toUser: names(2_500), toParty: names(101, '1'), toTag: names(5, '2') })
    assert.deepEqual(chunkTargets(targets).map(describeTargets), [
      '1000 users, 100 departments and 5 tags',
      '1000 users and 1 department',
      '500 users',
    ])
  })

  it('are told in calls whose answer can list all of them', () => {
    const long = Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(64, 'x')).join('|')
    const chunks = chunkTargets(targetsOf({ toUser: long }))
    assert.ok(chunks.every((chunk) => Buffer.byteLength(joinIds(chunk, 'user')) <= 30_000))
    assert.equal(chunks.flat().length, 1_000)
    assert.ok(chunks.length <= 3)
  })

  it('are each in exactly one call, whatever they are called', () => {
    const list = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', '@all', 'a', 'A', '')), {
      maxLength: 120,
    })
    fc.assert(
      fc.property(list, list, list, (users, parties, tags) => {
        const receiver = { toUser: users.join('|'), toParty: parties.join('|'), toTag: tags.join('|') }
        const targets = targetsOf(receiver)
        const chunks = chunkTargets(targets)
        assert.deepEqual(chunks.flat().map(nameOf).toSorted(), targets.map(nameOf).toSorted())
        assert.equal(new Set(targets.map(nameOf)).size, targets.length)
        for (const kind of ['user', 'party', 'tag'] as const) {
          for (const chunk of chunks) {
            assert.ok(chunk.filter((target) => target.kind === kind).length <= maxTargets[kind])
            assert.doesNotMatch(joinIds(chunk, kind), /^\||\|\||\|$/u)
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})
