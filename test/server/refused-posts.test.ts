import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDoor, type Door } from './harness.ts'

interface Listed {
  readonly message: string
  readonly bytes: number
  readonly body: string
  readonly userAgent: string
}

async function post(door: Door, payload: string): Promise<number> {
  const headers = { 'content-type': 'application/json', 'user-agent': 'Alertmanager/0.99' }
  const { statusCode } = await door.server.inject({ method: 'POST', url: '/api/v2/alerts', headers, payload })
  return statusCode
}

async function listed(door: Door): Promise<readonly Listed[]> {
  const answer = await door.server.inject({ url: '/api/v1/refused-posts' })
  return answer.json<{ refusedPosts: readonly Listed[] }>().refusedPosts
}

describe('refused posts', () => {
  it('are kept with their body and what was wrong, newest first', async (context) => {
    const door = await openDoor(context)

    assert.deepEqual([await post(door, '{"custom": true}'), await post(door, 'not json')], [400, 400])
    const [newest, oldest] = await listed(door)

    assert.equal(newest?.body, 'not json')
    assert.match(newest.message, /is not JSON/u)
    assert.equal(newest.userAgent, 'Alertmanager/0.99')
    assert.equal(oldest?.body, '{"custom": true}')
    assert.match(oldest.message, /alerts is missing/u)
  })

  it('are bounded in number and size', async (context) => {
    const door = await openDoor(context)
    const large = JSON.stringify({ text: '🔥'.repeat(20_000) })

    for (let count = 0; count < 25; count += 1) await post(door, large)
    const posts = await listed(door)

    assert.equal(posts.length, 20)
    assert.ok(posts.every(({ body, bytes }) => body.length <= 16_384 && bytes === Buffer.byteLength(large)))
  })

  it('do not hold posts that were accepted, or refused because the server cannot take them now', async (context) => {
    const door = await openDoor(context, { draining: () => true })

    assert.equal(await post(door, '{"alerts": []}'), 503)

    assert.deepEqual(await listed(door), [])
  })
})
