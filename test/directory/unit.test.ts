import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultLimits } from '../../src/directory/limits.ts'
import { createUnitCache, type Unit, type UnitCache, type Wanted } from '../../src/directory/unit.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const unit = (path: string): Unit => ({ path, documents: [], problems: [] })

interface Bench {
  readonly clock: FakeClock
  readonly cache: UnitCache
  /** Asks for the unit `a`, and tells whether it was made anew. */
  ask(wanted: Partial<Wanted>): Promise<boolean>
}

function createBench(): Bench {
  const clock = createFakeClock()
  const cache = createUnitCache(clock, defaultLimits)
  return {
    clock,
    cache,
    async ask(wanted) {
      let made = 0
      const make = (): Promise<{ unit: Unit }> => {
        made += 1
        return Promise.resolve({ unit: unit('a') })
      }
      await cache.get({ path: 'a', stamp: '1', modifiedAt: 0, force: false, make, ...wanted })
      return made === 1
    },
  }
}

describe('a file that is read again and again', () => {
  it('is made anew only when its stamp changed, or by force', async () => {
    const { ask, cache } = createBench()
    const made: boolean[] = []
    for (const wanted of [{}, {}, { stamp: '2' }, { stamp: '2' }, { stamp: '2', force: true }]) {
      made.push(await ask(wanted))
      cache.sweep(false)
    }

    assert.deepEqual(made, [true, false, true, false, true])
  })

  it('that was written a moment ago waits until it rests', async () => {
    const { ask, cache, clock } = createBench()
    await ask({})
    cache.sweep(false)
    const modifiedAt = clock.now()

    assert.equal(await ask({ stamp: '2', modifiedAt }), false)
    assert.equal(cache.sweep(false).unsettled, true)
    await clock.advance(100)
    assert.equal(await ask({ stamp: '2', modifiedAt }), true)
    assert.equal(cache.sweep(false).unsettled, false)
  })

  it('that never rests is read after a second all the same', async () => {
    const { ask, cache, clock } = createBench()
    await ask({})
    cache.sweep(false)
    const madeAt: number[] = []
    const startedAt = clock.now()
    for (let round = 0; round < 15; round += 1) {
      if (await ask({ stamp: `${round + 2}`, modifiedAt: clock.now() })) madeAt.push(clock.now() - startedAt)
      cache.sweep(false)
      await clock.advance(100)
    }

    assert.equal(madeAt[0], 1_000)
  })

  it('first seen while being written is read at once, and once more when it rests, for its stamp may hide a later write', async () => {
    const { ask, cache, clock } = createBench()
    const modifiedAt = clock.now()

    assert.equal(await ask({ modifiedAt }), true)
    assert.equal(cache.sweep(false).unsettled, true)
    await clock.advance(100)
    assert.equal(await ask({ modifiedAt }), true)
    cache.sweep(false)
    assert.equal(await ask({ modifiedAt }), false)
  })

  it('that is absent counts as there one more time, for it may be written anew; by force it is gone at once', async () => {
    const { ask, cache } = createBench()
    await ask({})
    cache.sweep(false)

    assert.deepEqual(cache.sweep(false), { missing: [unit('a')], unsettled: true })
    assert.deepEqual(cache.sweep(false), { missing: [], unsettled: false })
    await ask({})
    cache.sweep(false)
    cache.sweep(false)
    await ask({})
    assert.deepEqual(cache.sweep(false), { missing: [], unsettled: false })
    assert.deepEqual(cache.sweep(true), { missing: [], unsettled: false })
  })

  it('that changed while it was read keeps what it held and is read again', async () => {
    const { ask, cache } = createBench()
    await ask({})
    cache.sweep(false)
    const kept = await cache.get({
      path: 'a',
      stamp: '2',
      modifiedAt: 0,
      force: false,
      make: () => Promise.resolve('changing' as const),
    })

    assert.deepEqual(kept, unit('a'))
    assert.equal(cache.sweep(false).unsettled, true)
    assert.equal(await ask({ stamp: '2' }), true)
  })

  it('that failed is tried again when its time has come', async () => {
    const { ask, cache, clock } = createBench()
    const make = () => Promise.resolve({ unit: unit('a'), retryAt: clock.now() + 1_000 })
    await ask({ make })
    cache.sweep(false)

    assert.equal(await ask({}), false)
    cache.sweep(false)
    await clock.advance(1_000)
    assert.equal(await ask({}), true)
  })
})
