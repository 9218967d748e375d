import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createLive, type Live } from '../../src/rules/live.ts'
import { type Compilation } from '../../src/rules/ruleset.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createLogCapture, type LogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics, type MemoryMetrics } from '../support/memory-metrics.ts'
import { aSnapshot } from '../support/resources.ts'
import { compiled } from '../support/rulesets.ts'

/** A build under the test's control: each waits until it is let go. */
interface Bench {
  readonly live: Live<Compilation>
  readonly built: string[]
  readonly swaps: [from: string | undefined, to: string][]
  readonly logger: LogCapture
  readonly metrics: MemoryMetrics
  /** Lets the build in hand finish. */
  release(): void
}

function aBench(onSwap: () => void = () => undefined): Bench {
  const built: string[] = []
  const swaps: [string | undefined, string][] = []
  const logger = createLogCapture()
  const metrics = createMemoryMetrics()
  let release = (): void => undefined
  async function build(snapshot: Snapshot): Promise<Compilation> {
    built.push(snapshot.version)
    await new Promise<void>((resolve) => (release = resolve))
    if (snapshot.version.startsWith('broken')) throw new Error('a bug')
    return compiled(snapshot)
  }
  const live = createLive<Compilation>({
    build,
    onSwap(current, previous) {
      swaps.push([previous?.ruleset.version, current.ruleset.version])
      onSwap()
    },
    logger,
    clock: createFakeClock(),
    metrics,
  })
  return { live, built, swaps, logger, metrics, release: () => release() }
}

const version = (name: string): Snapshot => aSnapshot({ version: name })

describe('the live reference', () => {
  it('is empty until the first snapshot is built, and then ready', async () => {
    const { live, release, swaps, metrics } = aBench()
    assert.equal(live.current(), undefined)

    const offered = live.offer(version('a'))
    release()
    await offered

    assert.equal(live.current()?.ruleset.version, 'a')
    assert.equal(await live.whenReady, live.current())
    assert.deepEqual(swaps, [[undefined, 'a']])
    assert.equal(metrics.counted('ruleset_swaps_total'), 1)
    assert.equal(metrics.observed('compile_duration_seconds').length, 1)
  })

  it('does nothing for the version that is in force', async () => {
    const { live, release, built } = aBench()
    const offered = live.offer(version('a'))
    release()
    await offered
    const before = live.current()

    await live.offer(version('a'))

    assert.deepEqual(built, ['a'])
    assert.equal(live.current(), before)
  })

  it('builds one at a time and folds a burst: only the newest waits', async () => {
    const { live, release, built, swaps } = aBench()
    const offered = [version('a'), version('b'), version('c'), version('d')].map((snapshot) => live.offer(snapshot))
    assert.deepEqual(built, ['a'])

    release()
    while (built.length < 2) await turn()
    assert.equal(live.current()?.ruleset.version, 'a')
    release()
    await Promise.all(offered)

    assert.deepEqual(built, ['a', 'd'])
    assert.deepEqual(swaps, [
      [undefined, 'a'],
      ['a', 'd'],
    ])
  })

  it('keeps what is in force when a build throws, says so, and goes on', async () => {
    const { live, release, logger } = aBench()
    for (const name of ['a', 'broken', 'b']) {
      const before = live.current()
      const offered = live.offer(version(name))
      release()
      await offered
      if (name === 'broken') assert.equal(live.current(), before)
    }

    assert.equal(live.current()?.ruleset.version, 'b')
    assert.deepEqual(logger.messages('error'), ['Ruleset could not be built'])
    assert.match(logger.text(), /a bug/)
  })

  it('has swapped although a listener throws', async () => {
    const { live, release, logger } = aBench(() => {
      throw new Error('listener')
    })
    const offered = live.offer(version('a'))
    release()
    await offered

    assert.equal(live.current()?.ruleset.version, 'a')
    assert.deepEqual(logger.messages('error'), ['Swap was not fully announced'])
  })

  it('changes nothing for whoever took the reference before', async () => {
    const { live, release } = aBench()
    const first = live.offer(version('a'))
    release()
    await first
    const taken = live.current()
    const second = live.offer(version('b'))
    release()
    await second

    assert.equal(taken?.ruleset.version, 'a')
    assert.equal(live.current()?.ruleset.version, 'b')
  })

  it('builds again after it was idle', async () => {
    const { live, release, built } = aBench()
    for (const name of ['a', 'b', 'a']) {
      const offered = live.offer(version(name))
      release()
      await offered
    }
    assert.deepEqual(built, ['a', 'b', 'a'])
  })
})
