import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { settle } from '../support/fake-clock.ts'
import { bench, grant, hourMs, type Asked } from './token-bench.ts'

type Step =
  | { readonly do: 'get'; readonly key: string }
  | { readonly do: 'answer'; readonly ms: number }
  | { readonly do: 'fail' }
  | { readonly do: 'abort' }
  | { readonly do: 'refuse' }
  | { readonly do: 'pass'; readonly ms: number }

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('get' as const), key: fc.constantFrom('a', 'b') }),
    fc.record({ do: fc.constant('answer' as const), ms: fc.constantFrom(0, 1_000, hourMs, 2 * hourMs) }),
    fc.record({ do: fc.constantFrom('fail' as const, 'abort' as const, 'refuse' as const) }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 2 * hourMs }) }),
  ),
  { maxLength: 40 },
)

it('holds in any order of requests, answers, failures, aborts and refusals', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { clock, get, asked, refuse } = bench({ deadlineMs: 10 * hourMs })
      const open = (): Asked[] => asked.filter((one) => !answered.has(one) && !one.signal.aborted)
      const answered = new Set<Asked>()
      const refused = new Set<string>()
      const ends = new Map<string, number>()
      const given: string[] = []
      const waiting: { readonly controller: AbortController; readonly ended: Promise<void> }[] = []

      function want(key: string): void {
        const refusedBefore = new Set(refused)
        const controller = new AbortController()
        const ended = get(key, { signal: controller.signal }).then(
          (token) => {
            assert.ok(!refusedBefore.has(token), `${token} had been refused`)
            assert.ok(token.startsWith(key), 'a token of other credentials')
            assert.ok(clock.now() <= (ends.get(token) ?? 0), `${token} had ended`)
            given.push(token)
          },
          () => undefined,
        )
        waiting.push({ controller, ended })
      }

      async function run(step: Step): Promise<void> {
        const [request] = open()
        switch (step.do) {
          case 'get':
            want(step.key)
            break
          case 'answer':
            if (request === undefined) return
            answered.add(request)
            ends.set(`${request.key}${asked.indexOf(request)}`, clock.now() + step.ms)
            request.answer.resolve(grant(`${request.key}${asked.indexOf(request)}`, step.ms))
            break
          case 'fail':
            if (request === undefined) return
            answered.add(request)
            request.answer.reject(new Error('no'))
            break
          case 'abort':
            waiting.at(-1)?.controller.abort()
            break
          case 'refuse': {
            const token = given.at(-1)
            if (token === undefined) return
            refused.add(token)
            refuse(token, token.slice(0, 1))
            break
          }
          case 'pass':
            await clock.advance(step.ms)
        }
      }

      for (const step of all) {
        await run(step)
        await settle(2)
        const keys = open().map(({ key }) => key)
        assert.equal(new Set(keys).size, keys.length, 'two requests for one token')
      }
      for (const { controller } of waiting) controller.abort()
      await Promise.all(waiting.map(({ ended }) => ended))
      assert.deepEqual(open(), [], 'a request that nobody waits for')
    }),
    { numRuns: 300 },
  )
})
