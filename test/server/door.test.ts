import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settle } from '../support/fake-clock.ts'
import { fixture, openDoor, post, type Answer } from './harness.ts'

const firing = fixture('firing')

describe('a post that is taken', () => {
  it('is answered in the words of the predecessor, and with what became of it', async (t) => {
    const door = await openDoor(t)

    const answer = await post(door.server, firing)

    assert.equal(answer.statusCode, 200)
    assert.deepEqual(answer.json(), {
      Status: 200,
      Message: 'Notification request accepted',
      accepted: 2,
      duplicates: 0,
      unrouted: 0,
      ruleset: 'ruleset-1',
    })
  })

  it('may have a slash at the end of its path, which is not redirected', async (t) => {
    const door = await openDoor(t)

    const answer = await post(door.server, firing, { url: '/api/v2/alerts/' })

    assert.equal(answer.statusCode, 200)
    assert.equal(door.groups.length, 1)
  })

  it('may name its charset', async (t) => {
    const door = await openDoor(t)

    const answer = await post(door.server, firing, { headers: { 'content-type': 'application/json; charset=utf-8' } })

    assert.equal(answer.statusCode, 200)
  })

  it('has the source that its query names, or the default one', async (t) => {
    const door = await openDoor(t)

    await post(door.server, firing, { url: '/api/v2/alerts?source=eu-west.1' })
    await post(door.server, firing)

    assert.deepEqual(
      door.groups.map(({ source }) => source),
      ['eu-west.1', 'default'],
    )
  })

  it('is answered only after it was stored', async (t) => {
    const stored = Promise.withResolvers<undefined>()
    const result = { accepted: 2, duplicates: 0, unrouted: 0, dropped: 0, ruleset: 'ruleset-1' }
    const { server } = await openDoor(t, { accept: () => stored.promise.then(() => result) })
    let answered = false

    const answer = post(server, firing).then((reply) => {
      answered = true
      return reply
    })
    await settle()

    assert.equal(answered, false)
    stored.resolve(undefined)
    assert.equal((await answer).statusCode, 200)
  })

  it('may tell of duplicates and of alerts that nobody wanted', async (t) => {
    const result = { accepted: 0, duplicates: 1, unrouted: 1, dropped: 0, ruleset: 'ruleset-2' }
    const { server } = await openDoor(t, { accept: () => Promise.resolve(result) })

    const answer = await post(server, firing)

    assert.equal(answer.statusCode, 200)
    const { duplicates, unrouted, ruleset } = answer.json<typeof result>()
    assert.deepEqual({ duplicates, unrouted, ruleset }, { duplicates: 1, unrouted: 1, ruleset: 'ruleset-2' })
  })

  it('may be of another version, which is noted', async (t) => {
    const door = await openDoor(t)

    const answer = await post(door.server, firing.replace('"version": "4"', '"version": "5"'))

    assert.equal(answer.statusCode, 200)
    assert.deepEqual(door.log.messages('warn'), ['Payload has a version other than 4'])
  })

  it('may hold no alerts at all', async (t) => {
    const door = await openDoor(t)

    assert.equal((await post(door.server, '{"alerts": []}')).statusCode, 200)
  })
})

describe('another method', () => {
  for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
    it(`is answered with 405, so that a redirecting proxy is noticed: ${method}`, async (t) => {
      const door = await openDoor(t)

      const answer = await door.server.inject({ method, url: '/api/v2/alerts/' })

      assert.equal(answer.statusCode, 405)
      assert.equal(answer.headers.allow, 'POST')
    })
  }

  it('is answered before its body is judged', async (t) => {
    const door = await openDoor(t)

    const answer = await door.server.inject({
      method: 'PUT',
      url: '/api/v2/alerts',
      headers: { 'content-type': 'text/xml' },
      payload: '<xml/>',
    })

    assert.equal(answer.statusCode, 405)
  })
})

describe('a post that cannot be read', () => {
  const table: readonly (readonly [string, string, Record<string, string>, number])[] = [
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text', firing, { 'content-type': 'text/plain' }, 415],
    ['a Content-Type that is none', firing, { 'content-type': ';;' }, 415],
    ['a compressed body', firing, { 'content-encoding': 'gzip' }, 415],
    ['half a body', firing.slice(0, 100), {}, 400],
    ['no body', '', {}, 400],
    ['two bodies', `${firing}${firing}`, {}, 400],
    ['another shape', '{"text": "hello"}', {}, 400],
    ['an alert without labels', '{"alerts":[{}]}', {}, 400],
    ['a byte order mark', `\uFEFF${firing}`, {}, 400],
  ]

  for (const [name, body, headers, status] of table) {
    it(`is answered with ${status} and what would be right: ${name}`, async (t) => {
      const door = await openDoor(t)

      const answer = await post(door.server, body, { headers })

      assert.equal(answer.statusCode, status)
      assert.equal(answer.json<Answer>().Status, status)
      assert.ok(answer.json<Answer>().Message.length > 10)
      assert.deepEqual(door.log.messages('warn'), ['Request refused'])
      assert.equal(door.groups.length, 0)
    })
  }

  it('is answered with 413 and logged with the name of the setting when it is too large', async (t) => {
    const door = await openDoor(t, { limits: { maxBodyBytes: 1_000 } })

    const answer = await post(door.server, firing)

    assert.equal(answer.statusCode, 413)
    assert.match(door.log.text(), /max_alerts/u)
    assert.match(await door.metrics.render(), /notification_manager_posts_refused_total\{code="TOO_LARGE"\} 1/u)
  })

  it('is answered with 413 when its group holds too many alerts', async (t) => {
    const door = await openDoor(t, { limits: { maxAlerts: 1 } })

    assert.equal((await post(door.server, firing)).statusCode, 413)
  })

  it('is answered with 400 when it nests like no payload does', async (t) => {
    const door = await openDoor(t)
    const deep = `{"alerts": [], "x": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`

    const answer = await post(door.server, deep)

    assert.equal(answer.statusCode, 400)
    assert.match(answer.json<Answer>().Message, /nests deeper/u)
  })

  for (const source of ['', 'a b', 'x'.repeat(65), '../etc', 'é', 'a&source=b']) {
    it(`is answered with 400 when its source is ${JSON.stringify(source.slice(0, 20))}`, async (t) => {
      const door = await openDoor(t)

      assert.equal((await post(door.server, firing, { url: `/api/v2/alerts?source=${source}` })).statusCode, 400)
    })
  }

  it('leaves no label value in the log', async (t) => {
    const door = await openDoor(t)
    const body = firing.replace('"namespace": "payments"', '"namespace": 5').replaceAll('critical', 'hunter2-hunter2')

    await post(door.server, body)
    await post(door.server, body.slice(0, -20))

    assert.equal(door.log.lines.length, 2)
    assert.doesNotMatch(door.log.text(), /hunter2|crash looping|api-7d9c6b5f4/u)
  })
})
