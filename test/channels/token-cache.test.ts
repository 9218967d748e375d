import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Grant } from '../../src/channels/token-cache.ts'
import { settle } from '../support/fake-clock.ts'
import { bench, grant, hourMs, never } from './token-bench.ts'

describe('a token cache', () => {
  it('asks once for all who want the same token at the same time', async () => {
    const { get, asked, cache } = bench()
    const all = Promise.all(Array.from({ length: 1_000 }, () => get()))
    assert.equal(asked.length, 1)
    asked[0]?.answer.resolve(grant('t1'))
    assert.deepEqual(new Set(await all), new Set(['t1']))
    assert.equal(await get(), 't1')
    assert.deepEqual([asked.length, cache.size], [1, 1])
  })

  it('asks anew some minutes before the token ends', async () => {
    const { get, asked, clock } = bench({ marginMs: 300_000 })
    const first = get()
    asked[0]?.answer.resolve(grant('t1', hourMs))
    await first
    await clock.advance(hourMs - 300_001)
    assert.equal(await get(), 't1')
    await clock.advance(1)
    const second = get()
    asked[1]?.answer.resolve(grant('t2', hourMs))
    assert.equal(await second, 't2')
  })

  it('uses a token no longer than it is told to, also when that is changed later', async () => {
    const { get, asked, clock } = bench()
    const first = get()
    asked[0]?.answer.resolve(grant('t1', 2 * hourMs))
    await first
    await clock.advance(600_000)
    assert.equal(await get('app', { maxAgeMs: 600_001 }), 't1')
    const second = get('app', { maxAgeMs: 600_000 })
    asked[1]?.answer.resolve(grant('t2'))
    assert.equal(await second, 't2')
  })

  it('uses half of a token that is about to end, and remembers none that has no time left', async () => {
    const { get, asked, clock, cache } = bench()
    const first = get()
    asked[0]?.answer.resolve(grant('t1', 60_000))
    await first
    await clock.advance(29_999)
    assert.equal(await get(), 't1')
    await clock.advance(1)
    for (const [index, expiresInMs] of [0, -1, Number.NaN].entries()) {
      const next = get()
      asked[index + 1]?.answer.resolve(grant(`used once ${index}`, expiresInMs))
      assert.equal(await next, `used once ${index}`)
      assert.equal(cache.size, 0)
    }
  })

  it('shares a failure among those who wait, and remembers it for nobody else', async () => {
    const { get, asked } = bench()
    const waiting = [get(), get()]
    asked[0]?.answer.reject(new Error('the secret is wrong'))
    for (const one of waiting) await assert.rejects(one, /the secret is wrong/u)
    const next = get()
    asked[1]?.answer.resolve(grant('t1'))
    assert.equal(await next, 't1')
  })

  it('ends the wait of one caller and of no other', async () => {
    const { get, asked } = bench()
    const impatient = new AbortController()
    const leaving = get('app', { signal: impatient.signal })
    const staying = get()
    impatient.abort()
    await assert.rejects(leaving, { name: 'AbortError' })
    assert.equal(asked[0]?.signal.aborted, false)
    asked[0].answer.resolve(grant('t1'))
    assert.equal(await staying, 't1')
    await assert.rejects(get('app', { signal: AbortSignal.abort() }), { name: 'AbortError' })
  })

  it('ends a request that nobody waits for any more, and starts a new one for who comes next', async () => {
    const { get, asked } = bench()
    const impatient = new AbortController()
    const leaving = get('app', { signal: impatient.signal })
    impatient.abort()
    await assert.rejects(leaving, { name: 'AbortError' })
    assert.equal(asked[0]?.signal.aborted, true)
    const next = get()
    asked[1]?.answer.resolve(grant('t2'))
    assert.equal(await next, 't2')
  })

  it('ends a request that hangs at its deadline, however many keep coming to wait for it', async () => {
    const { get, asked, clock } = bench({ deadlineMs: 30_000 })
    const waiting = [assert.rejects(get(), /was ended/u)]
    await clock.advance(29_999)
    waiting.push(assert.rejects(get(), /was ended/u))
    assert.equal(asked.length, 1)
    await clock.advance(1)
    await Promise.all(waiting)
    const next = get()
    assert.equal(asked.length, 2)
    asked[1]?.answer.resolve(grant('t2'))
    assert.equal(await next, 't2')
    assert.deepEqual(clock.wakeTimes, [], 'no deadline is left behind')
  })

  it('forgets exactly the token that was refused, so that many refusals make one request', async () => {
    const { get, asked, refuse } = bench()
    const first = get()
    asked[0]?.answer.resolve(grant('t1'))
    await first
    refuse('another')
    assert.equal(await get(), 't1')
    refuse('t1')
    const second = get()
    refuse('t1')
    const third = get()
    asked[1]?.answer.resolve(grant('t2'))
    assert.deepEqual(await Promise.all([second, third]), ['t2', 't2'])
    refuse('t1')
    assert.equal(await get(), 't2')
    assert.equal(asked.length, 2)
  })

  it('never hands out a token again that was refused while others were still being given it', async () => {
    const { get, asked, refuse } = bench()
    const first = get().then((token) => {
      refuse(token)
      return get()
    })
    const second = get()
    asked[0]?.answer.resolve(grant('t1'))
    assert.equal(await second, 't1')
    await settle()
    asked[1]?.answer.resolve(grant('t2'))
    assert.equal(await first, 't2')
  })

  it('keeps the tokens of different credentials apart, however they are cut', async () => {
    const { cache } = bench()
    const get = async (credentials: readonly string[]): Promise<string> => {
      const fetch = (): Promise<Grant> => Promise.resolve(grant(credentials.join('|')))
      return (await cache.get({ credentials, maxAgeMs: hourMs, signal: never, fetch })).reveal()
    }
    for (const credentials of [['a', 'bc'], ['ab', 'c'], ['abc'], ['a', 'b', 'c'], ['__proto__', ''], ['', '']]) {
      assert.equal(await get(credentials), credentials.join('|'))
    }
    assert.equal(cache.size, 6)
  })

  it('remembers a bounded number of tokens, those used last', async () => {
    const { get, asked, cache } = bench({ maxTokens: 2 })
    for (const key of ['a', 'b', 'a', 'c']) {
      const got = get(key)
      asked.at(-1)?.answer.resolve(grant(key))
      await got
    }
    assert.deepEqual([asked.map(({ key }) => key), cache.size], [['a', 'b', 'c'], 2])
    assert.equal(await get('a'), 'a')
    assert.equal(asked.length, 3)
  })

  it('forgets everything when it is closed, and ends what is under way', async () => {
    const { get, asked, cache } = bench()
    const known = get('known')
    asked[0]?.answer.resolve(grant('t1'))
    await known
    const underWay = get('new')
    cache.close()
    assert.equal(cache.size, 0)
    await assert.rejects(underWay, /was ended/u)
    assert.equal(asked[1]?.signal.aborted, true)
    await assert.rejects(get('known'))
    assert.equal(cache.size, 0)
  })
})
