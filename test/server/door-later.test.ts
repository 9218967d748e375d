import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NotReadyError, OutboxFullError } from '../../src/model/errors.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import { aRuleset, fixture, openDoor, post, type Answer } from './harness.ts'

const firing = fixture('firing')

describe('a post at a bad time', () => {
  const table = [
    ['no ruleset was compiled yet', { current: () => undefined }, 'NOT_READY'],
    [
      'there is no NotificationManager',
      { current: () => ({ ruleset: aRuleset({ manager: undefined }), problems: [] }) },
      'NOT_READY',
    ],
    [
      'a tenant lookup failed',
      { accept: () => Promise.reject(new NotReadyError('RoleBindings cannot be read')) },
      'NOT_READY',
    ],
    ['the outbox is full', { accept: () => Promise.reject(new OutboxFullError('The outbox is full')) }, 'OUTBOX_FULL'],
    ['the process is stopping', { draining: () => true }, 'DRAINING'],
  ] as const

  for (const [name, overrides, code] of table) {
    it(`is answered with 503, so that it is sent again: ${name}`, async (t) => {
      const door = await openDoor(t, overrides)

      const answer = await post(door.server, firing)

      assert.equal(answer.statusCode, 503)
      assert.equal(answer.json<Answer>().Status, 503)
      assert.ok((await door.metrics.render()).includes(`notification_manager_posts_refused_total{code="${code}"} 1`))
    })
  }

  it('is answered with 503 at the deadline, and its work is told to stop', async (t) => {
    const begun = Promise.withResolvers<AbortSignal | undefined>()
    const door = await openDoor(t, {
      accept(_group, signal) {
        begun.resolve(signal)
        return new Promise(() => undefined)
      },
    })

    const answer = post(door.server, firing)
    const signal = await begun.promise
    await door.clock.advance(4_999)
    assert.equal(signal?.aborted, false)
    await door.clock.advance(1)

    assert.equal((await answer).statusCode, 503)
    assert.equal(signal.aborted, true)
  })

  it('leaves nothing waiting after an answer in time', async (t) => {
    const door = await openDoor(t)

    for (let count = 0; count < 3; count += 1) await post(door.server, firing)

    // But one look at answers that nobody reads, for all of them.
    assert.deepEqual(
      door.clock.wakeTimes.map((at) => at - door.clock.now()),
      [defaultLimits.answerTimeoutMs],
    )
  })

  it('is answered with 500 and an id, not with a stack, when there is a bug', async (t) => {
    const door = await openDoor(t, { accept: () => Promise.reject(new TypeError('x is not a function')) })

    const answer = await post(door.server, firing)

    assert.equal(answer.statusCode, 500)
    assert.doesNotMatch(answer.body, /not a function|\.ts|at /u)
    assert.deepEqual(door.log.messages('error'), ['Request failed unexpectedly'])
  })
})
