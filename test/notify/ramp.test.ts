import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Delivery } from '../../src/model/delivery.ts'
import { createRamp } from '../../src/notify/ramp.ts'
import { createFakeClock, settle } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { aPost, openSqlite } from './builders.ts'
import { dispatchRig } from './dispatch-rig.ts'
import { compiled, inForce, memorySender } from './rulesets.ts'

describe('a start with a large backlog', () => {
  it('begins with an eighth of the places, and has all of them after ten seconds', () => {
    const ramp = createRamp({ concurrency: 64, backlog: 100_000, startedAt: 500 })
    const places = [0, 1_000, 2_500, 5_000, 9_999, 10_000].map((ms) => ramp.places(500 + ms))
    assert.deepEqual(places, [8, 8, 16, 32, 63, 64])
    assert.deepEqual([ramp.nextMs(500), ramp.nextMs(10_500)], [250, undefined])
  })

  it('begins with all places when there is little to do, and never with none', () => {
    assert.equal(createRamp({ concurrency: 64, backlog: 999, startedAt: 0 }).places(0), 64)
    assert.equal(createRamp({ concurrency: 1, backlog: 100_000, startedAt: 0 }).places(0), 1)
  })

  it('goes on with more attempts although the first ones hang', async (context) => {
    const directory = await temporaryFolder(context)
    const clock = createFakeClock()
    const names = Array.from({ length: 2_000 }, (_, place) => `r${place}`)
    const before = openSqlite({ directory, clock })
    await before.put(aPost({ at: clock.now(), receivers: names, tenant: '' }))
    await before.close()
    const sender = memorySender(() => new Promise<Delivery>(() => undefined))
    const receivers = names.map((name) => compiled(name, { options: { timeoutMs: 60_000 } }))
    await dispatchRig(context, { clock, directory, sender, inForce: inForce({ receivers }) })
    await settle()
    assert.equal(sender.requests.length, 8)
    await clock.advance(5_000)
    assert.equal(sender.requests.length, 32)
    await clock.advance(5_250)
    assert.equal(sender.requests.length, 64)
  })
})
