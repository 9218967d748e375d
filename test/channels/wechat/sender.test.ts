import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fingerprintsIn, fingerprintsUpTo } from '../chat-notifications.ts'
import { openBench, type WechatBench } from './wechat-bench.ts'

let bench: WechatBench
beforeEach(async () => {
  bench = await openBench()
})
afterEach(() => bench.close())

const getToken = 'GET /cgi-bin/gettoken'
const postMessage = 'POST /cgi-bin/message/send'

describe('a message of WeChat Work', () => {
  it('is sent with a token that is got once', async () => {
    const { vendor, send, paths } = bench
    assert.deepEqual(await send(), [{ outcome: 'sent', detail: `${vendor.peer.origin} took the message` }])
    await send()
    assert.deepEqual(paths(), [getToken, postMessage, postMessage])
    assert.deepEqual(vendor.messages[0]?.users, ['Ann'])
    assert.deepEqual(JSON.parse(vendor.peer.requests[1]?.body ?? ''), {
      touser: 'Ann',
      toparty: '',
      totag: '',
      agentid: 1_000_002,
      msgtype: 'text',
      text: { content: vendor.messages[0].content },
      safe: 0,
    })
  })

  it('goes to a base address with and without a slash at its end, and keeps its query', async () => {
    const { vendor, planOf, send } = bench
    for (const wechatApiUrl of [vendor.apiUrl, vendor.apiUrl.slice(0, -1), `${vendor.apiUrl}?debug=1`]) {
      assert.equal((await send(planOf({ config: { wechatApiUrl } })))[0]?.outcome, 'sent')
    }
    assert.match(vendor.peer.requests.at(-1)?.path ?? '', /debug=1&access_token=/u)
  })

  it('tells a thousand alerts in parts that a strict vendor takes, each alert once and in order', async () => {
    const { clock, vendor, rig, secrets, planOf } = bench
    const parts = planOf({ alerts: 1_000, toUser: '@all' })
    const slow = parts.map(async (part, index) => {
      await clock.sleep(index * 2_000)
      return bench.sender.send(part, rig.context(secrets))
    })
    assert.ok(
      (await Promise.all([clock.advance(parts.length * 2_000), ...slow]))
        .slice(1)
        .every((one) => (one as { readonly outcome: string }).outcome === 'sent'),
    )
    const texts = vendor.messages.map(({ content }) => content)
    assert.deepEqual(fingerprintsIn(texts), fingerprintsUpTo(1_000))
    assert.ok(texts.every((text) => Buffer.byteLength(text) <= 2_048))
  })

  it('reports once who could not be told, with the last message', async () => {
    const { planOf, send } = bench
    const deliveries = await send(planOf({ toUser: 'ann|dora|cem', alerts: 60 }))
    assert.ok(deliveries.length > 1)
    assert.ok(deliveries.slice(0, -1).every((delivery) => delivery.refusals === undefined))
    const last = deliveries.at(-1)
    assert.equal(last?.outcome, 'sent')
    assert.deepEqual(
      last.refusals?.map(({ target, reason }) => [target, reason]),
      [
        ['user dora', 'clientError'],
        ['user cem', 'clientError'],
      ],
    )
  })

  it('fails when nobody could be told', async () => {
    const { planOf, send } = bench
    const [delivery] = await send(planOf({ toUser: 'dora|emil' }))
    assert.equal(delivery?.outcome, 'failed')
    assert.match(delivery.detail, /errcode 81013/u)
  })
})

describe('an access token of WeChat Work', () => {
  it('is got anew when the vendor ends it, and the message goes out in the same attempt', async () => {
    const { vendor, send, paths } = bench
    await send()
    vendor.tokens.revoke()
    assert.equal((await send())[0]?.outcome, 'sent')
    assert.deepEqual(paths(), [getToken, postMessage, postMessage, getToken, postMessage])
  })

  it('is got anew before it ends', async () => {
    const { clock, send, paths } = bench
    await send()
    await clock.advance(7_200_000 - 300_000)
    await send()
    assert.equal(paths().filter((path) => path === getToken).length, 2)
  })

  it('is used no longer than tokenExpires', async () => {
    const { clock, planOf, send, paths } = bench
    const parts = planOf({ options: { tokenExpires: '10m' } })
    await send(parts)
    await clock.advance(599_999)
    await send(parts)
    await clock.advance(1)
    await send(parts)
    assert.equal(paths().filter((path) => path === getToken).length, 2)
  })

  it('is got once for many messages at the same time, also when all of them find it refused', async () => {
    const { vendor, rig, secrets, planOf, send, paths } = bench
    await send()
    vendor.tokens.revoke()
    const [part] = planOf()
    const before = vendor.tokens.issued.length
    const deliveries = await Promise.all(
      Array.from({ length: 20 }, () => bench.sender.send(part ?? assert.fail(), rig.context(secrets))),
    )
    assert.ok(deliveries.every(({ outcome }) => outcome === 'sent'))
    assert.equal(vendor.tokens.issued.length, before + 1)
    assert.equal(paths().filter((path) => path === getToken).length, 2)
  })

  it('is asked for once more only, however often it is refused', async () => {
    const { vendor, send, paths } = bench
    for (const errcode of [40014, 42001, 41001, 40001]) {
      vendor.trouble = { errcode }
      const before = paths().length
      const [delivery] = await send()
      assert.equal(delivery?.outcome, errcode === 40001 ? 'failed' : 'retry')
      assert.ok('reason' in delivery && delivery.reason === 'authError')
      assert.deepEqual(paths().slice(before), [getToken, postMessage, getToken, postMessage])
    }
  })

  it('is not remembered when there is none in the answer, and an error is never remembered', async () => {
    const { vendor, send } = bench
    const troubles = [{ errcode: 0 }, { errcode: 40001 }, { errcode: -1 }, 'html', 'reset', { status: 503 }] as const
    for (const trouble of troubles) {
      vendor.tokenTrouble = trouble
      assert.notEqual((await send())[0]?.outcome, 'sent')
      vendor.tokenTrouble = undefined
      vendor.tokens.revoke()
      assert.equal((await send())[0]?.outcome, 'sent')
      vendor.tokens.revoke()
    }
  })

  it('belongs to its app and secret', async () => {
    const { rig, planOf, send } = bench
    await send()
    const [delivery] = await send(planOf({ config: { wechatApiCorpId: 'other' } }))
    assert.equal(delivery?.outcome, 'failed')
    assert.match(delivery.detail, /errcode 40013: .*wechatApiCorpId/u)
    const [part] = planOf()
    const changed = await bench.sender.send(part ?? assert.fail(), rig.context({ 'wechat/secret': 'another-secret' }))
    assert.deepEqual([changed.outcome, 'reason' in changed && changed.reason], ['failed', 'authError'])
  })
})
