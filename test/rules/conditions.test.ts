import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { type LabelSelector } from '../../src/model/fragments.ts'
import { matches } from '../../src/model/selector.ts'
import { selectorConditions, selectorFault, type Conditions } from '../../src/rules/conditions.ts'
import { createEvaluator, prepare } from '../../src/rules/engine.ts'
import { createIndex } from '../../src/rules/index.ts'
import { createSetTable } from '../../src/rules/sets.ts'
import { alert, condition, selector } from './arbitraries.ts'

/** Never empty: a status that every alert has goes before the selector, as in the built-in rules. */
function rootOf(chosen: LabelSelector): Conditions {
  return {
    all: [{ fact: 'status', operator: 'in', value: ['firing', 'resolved'] }, ...selectorConditions(chosen)],
  }
}

describe('the conditions of a selector', () => {
  it('hold exactly where the selector matches', async () => {
    await fc.assert(
      fc.asyncProperty(selector, alert, async (chosen, { labels, status }) => {
        const table = createSetTable()
        const evaluator = createEvaluator({
          sets: table.sets,
          yieldNow: () => setImmediate(),
          onFault: (rule) => assert.fail(rule),
        })
        const rule = {
          name: 'r',
          priority: 1,
          conditions: table.intern(rootOf(chosen)),
          event: { type: 'route', params: {} },
        }
        const found = await evaluator.matching([prepare(rule, 0, table.sets)], { labels, status })
        assert.equal(found.length === 1, matches(chosen, labels))
      }),
      { numRuns: 3_000 },
    )
  })

  it('are none for an empty selector', () => {
    assert.deepEqual(selectorConditions({}), [])
    assert.deepEqual(selectorConditions({ matchLabels: {}, matchExpressions: [] }), [])
  })

  it('keep a label that is called __proto__', () => {
    const chosen = JSON.parse('{"matchLabels":{"__proto__":"a"}}') as LabelSelector
    assert.deepEqual(selectorConditions(chosen), [{ fact: 'labels', path: '__proto__', operator: 'equal', value: 'a' }])
  })
})

describe('the fault of a selector', () => {
  const table: readonly [value: unknown, path: string, message: RegExp][] = [
    [null, '', /not a label selector/],
    ['a=b', '', /not a label selector/],
    [[], '', /not a label selector/],
    [{ matchLabels: { a: 1 } }, '.matchLabels', /map from label names to text/],
    [{ matchLabels: null }, '.matchLabels', /map/],
    [{ matchExpressions: {} }, '.matchExpressions', /not a list/],
    [{ matchExpressions: [null] }, '.matchExpressions[0]', /not a requirement/],
    [{ matchExpressions: [{ key: 'a', operator: 'In' }] }, '.matchExpressions[0]', /needs at least one value/],
    [{ matchExpressions: [{ key: 'a', operator: 'In', values: 'b' }] }, '.matchExpressions[0]', /not a requirement/],
    [
      { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
      '.matchExpressions[0]',
      /takes no values/,
    ],
    [{ matchExpressions: [{ key: 'a', operator: 'in', values: ['b'] }] }, '.matchExpressions[0]', /is not one of/],
  ]
  for (const [value, path, message] of table) {
    it(`is told for ${JSON.stringify(value)}`, () => {
      const fault = selectorFault(value)
      assert.equal(fault?.path, path)
      assert.match(fault.message, message)
    })
  }

  it('is none for what Kubernetes accepts', () => {
    fc.assert(fc.property(selector, (chosen) => assert.equal(selectorFault(chosen), undefined)))
  })
})

describe('long lists', () => {
  const values = Array.from({ length: 17 }, (_, place) => `v${place}`)

  it('go into a set with an id that depends on the values alone', () => {
    const one = createSetTable()
    const other = createSetTable()
    const conditions: Conditions = { all: [{ fact: 'labels', path: 'a', operator: 'in', value: values }] }
    const reversed: Conditions = {
      any: [{ not: { fact: 'labels', path: 'b', operator: 'notIn', value: values.toReversed() } }],
    }

    one.intern(conditions)
    other.intern(reversed)

    assert.deepEqual([...one.sets.keys()], [...other.sets.keys()])
    assert.equal(one.sets.size, 1)
  })

  it('stay where they are up to sixteen values', () => {
    const table = createSetTable()
    const conditions: Conditions = { all: [{ fact: 'labels', path: 'a', operator: 'in', value: values.slice(1) }] }

    assert.deepEqual(table.intern(conditions), conditions)
    assert.equal(table.sets.size, 0)
  })
})

describe('the closure and the index', () => {
  it('never leave out a rule that the engine would match', async () => {
    const some = fc.array(condition, { minLength: 1, maxLength: 20, size: 'max' })
    let matched = 0
    await fc.assert(
      fc.asyncProperty(some, fc.array(alert, { maxLength: 5 }), async (list, alerts) => {
        const table = createSetTable()
        const evaluator = createEvaluator({
          sets: table.sets,
          yieldNow: () => setImmediate(),
          onFault: (rule) => assert.fail(rule),
        })
        const rules = list.map((conditions, place) => {
          const interned = table.intern(conditions as Conditions)
          const rule = { name: `r${place}`, priority: 1, conditions: interned, event: { type: 'route', params: {} } }
          return prepare(rule, place, table.sets)
        })
        const index = createIndex(rules, table.sets)
        for (const { labels, annotations, status } of alerts) {
          const facts = { labels, annotations, status, tenants: ['team-a', 'team-a'] }
          const results = await evaluator.results(rules, facts)
          const candidates = index.candidates(facts)
          for (const rule of rules) {
            const holds = results.get(rule.rule.name)?.holds === true
            assert.equal(rule.holds(facts), holds)
            assert.ok(!holds || candidates.includes(rule))
            if (holds) matched++
          }
          assert.equal(new Set(candidates).size, candidates.length)
          assert.deepEqual(
            candidates,
            candidates.toSorted((one, other) => one.position - other.position),
          )
        }
      }),
      { numRuns: 500 },
    )
    assert.ok(matched > 500)
  })

  it('touches only the rules of the alert’s tenants and labels', () => {
    const table = createSetTable()
    const rules = Array.from({ length: 1_000 }, (_, place) => {
      const conditions: Conditions = {
        all: [
          { fact: 'tenants', operator: 'contains', value: `tenant-${place % 10}` },
          { fact: 'labels', path: 'severity', operator: 'in', value: ['critical', 'warning'] },
          { fact: 'labels', path: 'app', operator: 'equal', value: `app-${place}` },
        ],
      }
      return prepare(
        { name: `r${place}`, priority: 1, conditions, event: { type: 'route', params: {} } },
        place,
        table.sets,
      )
    })
    const index = createIndex(rules, table.sets)
    const labels = new Map([['severity', 'critical'], ['app', 'app-3']]) // prettier-ignore

    assert.equal(index.candidates({ labels, tenants: ['tenant-3'] }).length, 1)
    assert.equal(index.candidates({ labels, tenants: ['tenant-4'] }).length, 0)
    assert.equal(index.candidates({ labels, tenants: [] }).length, 0)
  })
})
