import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Compilation } from '../../src/rules/ruleset.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openSqlite } from '../notify/builders.ts'
import { aProblem, aRuleset, fixture, openDoor, post, type Answer } from './harness.ts'

describe('the probes', () => {
  it('say ready, live and healthy while posts are taken', async (t) => {
    const { server } = await openDoor(t)

    for (const url of ['/-/ready', '/-/live', '/-/healthy', '/-/ready/']) {
      assert.equal((await server.inject({ url })).statusCode, 200, url)
    }
  })

  it('say why it is not ready, but live, before the first ruleset', async (t) => {
    const { server } = await openDoor(t, { current: () => undefined })

    const ready = await server.inject({ url: '/-/ready' })

    assert.equal(ready.statusCode, 503)
    assert.deepEqual(ready.json(), {
      Status: 503,
      Message: 'No ruleset has been compiled yet, try again',
      reason: 'NOT_READY',
    })
    assert.equal((await server.inject({ url: '/-/live' })).statusCode, 200)
  })

  it('turn as soon as the first ruleset is in force', async (t) => {
    const compiled: Compilation[] = []
    const { server } = await openDoor(t, { current: () => compiled.at(-1) })

    assert.equal((await server.inject({ url: '/-/ready' })).statusCode, 503)
    compiled.push({ ruleset: aRuleset(), problems: [] })

    assert.equal((await server.inject({ url: '/-/ready' })).statusCode, 200)
  })
})

describe('an outbox that is broken', () => {
  it('makes the process neither ready nor live, so that it is restarted, and is refused posts until then', async (t) => {
    const directory = await temporaryFolder(t)
    const outbox = openSqlite({ directory, clock: createFakeClock() })
    t.after(() => outbox.close())
    const { server } = await openDoor(t, {
      outbox: { ...outbox, condition: () => ({ broken: 'the file is corrupt' }) },
    })

    for (const url of ['/-/ready', '/-/live', '/-/healthy']) {
      const { statusCode, body } = await server.inject({ url })
      assert.equal(statusCode, 503, url)
      assert.match(body, /the outbox is broken \(the file is corrupt\); the process must be restarted/u)
    }
    const refused = await post(server, fixture('firing'))
    assert.equal(refused.statusCode, 503)
    assert.match(refused.json<Answer>().Message, /the outbox is broken/u)
    const status = (await server.inject({ url: '/status' })).json<Record<string, Record<string, unknown>>>()
    assert.deepEqual([status['ready'], status['outbox']?.['broken']], [false, 'the file is corrupt'])
  })
})

describe('draining', () => {
  it('ends readiness at once, takes posts for the grace period, and answers 503 after it', async (t) => {
    const { server, clock } = await openDoor(t)
    const firing = fixture('firing')

    const drained = server.drain(10_000)
    const ready = await server.inject({ url: '/-/ready' })
    assert.equal(ready.statusCode, 503)
    assert.equal(ready.json<{ reason: string }>().reason, 'DRAINING')
    await clock.advance(9_999)
    assert.equal((await post(server, firing)).statusCode, 200)
    await clock.advance(1)
    await drained

    assert.equal((await post(server, firing)).statusCode, 503)
    assert.equal((await server.inject({ url: '/-/live' })).statusCode, 200)
  })
})

describe('reload', () => {
  for (const method of ['POST', 'PUT'] as const) {
    it(`puts the resources in force and tells their version: ${method}`, async (t) => {
      const inForce = { ruleset: aRuleset({ version: 'ruleset-2' }), problems: [aProblem()] }
      const { server } = await openDoor(t, { reload: () => Promise.resolve(inForce) })

      const answer = await server.inject({ method, url: '/-/reload' })

      assert.deepEqual(answer.json(), { Status: 200, Message: 'reloaded', ruleset: 'ruleset-2', problems: 1 })
    })
  }

  it('is not done by a GET, which a browser may be made to send', async (t) => {
    const { server } = await openDoor(t)

    assert.equal((await server.inject({ url: '/-/reload' })).statusCode, 405)
  })

  it('is given up after a minute', async (t) => {
    const begun = Promise.withResolvers<undefined>()
    const { server, clock } = await openDoor(t, {
      reload() {
        begun.resolve(undefined)
        return new Promise(() => undefined)
      },
    })

    const answer = server.inject({ method: 'POST', url: '/-/reload' })
    await begun.promise
    await clock.advance(60_000)

    assert.equal((await answer).statusCode, 503)
  })
})

describe('a path that is not there', () => {
  for (const url of ['/', '/api/v2/alertz', '/api/v2/alerts/x', '/api//v2/alerts', '/%zz', `/${'x'.repeat(5_000)}`]) {
    it(`is answered in an envelope: ${url.slice(0, 30)}`, async (t) => {
      const { server } = await openDoor(t)

      const answer = await server.inject({ url })

      assert.ok([400, 404].includes(answer.statusCode))
      assert.equal(answer.json<Answer>().Status, answer.statusCode)
    })
  }
})
