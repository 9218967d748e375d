import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { type Condition, type Conditions, type EngineRule } from '../../src/rules/conditions.ts'
import { createEvaluator, prepare, type Evaluator, type PreparedRule } from '../../src/rules/engine.ts'
import { operators, type Facts, type Sets } from '../../src/rules/operators.ts'

const sets: Sets = new Map([['set:1', new Set(['a', 'b'])]])

function anEvaluator(changes: { yieldNow?: () => Promise<void>; onFault?: (rule: string) => void } = {}): Evaluator {
  return createEvaluator({ sets, yieldNow: () => setImmediate(), onFault: (rule) => assert.fail(rule), ...changes })
}

function aRule(name: string, conditions: Conditions, position = 0): PreparedRule {
  const rule: EngineRule = { name, priority: 1, conditions, event: { type: 'route', params: { receiver: name } } }
  return prepare(deepFreeze(rule), position, sets)
}

function labelIs(path: string, value: string): Condition {
  return { fact: 'labels', path, operator: 'equal', value }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}

const names = (rules: readonly PreparedRule[]): readonly string[] => rules.map(({ rule }) => rule.name)

describe('the evaluator', () => {
  it('loses nothing when five thousand evaluations overlap', async () => {
    const evaluator = anEvaluator()
    const rules = Array.from({ length: 12 }, (_, place) =>
      aRule(`r${place}`, { all: [labelIs('team', `t${place % 4}`), labelIs('app', 'x')] }, place),
    )
    async function evaluate(place: number): Promise<void> {
      for (let tick = 0; tick < place % 97; tick++) await Promise.resolve()
      if (place % 5 === 0) await setImmediate()
      const facts: Facts = { labels: new Map([['team', `t${place % 4}`], ['app', 'x']]) } // prettier-ignore
      const found = await evaluator.matching(rules, facts)
      assert.deepEqual(names(found), [`r${place % 4}`, `r${(place % 4) + 4}`, `r${(place % 4) + 8}`])
    }

    await Promise.all(Array.from({ length: 5_000 }, (_, place) => evaluate(place)))
  })

  it('leaves the rules as they are, so that they may be shared', async () => {
    const rule = aRule('r', { all: [labelIs('a', 'b'), { not: { any: [labelIs('c', 'd')] } }] })
    const before = JSON.stringify(rule.rule)

    await anEvaluator().matching([rule], { labels: new Map([['a', 'b']]) })

    assert.equal(JSON.stringify(rule.rule), before)
  })

  it('evaluates rules of the same conditions once, and gives all of them', async () => {
    let read = 0
    const labels = new Map([['team', 'a']])
    labels.get = (name) => {
      read += 1
      return Map.prototype.get.call(labels, name) as string | undefined
    }
    const same = Array.from({ length: 12 }, (_, place) => aRule(`same${place}`, { all: [labelIs('team', 'a')] }, place))
    const other = aRule('other', { all: [labelIs('team', 'b')] }, 12)
    const found = await anEvaluator().matching([...same, other], { labels })
    assert.deepEqual(names(found), names(same))
    assert.ok(read > 0 && read < 12, `${read} looks at the labels`)
  })

  it('gives the rules that hold in the order given, whatever their priority', async () => {
    const low = aRule('low', { all: [labelIs('a', 'b')] })
    const high = { ...aRule('high', { all: [labelIs('a', 'b')] }) }
    const found = await anEvaluator().matching([low, { ...high, rule: { ...high.rule, priority: 9 } }], {
      labels: new Map([['a', 'b']]),
    })

    assert.deepEqual(names(found), ['low', 'high'])
  })

  it('answers at once when there are no candidates', async () => {
    assert.deepEqual(await anEvaluator().matching([], { labels: new Map() }), [])
  })

  it('lets other work run between slices of a long list', async () => {
    let yields = 0
    const yieldNow = (): Promise<void> => {
      yields++
      return setImmediate()
    }
    const rules = Array.from({ length: 1_000 }, (_, place) => {
      return aRule(`r${place}`, { all: [labelIs('a', 'b'), { not: labelIs('c', String(place)) }] }, place)
    })

    const found = await anEvaluator({ yieldNow }).matching(rules, { labels: new Map([['a', 'b']]) })

    assert.equal(found.length, 1_000)
    assert.equal(yields, 3)
  })

  it('keeps a rule that cannot be evaluated from breaking the others, and says which it was', async () => {
    const faults: string[] = []
    const evaluator = anEvaluator({ onFault: (rule) => void faults.push(rule) })
    const strange = { name: 'strange', priority: 1, event: { type: 'route', params: {} } }
    const unknownOperator = { all: [{ fact: 'labels', path: 'a', operator: 'noSuch', value: 'b' }] }
    const holds = (): boolean => true
    const unknown = { rule: { ...strange, conditions: unknownOperator }, position: 1, holds, shape: 'unknown' }
    const shapeless = { rule: { ...strange, name: 'shapeless', conditions: {} }, position: 2, holds, shape: '{}' }
    const rules = [
      aRule('first', { all: [labelIs('a', 'b')] }),
      unknown,
      shapeless,
      aRule('last', { all: [labelIs('a', 'b')] }),
    ]

    const found = await evaluator.matching(rules as PreparedRule[], { labels: new Map([['a', 'b']]) })

    assert.deepEqual(names(found), ['first', 'last'])
    assert.deepEqual(faults, ['strange', 'shapeless'])
  })

  it('takes hostile text for text: no JSONPath, no fact reference, no prototype', async () => {
    const hostile = [
      '__proto__',
      'constructor',
      'toString',
      '$..*',
      '$',
      '',
      'fact',
      'a.b/c d',
      '🔥',
      'x'.repeat(10_000),
    ]
    const rules = hostile.map((name, place) => aRule(`r${place}`, { all: [labelIs(name, name)] }, place))

    const none = await anEvaluator().matching(rules, { labels: new Map() })
    const all = await anEvaluator().matching(rules, { labels: new Map(hostile.map((name) => [name, name])) })

    assert.deepEqual(none, [])
    assert.equal(all.length, hostile.length)
  })

  it('reports what every comparison found', async () => {
    const rule = aRule('r', { all: [labelIs('a', 'b'), labelIs('c', 'd')] })

    const results = await anEvaluator().results([rule], { labels: new Map([['a', 'b']]) })

    const result = results.get('r')
    assert.ok(result?.kind === 'all' && !result.holds)
    assert.deepEqual(
      result.parts.map((part) => (part.kind === 'comparison' ? [part.holds, part.found] : [])),
      [
        [true, 'b'],
        [false, undefined],
      ],
    )
  })
})

