import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, it, type TestContext } from 'node:test'
import { builtInTemplates } from '../../src/assets.ts'
import { channels } from '../../src/channels/index.ts'
import { SecretText } from '../../src/model/secret.ts'
import { plannerHere, type Planned, type Planner, type PlannerRequest } from '../../src/notify/planner.ts'
import { createThreadedPlanner, type ThreadedPlannerDeps } from '../../src/notify/threaded-planner.ts'
import { load } from '../../src/offline.ts'
import { systemClock } from '../../src/system.ts'
import { createTemplates } from '../../src/templates/templates.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createLogCapture } from '../support/log-capture.ts'
import { aGroup, anAlert } from './builders.ts'
import { compiled } from './rulesets.ts'

const files = [
  ...['01-notification-manager-kubesphere', '02-email-default-and-global', '04-wechat-default-and-global'],
  ...['05-slack-default-and-global', '06-dingtalk-default-and-global', 'webhook-default-mended'],
].map((name) => `test/fixtures/seed/${name}.yaml`)
const { ruleset } = await load(files, { namespace: 'kubesphere-monitoring-system' }, {})
const sources = { builtin: builtInTemplates(), files: [] }
const { library } = createTemplates({ builtin: sources.builtin }).load([])

function aRequest(overrides: Partial<PlannerRequest> = {}, alerts = 60): PlannerRequest {
  const group = aGroup(Array.from({ length: alerts }, (_, place) => anAlert(`Alert${place}`)))
  const receiver = compiled('ann')
  return {
    notification: { id: 'one', receiver: receiver.key, group, acceptedAt: 0 },
    receiver,
    templates: library,
    sources,
    done: new Set(),
    signal: new AbortController().signal,
    ...overrides,
  }
}

function open(context: TestContext, deps: Partial<ThreadedPlannerDeps> = {}): Planner {
  const program = new URL('../../src/planning-thread.ts', import.meta.url)
  const planner = createThreadedPlanner({ program, clock: systemClock, logger: createLogCapture(), ...deps })
  context.after(() => planner.close())
  return planner
}

const program = new URL('./planning-program.ts', import.meta.url)

function named(id: string, tenant?: string): PlannerRequest {
  const request = aRequest()
  const receiver = tenant === undefined ? request.receiver : compiled(id, { tenant })
  return { ...request, receiver, notification: { ...request.notification, id } }
}

/** With secrets shown, so that they can be compared. */
function shown({ parts, fallbacks }: Planned): unknown {
  const reveal = (value: unknown): unknown => {
    if (value instanceof SecretText) return `secret ${value.reveal()}`
    if (Array.isArray(value)) return value.map(reveal)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, reveal(item)]))
  }
  return { parts: reveal(parts), fallbacks }
}

describe('the planner in a thread', () => {
  for (const channel of channels) {
    it(`plans for ${channel.name} what would be planned here, while the event loop turns`, async (context) => {
      const receiver = ruleset.receivers.find((one) => one.channel === channel)
      assert.ok(receiver !== undefined)
      const request = aRequest({ receiver })
      const planner = open(context)
      let turns = 0
      const planned = planner.plan(request)
      const over = planned.then(() => true)
      while (!(await Promise.race([over, turn(false)]))) turns += 1
      assert.ok(turns > 10, `${turns} turns`)
      assert.deepEqual(shown(await planned), shown(await plannerHere.plan(request)))
    })
  }

  it('plans small groups of built-in templates here, and others elsewhere', async (context) => {
    const planner = open(context, { program })
    const [receiver] = ruleset.receivers
    assert.ok(receiver !== undefined)
    const { parts } = await planner.plan(aRequest({ receiver }, 2))
    assert.notDeepEqual(parts[0]?.marks, ['all'])
    const custom = { ...receiver, templates: { ...receiver.templates, body: 'their.own' } }
    assert.deepEqual((await planner.plan(aRequest({ receiver: custom }, 2))).parts[0]?.marks, ['all'])
  })

  it('ends a thread that dies or takes too long, and goes on with the next in another', async (context) => {
    const clock = createFakeClock()
    const planner = open(context, { program, clock, maxWaitMs: 3_600_000 })
    const plans = ['exit', 'hang', 'fine'].map((id) => planner.plan(named(id)))
    const ends = Promise.allSettled(plans)
    await assert.rejects(plans[0]!, { message: 'the thread that plans messages has ended', goesOn: false })
    await clock.advance(119_999)
    await clock.advance(1)
    await assert.rejects(plans[1]!, { message: 'its messages were not ready within 120 s' })
    assert.equal((await plans[2]!).parts[0]?.summary, 'fine')
    await ends
  })

  it('plans for tenants in turns', async (context) => {
    const planner = open(context, { program })
    const order: string[] = []
    const plans = ['a1', 'a2', 'a3', 'b1'].map(async (id) => {
      await planner.plan(named(id, id.slice(0, 1)))
      order.push(id)
    })
    await Promise.all(plans)
    assert.deepEqual(order, ['a1', 'a2', 'b1', 'a3'])
  })

  it('asks those who waited too long to come again', async (context) => {
    const clock = createFakeClock()
    const planner = open(context, { program, clock, maxWaitMs: 300 })
    const slow = planner.plan(named('hang')).catch((error: unknown) => error)
    const late = assert.rejects(planner.plan(named('late')), { name: 'PlanningFailedError', goesOn: true })
    await clock.advance(300)
    await late
    await clock.advance(120_000)
    await slow
  })

  it('keeps the turn of a tenant whose notification waited too long, for when it comes again', async (context) => {
    const clock = createFakeClock()
    const planner = open(context, { program, clock, maxWaitMs: 300, maxPlanMs: 500 })
    const order: string[] = []
    const ask = (id: string): Promise<void> =>
      planner.plan(named(id, id.slice(0, 1))).then(
        () => void order.push(id),
        () => undefined,
      )
    const slow = ask('hang')
    const late = ask('b1')
    await clock.advance(300)
    await late
    const plans = ['a1', 'b1'].map(ask)
    await clock.advance(200)
    await Promise.all([slow, ...plans])
    assert.deepEqual(order, ['b1', 'a1'])
  })

  it('remembers a plan for the next attempt, and leaves out what has arrived', async (context) => {
    const receiver = ruleset.receivers.find((one) => one.channel.name === 'wechat')
    assert.ok(receiver !== undefined)
    const planner = open(context)
    const first = await planner.plan(aRequest({ receiver }))
    const done = new Set(first.parts.slice(0, 2).flatMap(({ marks }) => marks))
    const again = await planner.plan(aRequest({ receiver, done }))
    assert.ok(first.parts.length > 3)
    assert.equal(again.parts[0], first.parts[2], 'the very same part')
    assert.deepEqual(shown(again), shown(await plannerHere.plan(aRequest({ receiver, done }))))
  })
})
