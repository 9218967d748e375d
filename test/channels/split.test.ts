import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Markup } from '../../src/channels/markup.ts'
import { characters, jsonBytes, utf16Units, utf8Bytes, type Measure } from '../../src/channels/measure.ts'
import { splitMessage, type SplitMessage } from '../../src/channels/split.ts'
import { type Alert, type AlertGroup } from '../../src/model/alert.ts'
import { anAlert, aNotification } from '../support/channel-rig.ts'
import { cutsNothing, units } from './text-units.ts'

const measures: Readonly<Record<string, Measure>> = { characters, jsonBytes, utf16Units, utf8Bytes }

/** An alert whose message has this text after its fingerprint. */
function anAlertSaying(text: string, place: number): Alert {
  return anAlert({}, { fingerprint: `f${place}.`, annotations: new Map([['summary', text]]) })
}

function groupOf(texts: readonly string[]): AlertGroup {
  return aNotification(texts.map(anAlertSaying)).group
}

/** A header and an entry for each alert. */
function renderLines(group: AlertGroup): string {
  const lines = group.alerts.map(({ fingerprint, annotations }) => `${fingerprint} ${annotations.get('summary') ?? ''}`)
  return [`${group.alerts.length} alerts`, ...lines].join('\n')
}

/** A rendering that counts what it is asked for. */
function counting(render: (group: AlertGroup) => string = renderLines) {
  const asked = { calls: 0, alerts: 0 }
  return {
    asked,
    render(group: AlertGroup): string {
      asked.calls += 1
      asked.alerts += group.alerts.length
      return render(group)
    },
  }
}

function fingerprintsIn(messages: readonly SplitMessage[]): readonly string[] {
  return messages.flatMap(({ text }) => text.match(/^f\d+\./gmu) ?? [])
}

const letters = (count: number, letter = 'x'): string => letter.repeat(count)

describe('splitting a group into messages', () => {
  it('gives one message as it is, without a mark, when all fits', () => {
    const group = groupOf(['a', 'b'])
    const whole = renderLines(group)
    const messages = splitMessage({ group, limit: whole.length, measure: utf16Units, render: renderLines })
    assert.deepEqual(messages, [{ text: whole, alerts: group.alerts, from: 0, cut: 0 }])
  })

  it('cuts between alerts, fills the messages, and says which of how many each is', () => {
    const group = groupOf(Array.from({ length: 10 }, () => letters(30)))
    const messages = splitMessage({ group, limit: 130, measure: utf16Units, render: renderLines })
    assert.deepEqual(
      messages.map(({ text, from, alerts }) => [text.split('\n').at(-1), from, alerts.length, text.length]),
      [
        ['(1/4)', 0, 3, 119],
        ['(2/4)', 3, 3, 119],
        ['(3/4)', 6, 3, 119],
        ['(4/4)', 9, 1, 49],
      ],
    )
  })

  it('cuts inside an alert only when it is too long alone, and says how much is missing', () => {
    const group = groupOf(['a', letters(500), 'b'])
    const messages = splitMessage({ group, limit: 100, measure: utf16Units, render: renderLines })
    assert.deepEqual(
      messages.map(({ alerts, cut }) => [alerts.length, cut > 0]),
      [
        [1, false],
        [1, true],
        [1, false],
      ],
    )
    const { text = '', cut = 0 } = messages[1] ?? {}
    assert.match(text, /^1 alerts\nf1\. x+\n… \(\d+ characters cut\)\n\(2\/3\)$/u)
    assert.equal(text.length, 100)
    assert.equal((text.match(/x/gu) ?? []).length + cut, 500)
  })

  it('takes the marks and the words of its caller', () => {
    const group = groupOf([letters(80), letters(10)])
    const [first, second] = splitMessage({
      group,
      limit: 60,
      measure: utf16Units,
      render: renderLines,
      mark: (place, total) => ` [${place} von ${total}]`,
      cutLine: (missing) => ` … ${missing} fehlen`,
    })
    assert.match(first?.text ?? '', /x … \d+ fehlen \[1 von 2\]$/u)
    assert.match(second?.text ?? '', /x \[2 von 2\]$/u)
  })

  it('counts in the unit of the provider', () => {
    const group = groupOf(Array.from({ length: 12 }, () => letters(20, '警')))
    const count = (measure: Measure): number => splitMessage({ group, limit: 200, measure, render: renderLines }).length
    assert.deepEqual([count(characters), count(utf8Bytes)], [2, 6])
  })

  it('sends a group without alerts as one message', () => {
    const messages = splitMessage({ group: groupOf([]), limit: 100, measure: utf8Bytes, render: () => 'nothing' })
    assert.deepEqual(messages, [{ text: 'nothing', alerts: [], from: 0, cut: 0 }])
  })

  it('keeps within a limit that is too small for marks and words', () => {
    for (const limit of [1, 2, 5, 9, 20]) {
      const messages = splitMessage({ group: groupOf(['aa', 'bb']), limit, measure: utf8Bytes, render: renderLines })
      assert.deepEqual(messages.flatMap(({ alerts }) => alerts).length, 2)
      for (const { text } of messages) assert.ok(utf8Bytes(text) <= limit && text !== '')
    }
  })

  it('leaves a template that says the same of any number of alerts in one message', () => {
    const { asked, render } = counting((group) => `${group.alerts.length} alerts`)
    const group = groupOf(Array.from({ length: 10_000 }, () => letters(200)))
    assert.equal(splitMessage({ group, limit: 2_048, measure: utf8Bytes, render }).length, 1)
    assert.ok(asked.alerts <= 30_000 && asked.calls < 20, JSON.stringify(asked))
  })
})

