import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { openBench, type WechatBench } from './wechat-bench.ts'

let bench: WechatBench
beforeEach(async () => {
  bench = await openBench()
})
afterEach(() => bench.close())

describe('trouble with WeChat Work', () => {
  it('at either call ends as its kind says', async () => {
    const { vendor, send } = bench
    const cases = [
      [{ errcode: -1 }, 'retry serverError'],
      [{ errcode: 45009 }, 'retry rateLimited'],
      [{ errcode: 60020, errmsg: 'not allow to access from your ip' }, 'failed authError'],
      [{ errcode: 12_345 }, 'failed clientError'],
      ['html', 'retry serverError'],
      ['reset', 'retry connectionError'],
      ['garbage', 'retry serverError'],
      ['half', 'retry connectionError'],
      [{ status: 429, headers: { 'retry-after': '9' } }, 'retry rateLimited'],
      [{ status: 500 }, 'retry serverError'],
      [{ status: 403 }, 'failed authError'],
      [{ status: 302, headers: { location: 'https://elsewhere.test/?access_token=x' } }, 'failed clientError'],
    ] as const
    for (const place of ['trouble', 'tokenTrouble'] as const) {
      for (const [trouble, expected] of cases) {
        vendor.tokens.revoke()
        await bench.reopen()
        vendor[place] = trouble
        const [delivery] = await send()
        assert.equal(
          `${delivery?.outcome} ${delivery !== undefined && 'reason' in delivery ? delivery.reason : ''}`,
          expected,
        )
        vendor[place] = undefined
      }
    }
  })

  it('that never ends is ended by the attempt, at either call', async () => {
    const { vendor, rig, secrets, planOf, send, assertNothingShown } = bench
    for (const place of ['tokenTrouble', 'trouble'] as const) {
      for (const trouble of ['hang', 'drip'] as const) {
        vendor[place] = trouble
        const [part] = planOf()
        const delivery = await bench.sender.send(part ?? assert.fail(), rig.context(secrets, AbortSignal.timeout(100)))
        assert.deepEqual(
          [delivery.outcome, 'reason' in delivery && delivery.reason],
          ['retry', 'contextDeadlineExceeded'],
        )
        assertNothingShown(delivery)
        vendor[place] = undefined
      }
    }
    assert.equal((await send())[0]?.outcome, 'sent')
  })

  it('shows neither secret nor token, though the vendor repeats both in every form', async () => {
    const { vendor, send } = bench
    const repeat = (request: { readonly path: string; readonly body: string }) => {
      const { searchParams } = new URL(request.path, vendor.apiUrl)
      const values = [...searchParams.values()]
      const forms = values.flatMap((value) => [value, encodeURIComponent(value), Buffer.from(value).toString('base64')])
      return { status: 200, body: JSON.stringify({ errcode: 40058, errmsg: `${request.path} ${forms.join(' ')}` }) }
    }
    vendor.trouble = repeat
    await send()
    await bench.reopen()
    vendor.tokenTrouble = repeat
    await send()
  })
})
