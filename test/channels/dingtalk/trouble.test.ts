import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type Destination } from '../../../src/channels/channel.ts'
import { type DingTalkReceiverSpec } from '../../../src/channels/dingtalk/schema.ts'
import { conversation, open, openBench, robot, type DingTalkBench } from './dingtalk-bench.ts'

let bench: DingTalkBench
beforeEach(async () => {
  bench = await openBench()
})
afterEach(() => bench.close())

describe('trouble with DingTalk', () => {
  const cases = [
    [{ errcode: -1 }, 'retry serverError'],
    ['html', 'retry serverError'],
    [{ status: 200, body: '{"status":1111,"wait":5,"punish":"deny"}' }, 'retry rateLimited'],
    ['reset', 'retry connectionError'],
    ['garbage', 'retry serverError'],
    ['half', 'retry connectionError'],
    [{ status: 429, headers: { 'retry-after': '9' } }, 'retry rateLimited'],
    [{ status: 503 }, 'retry serverError'],
    [{ status: 404 }, 'failed clientError'],
  ] as const

  it('ends as its kind says', async () => {
    const { vendor, send } = bench
    for (const [trouble, expected] of cases) {
      vendor.trouble = trouble
      const [delivery] = await send({ chatbot: robot })
      assert.equal(
        `${delivery?.outcome} ${delivery !== undefined && 'reason' in delivery ? delivery.reason : ''}`,
        expected,
      )
    }
  })

  it('that never ends is ended by the attempt', async () => {
    const { vendor, rig, secrets, planOf, assertNothingShown } = bench
    for (const [part] of [planOf({ chatbot: robot }), planOf({ conversation })]) {
      for (const trouble of ['hang', 'drip'] as const) {
        vendor.trouble = trouble
        const delivery = await bench.sender.send(part ?? assert.fail(), rig.context(secrets, AbortSignal.timeout(100)))
        assert.ok(delivery.outcome === 'retry' && delivery.reason === 'contextDeadlineExceeded')
        assertNothingShown(delivery)
      }
    }
  })

  it('shows no credential, though the vendor repeats all of them in every form', async () => {
    const { vendor, send } = bench
    const repeat = (request: { readonly path: string }) => {
      const values = [...new URL(request.path, vendor.apiUrl).searchParams.values()]
      const forms = values.flatMap((value) => [value, encodeURIComponent(value), Buffer.from(value).toString('base64')])
      const errmsg = `sign ${vendor.peer.origin}${request.path} ${forms.join(' ')}`
      return { status: 200, body: JSON.stringify({ errcode: 310000, errmsg }) }
    }
    vendor.trouble = repeat
    await send({ chatbot: robot, conversation })
    vendor.tokenTrouble = repeat
    vendor.tokens.revoke()
    await send({ conversation })
  })
})

describe('destinations of DingTalk', () => {
  async function destinationsOf(receiver: DingTalkReceiverSpec): Promise<readonly Destination[]> {
    const { rig, secrets, planOf, paths } = bench
    const asked: Destination[] = []
    const deferred = {
      outcome: 'deferred',
      cause: 'throttle',
      reason: 'rateLimited',
      detail: 'wait',
      afterMs: 1,
    } as const
    const context = {
      ...rig.context(secrets),
      admit: (...destinations: readonly Destination[]) => {
        asked.push(...destinations)
        return Promise.resolve(deferred)
      },
    }
    for (const part of planOf(receiver)) assert.equal(await bench.sender.send(part, context), deferred)
    assert.deepEqual(paths(), [])
    return asked
  }

  it('are the host and the robot, whose signature does not make it another', async () => {
    const { vendor, secrets } = bench
    const webhook = secrets['robot/webhook']?.trim() ?? ''
    const [host, bot] = await destinationsOf({ chatbot: robot })
    assert.deepEqual([host?.key, host?.limits], [vendor.peer.origin, undefined])
    assert.deepEqual([bot?.key, bot?.limits, bot?.maxWaitMs], [webhook, [{ limit: 20, perMs: 60_000 }], 10_000])
    secrets['robot/webhook'] = `${webhook}&timestamp=1&sign=x`
    assert.equal((await destinationsOf({ chatbot: robot }))[1]?.key, webhook)
    assert.notEqual((await destinationsOf({ chatbot: open }))[1]?.key, webhook)
  })

  it('are the host and the application', async () => {
    const { vendor } = bench
    const [host, application] = await destinationsOf({ conversation })
    assert.equal(host?.key, vendor.peer.origin)
    assert.deepEqual([application?.limits, application?.maxWaitMs], [[{ limit: 25, perMs: 1_000 }], 1_000])
  })
})
