import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { utf16Units } from '../../src/channels/measure.ts'
import { alertsMark, settledPlaces } from '../../src/channels/settled-alerts.ts'
import { createUntoldMessages, type UntoldMessage } from '../../src/channels/untold-messages.ts'
import { type AlertGroup } from '../../src/model/alert.ts'
import { anAlert, aNotification } from '../support/channel-rig.ts'

const { group } = aNotification(Array.from({ length: 20 }, (_, place) => anAlert({}, { fingerprint: `f${place}` })))

const short = (part: AlertGroup): string =>
  part.alerts.map(({ fingerprint }) => `${fingerprint} says little`).join('\n')
const long = (part: AlertGroup): string =>
  part.alerts.map(({ fingerprint }) => `${fingerprint} says ${'x'.repeat(30)}`).join('\n')

function plan(done: readonly string[], render = short, target = 'chat:a'): readonly UntoldMessage[] {
  return createUntoldMessages({ group, limit: 100, measure: utf16Units, render, done: new Set(done) })(target)
}

const told = (messages: readonly UntoldMessage[]): readonly string[] =>
  messages.flatMap(({ alerts }) => alerts.map(({ fingerprint }) => fingerprint))
const everybody = told(plan([]))

describe('marks of alerts', () => {
  it('name a target and runs of places', () => {
    assert.equal(alertsMark('channel:#ops', [0, 1, 2, 7, 9, 10]), 'channel:#ops alerts 0-2,7,9-10')
    assert.equal(alertsMark('a', []), 'a alerts ')
  })

  it('say the same when they are read again, whatever the target', () => {
    const places = fc.uniqueArray(fc.nat(500)).map((found) => found.sort((one, other) => one - other))
    const property = fc.property(fc.string(), places, places, (target, one, other) => {
      const marks = [alertsMark(target, one), alertsMark(`${target}x`, other), alertsMark(`x${target}`, other)]
      assert.deepEqual([...settledPlaces(target, marks)], one)
    })
    fc.assert(property)
  })

  it('that are none of this target, or none at all, settle nothing', () => {
    const marks = ['b alerts 1', 'a alerts', 'a alerts x', 'a alerts 3-', 'a alerts 1,,2', 'a', '', 'a alerts 5-4']
    assert.deepEqual([...settledPlaces('a', marks)], [])
  })

  it('are bounded however large the numbers in them', () => {
    assert.equal(settledPlaces('a', ['a alerts 9999998-99999999999999999999']).size, 3)
  })
})

describe('messages that are still to be told', () => {
  it('are all of them at first, each with a mark of its own', () => {
    const messages = plan([])
    assert.ok(messages.length > 3)
    assert.equal(new Set(messages.map(({ mark }) => mark)).size, messages.length)
    assert.deepEqual(
      everybody,
      group.alerts.map(({ fingerprint }) => fingerprint),
    )
  })

  it('keep their text, and so their place among all, when others have arrived', () => {
    const messages = plan([])
    const [first, , third] = messages
    const left = plan([first?.mark ?? '', third?.mark ?? ''])
    assert.deepEqual(
      left,
      messages.filter((message) => message !== first && message !== third),
    )
    assert.match(left[0]?.text ?? '', new RegExp(`\\(2/${messages.length}\\)$`, 'u'))
  })

  it('are none when all have arrived', () => {
    assert.deepEqual(plan(plan([]).map(({ mark }) => mark)), [])
  })

  it('tell exactly the alerts that are left when the template has changed meanwhile', () => {
    const arrived = plan([]).slice(0, 1)
    const left = plan(
      arrived.map(({ mark }) => mark),
      long,
    )
    assert.deepEqual([...told(arrived), ...told(left)], everybody)
    assert.match(left[0]?.text ?? '', new RegExp(`\\(1/${left.length}\\)$`, 'u'))
  })

  it('tell each alert exactly once whatever arrives and however the template changes', () => {
    const attempt = fc.record({
      render: fc.constantFrom(short, long),
      arrives: fc.array(fc.boolean(), { maxLength: 30 }),
    })
    const property = fc.property(fc.array(attempt, { maxLength: 6 }), (attempts) => {
      const done: string[] = []
      const seen: string[] = []
      for (const { render, arrives } of [...attempts, { render: long, arrives: Array<boolean>(30).fill(true) }]) {
        for (const [place, message] of plan(done, render).entries()) {
          if (arrives[place] !== true) continue
          done.push(message.mark)
          seen.push(...told([message]))
        }
      }
      assert.deepEqual(seen.toSorted(), everybody.toSorted())
    })
    fc.assert(property)
  })

  it('are kept apart by target, while the group is rendered once for all', () => {
    let calls = 0
    const untold = createUntoldMessages({
      group,
      limit: 100,
      measure: utf16Units,
      render: (part) => {
        calls += 1
        return short(part)
      },
      done: new Set(plan([], short, 'chat:a').map(({ mark }) => mark)),
    })
    assert.deepEqual(untold('chat:a'), [])
    const once = calls
    assert.deepEqual(told(untold('chat:b')), everybody)
    assert.equal(calls, once)
  })

  it('of a group without alerts are one, until it has arrived', () => {
    const request = { group: aNotification([]).group, limit: 9, measure: utf16Units, render: () => 'none' }
    const [message, ...rest] = createUntoldMessages({ ...request, done: new Set() })('a')
    assert.deepEqual([message?.text, rest], ['none', []])
    assert.deepEqual(createUntoldMessages({ ...request, done: new Set([message?.mark ?? '']) })('a'), [])
  })
})
