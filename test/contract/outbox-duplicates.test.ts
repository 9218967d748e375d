import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type Alert } from '../../src/model/alert.ts'
import { aGroup, anAlert, aPost } from '../notify/builders.ts'
import { readingEngines, openRig, sent, type OutboxEngine } from './outbox-engines.ts'

const startsAt = '2026-01-01T00:00:00.123456789Z'
const second = 1_000
const minute = 60 * second

/** One post: the alerts' states, how long after the post before, and whether it must be stored. */
interface Step {
  readonly after?: number
  readonly alerts?: readonly Partial<Alert>[]
  readonly reminder?: boolean
  readonly stored: boolean
}

const firing = { startsAt }
const resolved = { startsAt, status: 'resolved', endsAt: '2026-01-01T00:05:00Z' } as const

/** Every row of the rules of duplicate suppression. */
const rows: readonly { readonly title: string; readonly steps: readonly Step[] }[] = [
  {
    title: 'absorbs a retry of a post whose answer was lost',
    steps: [{ stored: true }, { after: 300, stored: false }, { after: minute, stored: false }],
  },
  {
    title: 'lets the same state pass when the window is over: a repeat of an older Alertmanager',
    steps: [{ stored: true }, { after: 2 * minute, stored: false }, { after: 1, stored: true }],
  },
  {
    title: 'does not let a suppressed post extend the window for ever',
    steps: [
      { stored: true },
      { after: 90 * second, stored: false },
      { after: 30 * second, stored: false },
      { after: 1, stored: true },
      { after: 90 * second, stored: false },
    ],
  },
  {
    title: 'tells of a resolve, and absorbs its retry',
    steps: [
      { stored: true },
      { after: second, alerts: [resolved], stored: true },
      { after: second, alerts: [resolved], stored: false },
    ],
  },
  {
    title: 'tells of an alert that flaps back within the window',
    steps: [{ stored: true }, { after: second, alerts: [resolved], stored: true }, { after: second, stored: true }],
  },
  {
    title: 'tells of a re-fire, by a single nanosecond and across offsets',
    steps: [
      { stored: true },
      { after: second, alerts: [{ startsAt: '2026-01-01T01:00:00.123456790+01:00' }], stored: true },
    ],
  },
  {
    title: 'takes an earlier start for the same episode, and then the later one of a peer as well',
    steps: [
      { stored: true },
      { after: second, alerts: [{ startsAt: '2025-12-31T23:59:59Z' }], stored: false },
      { after: second, alerts: [resolved], stored: true },
      { after: second, alerts: [{ ...resolved, startsAt: '2025-12-31T23:59:59Z' }], stored: false },
    ],
  },
  {
    title: 'takes the same moment in another notation for the same start',
    steps: [
      { stored: true },
      { after: second, alerts: [{ startsAt: '2025-12-31T19:00:00.1234567890-05:00' }], stored: false },
    ],
  },
  {
    title: 'keeps the later start when an earlier one comes with something new',
    steps: [
      { alerts: [{}, {}], stored: true },
      { after: second, alerts: [{ startsAt: '2025-12-31T23:00:00Z' }, resolved], stored: true },
      { after: second, alerts: [{}, resolved], stored: false },
    ],
  },
  {
    title: 'stores a group of which one alert is new, and knows all of its alerts then',
    steps: [
      { alerts: [{}], stored: true },
      { after: second, alerts: [{}, {}], stored: true },
      { after: second, alerts: [{}, {}], stored: false },
      { after: second, alerts: [{}], stored: false },
    ],
  },
  {
    title: 'lets a reminder pass within the window, and absorbs its retry',
    steps: [
      { stored: true },
      { after: minute, reminder: true, stored: true },
      { after: 15 * second, reminder: true, stored: false },
      { after: 35 * second, reminder: true, stored: false },
      { after: 1, reminder: true, stored: true },
    ],
  },
  {
    title: 'absorbs an ordinary post right after a reminder of the same state',
    steps: [
      { stored: true },
      { after: 110 * second, reminder: true, stored: true },
      { after: 110 * second, stored: false },
    ],
  },
  {
    title: 'lets a reminder of another state pass at once',
    steps: [
      { reminder: true, stored: true },
      { after: second, alerts: [resolved], stored: true },
      { after: second, alerts: [resolved], reminder: true, stored: true },
      { after: second, alerts: [resolved], reminder: true, stored: false },
    ],
  },
  {
    title: 'knows alerts that were sent without a start',
    steps: [
      { alerts: [{ startsAt: '' }], stored: true },
      { after: second, alerts: [{ startsAt: '' }], stored: false },
    ],
  },
  {
    title: 'tells rather twice than never when a start cannot be read',
    steps: [
      { alerts: [{ startsAt: 'yesterday' }], stored: true },
      { after: second, alerts: [{ startsAt: 'yesterday' }], stored: false },
      { after: second, alerts: [{ startsAt: 'today' }], stored: true },
    ],
  },
  {
    title: 'does not suppress until time catches up when the clock was set back',
    steps: [{ stored: true }, { after: -60 * minute, stored: true }, { after: second, stored: false }],
  },
]