const anything = fc.oneof(
  fc.anything({ withMap: true, withSet: true, withNullPrototype: true }),
  fc.constant(new Map([['', 'x']])),
)

describe('operators', () => {
  it('never throw and always answer, whatever they are given', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(operators)), anything, anything, (operator, found, wanted) => {
        assert.equal(typeof operator(found, wanted, sets), 'boolean')
      }),
      { numRuns: 2_000 },
    )
  })

  const present = 'a'
  const table: readonly [name: keyof typeof operators, wanted: unknown, ofPresent: boolean, ofAbsent: boolean][] = [
    ['equal', 'a', true, false],
    ['equal', 'b', false, false],
    ['notEqual', 'a', false, true],
    ['notEqual', 'b', true, true],
    ['in', ['a', 'b'], true, false],
    ['in', ['b'], false, false],
    ['notIn', ['a', 'b'], false, true],
    ['notIn', ['b'], true, true],
    ['exists', true, true, false],
    ['doesNotExist', true, false, true],
    ['inSet', 'set:1', true, false],
    ['inSet', 'set:2', false, false],
    ['notInSet', 'set:1', false, true],
    ['notInSet', 'set:2', false, false],
  ]
  for (const [name, wanted, ofPresent, ofAbsent] of table) {
    it(`${name} ${JSON.stringify(wanted)} is ${ofPresent} of "a" and ${ofAbsent} of what is absent`, () => {
      assert.equal(operators[name](present, wanted, sets), ofPresent)
      assert.equal(operators[name](undefined, wanted, sets), ofAbsent)
    })
  }

  it('contains looks for a member of a list, not for a part of a text', () => {
    assert.equal(operators.contains(['a', 'b'], 'a', sets), true)
    assert.equal(operators.contains('abc', 'a', sets), false)
  })
})