/** Sizes that defeat an estimate: mostly small, a few far too long, and runs of each. */
const saying = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }).map((count) => letters(count)) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 400 }).map((count) => letters(count, 'ß')) },
  { weight: 1, arbitrary: fc.integer({ min: 400, max: 4_000 }).map((count) => letters(count, '警')) },
  { weight: 1, arbitrary: units('mrkdwn').map((found) => found.join('')) },
)

/** Templates that an estimate from the alerts' own length knows nothing of. */
const renderings: Readonly<Record<string, (group: AlertGroup) => string>> = {
  lines: renderLines,
  doubled: (group) => `${renderLines(group)}\n${renderLines(group).replaceAll(/^f/gmu, 'g')}`,
  header: (group) => `${letters(120, 'H')}\n${renderLines(group)}`,
  shortWhenMany: (group) =>
    group.alerts.length > 5 ? group.alerts.map(({ fingerprint }) => fingerprint).join('\n') : renderLines(group),
}

describe('whatever is split', () => {
  it('names every alert exactly once, in order, within the limit, at a bounded cost', () => {
    fc.assert(
      fc.property(
        fc.array(saying, { minLength: 1, maxLength: 120, size: 'max' }),
        fc.integer({ min: 200, max: 3_000 }),
        fc.constantFrom(...Object.keys(measures)),
        fc.constantFrom(...Object.keys(renderings)),
        (texts, limit, unit, rendering) => {
          const measure = measures[unit]!
          const group = groupOf(texts)
          const { asked, render } = counting(renderings[rendering])
          const messages = splitMessage({ group, limit, measure, render, markup: 'mrkdwn' })
          assert.deepEqual(
            messages.flatMap(({ alerts }) => alerts),
            group.alerts,
          )
          assert.deepEqual(
            fingerprintsIn(messages),
            group.alerts.map(({ fingerprint }) => fingerprint),
          )
          for (const { text, from, alerts, cut } of messages) {
            assert.ok(measure(text) <= limit)
            assert.ok(text.isWellFormed())
            assert.ok(cut === 0 || alerts.length === 1)
            assert.equal(group.alerts.indexOf(alerts[0]!), from)
          }
          const again = splitMessage({ group, limit, measure, render: renderings[rendering]!, markup: 'mrkdwn' })
          assert.deepEqual(again, messages)
          assert.ok(asked.alerts <= 12 * texts.length, `${asked.alerts} renderings of ${texts.length} alerts`)
          assert.ok(asked.calls <= 6 * messages.length + 10, `${asked.calls} calls for ${messages.length} messages`)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('breaks no entity and no markup where an alert must be cut', () => {
    for (const markup of ['plain', 'mrkdwn', 'markdown', 'html'] as const satisfies readonly Markup[]) {
      const property = fc.property(units(markup), fc.integer({ min: 60, max: 300 }), (found, limit) => {
        const text = found.join('')
        const [message] = splitMessage({
          group: groupOf(['']),
          limit,
          measure: utf8Bytes,
          render: () => text,
          markup,
        })
        const { cut = 0 } = message ?? {}
        const kept = message?.text.split('\n… (')[0] ?? ''
        assert.ok(cut > 0 || kept === text)
        assert.ok(cutsNothing(found, kept), JSON.stringify({ text, kept }))
      })
      fc.assert(property, { numRuns: 200 })
    }
  })

  it('costs time in proportion to the alerts, however many and however different they are', () => {
    const texts = Array.from({ length: 10_000 }, (_, place) => letters(place % 97 === 0 ? 5_000 : (place * 7) % 300))
    const group = groupOf(texts)
    const { asked, render } = counting()
    const messages = splitMessage({ group, limit: 2_048, measure: utf8Bytes, render })
    assert.deepEqual(
      fingerprintsIn(messages),
      group.alerts.map(({ fingerprint }) => fingerprint),
    )
    assert.ok(asked.alerts <= 3.5 * texts.length, `${asked.alerts} renderings`)
    const bytes = texts.reduce((sum, text) => sum + Math.min(text.length + 8, 2_048), 0)
    assert.ok(messages.length <= 1.5 * (bytes / 2_048), `${messages.length} messages for ${bytes} bytes`)
  })
})