async function follow(engine: OutboxEngine, context: TestContext, steps: readonly Step[]): Promise<void> {
  const { outbox, clock } = await openRig(engine, context)
  let at = clock.now()
  for (const [index, step] of steps.entries()) {
    at += step.after ?? 0
    const alerts = (step.alerts ?? [firing]).map((overrides, place) => anAlert(`A${place}`, { startsAt, ...overrides }))
    const post = aPost({ at, receivers: ['ann'], group: aGroup(alerts), reminder: step.reminder ?? false })
    const { stored, duplicates } = await outbox.put(post)
    assert.deepEqual([stored.length, duplicates.length], step.stored ? [1, 0] : [0, 1], `post ${index + 1}`)
  }
}

for (const engine of readingEngines) {
  describe(`duplicate suppression of the ${engine.name} outbox`, () => {
    for (const { title, steps } of rows) it(title, (context) => follow(engine, context, steps))

    it('absorbs the second peer of an HA pair, whose externalURL, endsAt and annotations differ', async (context) => {
      const { outbox, clock } = await openRig(engine, context)
      const first = aGroup([anAlert('A')], { externalURL: 'http://am-0' })
      const second = aGroup([anAlert('A', { annotations: new Map(), endsAt: '2026-01-01T00:09:00Z' })], {
        externalURL: 'http://am-1',
      })
      const posts = [first, second].map((group) => outbox.put(aPost({ at: clock.now(), receivers: ['ann'], group })))
      assert.deepEqual(
        (await Promise.all(posts)).map(({ stored }) => stored.length),
        [1, 0],
      )
    })

    it('keeps receivers, sources, Alertmanager receivers, groups and alerts apart', async (context) => {
      const { outbox, clock } = await openRig(engine, context)
      const group = aGroup([anAlert('A')])
      const others = [
        group,
        { ...group, source: 'asia' },
        { ...group, receiver: 'other' },
        { ...group, groupKey: '{}:{}' },
        aGroup([anAlert('B')]),
      ]
      for (const other of others) {
        const post = aPost({ at: clock.now(), receivers: ['ann'], group: other })
        assert.equal((await outbox.put(post)).stored.length, 1)
      }
      const both = aPost({ at: clock.now(), receivers: ['ann', 'bob'], group, ids: ['for-ann', 'for-bob'] })
      assert.deepEqual(await outbox.put(both), { stored: ['for-bob'], duplicates: ['for-ann'] })
    })

    it('suppresses what was sent and settled, not only what waits', async (context) => {
      const { outbox, clock, claim, settle } = await openRig(engine, context)
      const post = (): ReturnType<typeof aPost> =>
        aPost({ at: clock.now(), receivers: ['ann'], group: aGroup([anAlert('A')]) })
      await outbox.put(post())
      await settle((await claim())[0], sent)
      assert.equal((await outbox.put(post())).duplicates.length, 1)
    })

    it('absorbs a retry of a post that names an alert twice', async (context) => {
      const { outbox, clock } = await openRig(engine, context)
      const group = aGroup([anAlert('A'), anAlert('A', { status: 'resolved' })])
      const results = []
      for (let count = 0; count < 2; count += 1) {
        results.push(await outbox.put(aPost({ at: clock.now(), receivers: ['ann'], group })))
      }
      assert.deepEqual(
        results.map(({ stored }) => stored.length),
        [1, 0],
      )
    })

    it('remembers across a restart, and a refused post leaves no trace', async (context) => {
      const { outbox, clock, directory } = await openRig(engine, context, { maxPending: 1 })
      const known = aPost({ at: clock.now(), receivers: ['ann'], group: aGroup([anAlert('A')]) })
      const refused = aPost({ at: clock.now(), receivers: ['bob'], group: aGroup([anAlert('A')]) })
      await outbox.put(known)
      await assert.rejects(outbox.put(refused))
      await outbox.close()
      const reopened = engine.open({ directory, clock })
      context.after(() => reopened.close())
      const again = aPost({ at: clock.now(), receivers: ['ann', 'bob'], group: aGroup([anAlert('A')]) })
      const { stored, duplicates } = await reopened.put(again)
      assert.deepEqual([stored, duplicates], [[again.notifications[1]?.id], [again.notifications[0]?.id]])
    })

    it('has forgotten old states after a prune, and young ones not', async (context) => {
      const { outbox, clock, put } = await openRig(engine, context)
      const post = (): ReturnType<typeof aPost> =>
        aPost({ at: clock.now(), receivers: ['ann'], group: aGroup([anAlert('A')]) })
      await outbox.put(post())
      await clock.advance(minute)
      await put('bob')
      await outbox.prune(clock.now())
      assert.equal((await outbox.put(post())).duplicates.length, 1)
      await clock.advance(2 * minute)
      await outbox.prune(clock.now())
      assert.equal((await outbox.put(post())).stored.length, 1)
    })
  })
}
