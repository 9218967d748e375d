import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createQueue, type Queue, type WorkResult } from '../../src/operator/queue.ts'
import { createFakeClock, settle, type FakeClock } from '../support/fake-clock.ts'

interface Rig {
  readonly queue: Queue
  readonly clock: FakeClock
  /** The keys of the rounds that have begun, with the second in which they did. */
  readonly rounds: readonly string[]
}

function aRig(
  context: TestContext,
  work: (key: string) => Promise<WorkResult>,
  { concurrency = 4 }: { readonly concurrency?: number } = {},
): Rig {
  const clock = createFakeClock(0)
  const rounds: string[] = []
  const queue = createQueue({
    clock,
    random: { next: () => 1 },
    concurrency,
    work(key) {
      rounds.push(`${key}@${clock.now() / 1_000}`)
      return work(key)
    },
  })
  const ending = new AbortController()
  const running = queue.run(ending.signal)
  context.after(async () => {
    ending.abort()
    await running
  })
  return { queue, clock, rounds }
}

const done: WorkResult = { wrote: false }

describe('createQueue', () => {
  it('works on a key once for many changes of a moment', async (t) => {
    const { queue, rounds } = aRig(t, () => Promise.resolve(done))

    for (let count = 0; count < 100; count += 1) queue.add('a')
    await settle()

    assert.deepEqual(rounds, ['a@0'])
  })

  it('works on a key again when it changed meanwhile, and never twice at a time', async (t) => {
    const first = Promise.withResolvers<WorkResult>()
    const results = [first.promise, Promise.resolve(done)]
    const { queue, clock, rounds } = aRig(t, () => results.shift() ?? Promise.resolve(done))

    queue.add('a')
    await settle()
    queue.add('a')
    await clock.advance(5_000)
    assert.deepEqual(rounds, ['a@0'])
    first.resolve(done)
    await clock.advance(200)

    assert.deepEqual(rounds, ['a@0', 'a@5.1'])
  })

  it('tries a failed key again after growing pauses, while the others go on', async (t) => {
    const { queue, clock, rounds } = aRig(t, (key) =>
      Promise.resolve(key === 'bad' ? { wrote: false, again: 'transient' } : done),
    )

    queue.add('bad')
    await clock.advance(40_000)
    queue.add('good')
    await settle()

    assert.deepEqual(rounds, ['bad@0', 'bad@1', 'bad@3', 'bad@7', 'bad@15', 'bad@30', 'good@40'])
  })

  it('waits longer for what somebody has to mend, but takes a change of it at once', async (t) => {
    const { queue, clock, rounds } = aRig(t, () => Promise.resolve({ wrote: false, again: 'stalled' }))

    queue.add('a')
    await clock.advance(3_600_000)
    const last = Number(rounds.at(-1)?.split('@')[1])
    const before = Number(rounds.at(-2)?.split('@')[1])
    queue.add('a')
    await settle()

    assert.equal(last - before, 300)
    assert.equal(rounds.at(-1), 'a@3600')
  })

  it('slows down when every round finds something to write, as in a fight with another controller', async (t) => {
    const holder: { queue?: Queue } = {}
    const { queue, clock, rounds } = aRig(t, (key) => {
      holder.queue?.add(key)
      return Promise.resolve({ wrote: true })
    })
    holder.queue = queue

    queue.add('a')
    await clock.advance(600_000)

    assert.ok(rounds.length > 15 && rounds.length < 200, `${rounds.length} rounds in ten minutes`)
  })

  it('works on no more keys at once than it may, and gets to all of them', async (t) => {
    const open: (() => void)[] = []
    const { queue, clock, rounds } = aRig(t, () => new Promise((resolve) => void open.push(() => resolve(done))), {
      concurrency: 2,
    })

    for (const key of ['a', 'b', 'c', 'd']) queue.add(key)
    await settle()
    assert.equal(rounds.length, 2)
    while (open.length > 0) {
      open.shift()?.()
      await clock.advance(200)
    }

    assert.deepEqual(rounds.map((round) => round.split('@')[0]).toSorted(), ['a', 'b', 'c', 'd'])
  })

  it('ends when it is told to, after the rounds that have begun', async () => {
    const clock = createFakeClock(0)
    const slow = Promise.withResolvers<WorkResult>()
    const queue = createQueue({ clock, random: { next: () => 1 }, concurrency: 1, work: () => slow.promise })
    const ending = new AbortController()
    let ended = false
    const running = queue.run(ending.signal).then(() => {
      ended = true
    })

    queue.add('a')
    await settle()
    ending.abort()
    await settle()
    assert.equal(ended, false)
    slow.resolve(done)
    await running

    assert.equal(ended, true)
  })
})
