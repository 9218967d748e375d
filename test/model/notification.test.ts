import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commonPairs, statusOf, type AlertGroup } from '../../src/model/alert.ts'
import { narrow } from '../../src/model/notification.ts'
import { anAlert } from '../support/resources.ts'

const one = anAlert({ a: '1', b: '2', __proto: 'x' })
const two = anAlert({ b: '2', a: '3', c: '4' }, { status: 'resolved', annotations: new Map([['summary', 's']]) })

const group: AlertGroup = {
  source: 'am',
  receiver: 'team',
  groupKey: '{}:{a="1"}',
  status: 'firing',
  groupLabels: new Map([['b', '2']]),
  commonLabels: new Map([['b', '2']]),
  commonAnnotations: new Map(),
  externalURL: 'http://am',
  truncatedAlerts: 3,
  notificationReason: 'repeat interval elapsed',
  alerts: [one, two],
}

describe('a group narrowed to some of its alerts', () => {
  it('has their status and common pairs, and all else as posted', () => {
    assert.deepEqual(narrow(group, [two]), {
      ...group,
      status: 'resolved',
      commonLabels: two.labels,
      commonAnnotations: two.annotations,
      alerts: [two],
    })
  })

  it('is the same group when all of them stay', () => {
    assert.deepEqual(narrow(group, [one, two]), group)
  })

  it('leaves the posted group as it was', () => {
    const before = structuredClone(group)
    narrow(group, [two])
    assert.deepEqual(group, before)
  })
})

describe('common pairs', () => {
  it('are those that every map has with the same value', () => {
    const maps = [new Map([['a', '1'], ['__proto__', 'p'], ['b', '']]), new Map([['b', ''], ['__proto__', 'p']])] // prettier-ignore
    assert.deepEqual([...commonPairs(maps)], [['__proto__', 'p'], ['b', '']]) // prettier-ignore
  })

  it('are none without maps, and all of a single one', () => {
    assert.deepEqual(commonPairs([]), new Map())
    assert.deepEqual(commonPairs([new Map([['a', 'b']])]), new Map([['a', 'b']]))
  })

  it('do not take an absent label for an empty one', () => {
    assert.deepEqual(commonPairs([new Map([['a', '']]), new Map()]), new Map())
  })
})

describe('the status of alerts', () => {
  it('is firing if any fires', () => {
    assert.equal(statusOf([two, one]), 'firing')
    assert.equal(statusOf([two]), 'resolved')
    assert.equal(statusOf([]), 'resolved')
  })
})
