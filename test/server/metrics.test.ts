import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { counters, gauges, histograms } from '../../src/model/metric-names.ts'
import { createMetrics } from '../../src/server/metrics.ts'
import { aReceiver, aRuleset, fixture, openDoor, post } from './harness.ts'

const sample =
  /^[a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\.)*",?)*\})? (?:[-+]?[0-9.eE+-]+|N[aA][nN]|[-+]Inf)$/u

describe('GET /metrics', () => {
  it("is Prometheus' text format, every line", async (t) => {
    const { server } = await openDoor(t)
    await post(server, fixture('firing'))

    const answer = await server.inject({ url: '/metrics' })

    assert.match(String(answer.headers['content-type']), /^text\/plain; version=0\.0\.4/u)
    for (const line of answer.body.trimEnd().split('\n')) {
      assert.ok(line === '' || line.startsWith('# HELP ') || line.startsWith('# TYPE ') || sample.test(line), line)
    }
    assert.match(answer.body, /^process_resident_memory_bytes \d/mu)
  })

  it('tells what is in force, what waits, and how long answers took by route', async (t) => {
    const ruleset = aRuleset({ version: 'v "1"', receivers: [aReceiver()] })
    const { server } = await openDoor(t, { current: () => ({ ruleset, problems: [] }) })
    await post(server, fixture('firing'))
    await server.inject({ url: '/mailbox/whatever' })

    const { body } = await server.inject({ url: '/metrics' })

    const expected = [
      'notification_manager_ready 1',
      'notification_manager_outbox_pending 0',
      'notification_manager_ruleset_info{version="v \\"1\\""} 1',
      'notification_manager_ruleset_receivers{class="global"} 1',
      'notification_manager_http_request_duration_seconds_count{route="/api/v2/alerts",code="200"} 1',
      'notification_manager_http_request_duration_seconds_count{route="unmatched",code="404"} 1',
    ]
    for (const line of expected) assert.ok(body.split('\n').includes(line), line)
  })

  it('forgets the version of a ruleset that is no longer in force', async (t) => {
    let version = 'one'
    const { server } = await openDoor(t, { current: () => ({ ruleset: aRuleset({ version }), problems: [] }) })
    await server.inject({ url: '/metrics' })
    version = 'two'

    const { body } = await server.inject({ url: '/metrics' })

    assert.match(body, /ruleset_info\{version="two"\} 1/u)
    assert.doesNotMatch(body, /version="one"/u)
  })
})

describe('the names of metrics', () => {
  const all = { ...counters, ...gauges, ...histograms }

  it("follow Prometheus' conventions", () => {
    for (const name of Object.keys(all)) assert.match(name, /^[a-z][a-z0-9_]*$/u)
    for (const name of Object.keys(counters)) assert.match(name, /_total$/u)
    for (const name of Object.keys(gauges)) assert.doesNotMatch(name, /_total$/u)
    for (const name of Object.keys(histograms)) assert.match(name, /_(seconds|bytes)$/u)
  })

  it('are all there from the start, with their help', async () => {
    const text = await createMetrics().render()

    for (const [name, spec] of Object.entries(all)) {
      assert.ok(text.includes(`# HELP notification_manager_${name} ${spec.help}\n`), name)
    }
  })
})
