import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createKinds } from '../../src/api/kinds.ts'
import { channels } from '../../src/channels/index.ts'
import { type Alert } from '../../src/model/alert.ts'
import { type Resource } from '../../src/model/object.ts'
import { type Compilation, type Ruleset } from '../../src/rules/ruleset.ts'
import { anAlert, anEmailConfig, anEmailReceiver, aSnapshot } from '../support/resources.ts'
import { compiled } from '../support/rulesets.ts'

const { validate } = createKinds(channels)
const tenKValues = Array.from({ length: 10_000 }, (_, place) => `value-${place}`)
const patterns = ['(a+)+$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(x+x+)+y', '.*'.repeat(50)]
const labels = { type: 'tenant', namespace: 'team-a' }

/** One selector of each sort that could be slow, for somebody. */
function worstSelector(place: number): unknown {
  const sorts: readonly unknown[] = [
    {},
    { matchExpressions: [{ key: 'alertname', operator: 'NotIn', values: [`n${place}`, ...patterns] }] },
    { matchExpressions: [{ key: 'namespace', operator: 'Exists' }] },
    { matchLabels: { namespace: 'team-b', severity: patterns[place % patterns.length] } },
    { matchExpressions: Array.from({ length: 60 }, (_, key) => ({ key: `k${key}`, operator: 'DoesNotExist' })) },
    { matchExpressions: [{ key: 'namespace', operator: 'Nope', values: [] }] },
  ]
  return sorts[place % sorts.length]
}

function worstReceiver(place: number): unknown {
  const spec = { to: [`a${place}@example.com`], alertSelector: worstSelector(place), template: '{{ template "it" . }}' }
  return {
    apiVersion: 'notification.kubesphere.io/v2alpha1',
    kind: 'EmailReceiver',
    metadata: { name: `a-${place}`, labels },
    spec,
  }
}

function hugeReceiver(place: number): Resource {
  const values = place % 2 === 0 ? tenKValues : tenKValues.toReversed()
  const operator = place % 4 < 2 ? 'In' : 'NotIn'
  const alertSelector = { matchExpressions: [{ key: 'pod', operator, values }] }
  return anEmailReceiver(`a-huge-${place}`, labels, { alertSelector })
}

const others = Array.from({ length: 40 }, (_, place) => {
  const alertSelector = place % 2 === 0 ? {} : { matchLabels: { severity: 'critical' } }
  return anEmailReceiver(
    `b-${place}`,
    { type: 'tenant', namespace: `team-${'bcde'.charAt(place % 4)}` },
    { alertSelector },
  )
})
const shared = [anEmailReceiver('global', { type: 'global' })]
const configs = [anEmailConfig('default', { type: 'default' })]
const alerts = Array.from({ length: 200 }, (_, place) =>
  anAlert({
    namespace: 'team-b',
    severity: place % 3 === 0 ? 'critical' : 'info',
    pod: `value-${place}`,
    alertname: 'A',
  }),
)

async function routeAll(ruleset: Ruleset, posted: readonly Alert[]): Promise<readonly (readonly string[])[]> {
  const told: (readonly string[])[] = []
  for (const alert of posted) told.push((await ruleset.route(alert)).receivers.map(({ key }) => key))
  return told
}

/** The best of several rounds, the two taking turns: a busy machine slows down both. */
async function compareCost(one: Ruleset, other: Ruleset): Promise<readonly [number, number]> {
  const best: [number, number] = [Infinity, Infinity]
  for (let round = 0; round < 8; round += 1) {
    for (const [place, ruleset] of [one, other].entries()) {
      const began = performance.now()
      await routeAll(ruleset, alerts)
      best[place] = Math.min(best[place] ?? Infinity, performance.now() - began)
    }
  }
  return best
}

it("a tenant's thousands of worst receivers change neither who hears of another's alerts nor what that costs", async (t) => {
  const worst = Array.from({ length: 5_000 }, (_, place) => validate(worstReceiver(place)).resource)
  const taken = [
    ...worst.filter((resource) => resource !== undefined),
    ...Array.from({ length: 40 }, (_, place) => hugeReceiver(place)),
  ]
  const quiet = await compiled(aSnapshot({ receivers: [...others, ...shared], configs }))
  const began = performance.now()
  const crowded = await compiled(aSnapshot({ receivers: [...others, ...taken, ...shared], configs }))
  const compileMs = performance.now() - began

  assert.deepEqual(await routeAll(crowded.ruleset, alerts), await routeAll(quiet.ruleset, alerts))
  assert.deepEqual(ofOthers(crowded), ofOthers(quiet))
  const [alone, among] = await compareCost(quiet.ruleset, crowded.ruleset)
  const micros = (ms: number): string => ((ms * 1_000) / alerts.length).toFixed(1)
  t.diagnostic(
    `${taken.length} receivers of another tenant (${compileMs.toFixed(0)} ms to compile): ${micros(among)} µs an alert, ${micros(alone)} µs without them, ratio ${(among / alone).toFixed(2)}`,
  )
  assert.ok(taken.length > 4_000, `${taken.length} were valid`)
  assert.ok(among < alone * 3, `${among} ms against ${alone} ms`)
})

/** What was compiled of everything that is not the worst tenant's. */
function ofOthers({ ruleset, problems }: Compilation): unknown {
  return {
    receivers: ruleset.receivers.filter(({ tenant }) => tenant !== 'team-a'),
    problems: problems.filter(({ object }) => !(object?.name ?? '').startsWith('a-')),
  }
}
