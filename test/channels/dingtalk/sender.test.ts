import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createRig } from '../../support/channel-rig.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { fingerprintsIn, fingerprintsUpTo } from '../chat-notifications.ts'
import { conversation, open, openBench, robot, type DingTalkBench } from './dingtalk-bench.ts'

let bench: DingTalkBench
beforeEach(async () => {
  bench = await openBench()
})
afterEach(() => bench.close())

describe('a message through a DingTalk robot', () => {
  it('is signed and has the keyword', async () => {
    const { vendor, send } = bench
    assert.deepEqual(await send({ chatbot: robot }), [
      { outcome: 'sent', detail: `${vendor.peer.origin} took the message` },
    ])
    assert.match(vendor.messages[0]?.content ?? '', /\[firing\] 0000.*\n\n\[Keywords\] kubesphere$/su)
    assert.deepEqual(JSON.parse(vendor.peer.requests[0]?.body ?? ''), {
      msgtype: 'text',
      text: { content: vendor.messages[0]?.content },
    })
  })

  it('needs neither signature nor keyword when the robot asks for none', async () => {
    const { vendor, send } = bench
    assert.equal((await send({ chatbot: open }))[0]?.outcome, 'sent')
    assert.doesNotMatch(vendor.peer.requests[0]?.path ?? '', /sign|timestamp/u)
  })

  it('without what the robot asks for is refused with the remedy', async () => {
    const { send } = bench
    const webhook = { name: 'robot', key: 'webhook' }
    const [noKeyword] = await send({ chatbot: { webhook, secret: { name: 'robot', key: 'secret' } } })
    assert.ok(noKeyword?.outcome === 'failed' && noKeyword.reason === 'authError')
    assert.match(noKeyword.detail, /chatbot\.keywords.*关键词不匹配/u)
    const [noSecret] = await send({ chatbot: { webhook, keywords: ['kubesphere'] } })
    assert.match(noSecret?.detail ?? '', /chatbot\.secret.*签名不匹配/u)
  })

  it('is signed by the clock at hand, and a clock that is an hour off is named', async () => {
    const { clock, send } = bench
    const skewed = createFakeClock(clock.now() + 3_600_000 + 60_000)
    await bench.reopen({ clock: skewed })
    const [delivery] = await send({ chatbot: robot })
    assert.equal(delivery?.outcome, 'failed')
    assert.match(delivery.detail, /the clock here is 61 minutes ahead of DingTalk's/u)
  })

  it('tells a thousand alerts in parts that a strict robot takes, each alert once and in order', async () => {
    const { vendor, send } = bench
    const deliveries = await send({ chatbot: robot }, 1_000)
    assert.ok(deliveries.length > 1 && deliveries.length <= 20)
    assert.ok(deliveries.every(({ outcome }) => outcome === 'sent'))
    assert.deepEqual(fingerprintsIn(vendor.messages.map(({ content }) => content)), fingerprintsUpTo(1_000))
  })

  it('that is one too many in a minute is tried again after a minute', async () => {
    const { send } = bench
    for (let count = 0; count < 20; count += 1) await send({ chatbot: robot })
    const [delivery] = await send({ chatbot: robot })
    assert.ok(delivery?.outcome === 'retry' && delivery.reason === 'rateLimited' && delivery.afterMs === 60_000)
    assert.equal((await send({ chatbot: open }))[0]?.outcome, 'sent')
  })

  it('waits for the mending of a Secret that holds no address', async () => {
    const { secrets, send, paths } = bench
    secrets['robot/webhook'] = 'not-an-address'
    const [delivery] = await send({ chatbot: robot })
    assert.ok(delivery?.outcome === 'retry' && delivery.reason === 'authError')
    assert.match(delivery.detail, /key webhook of Secret robot must be the webhook address/u)
    assert.deepEqual(paths(), [])
  })

  it('goes only where the policy lets it', async () => {
    const { secrets, planOf } = bench
    const strict = createRig({ egress: { allow: [] } })
    const [part] = planOf({ chatbot: robot })
    await bench.reopen(strict.deps)
    const delivery = await bench.sender.send(part ?? assert.fail(), strict.context(secrets))
    assert.ok(delivery.outcome === 'retry' && delivery.reason === 'addressRefused')
    await strict.close()
  })
})

describe('a message to a DingTalk conversation', () => {
  it('is sent as documented, with a token that is got once', async () => {
    const { vendor, send, paths } = bench
    assert.equal((await send({ conversation }))[0]?.outcome, 'sent')
    await send({ conversation })
    assert.deepEqual(paths(), ['/gettoken', '/chat/send', '/chat/send'])
    assert.deepEqual(JSON.parse(vendor.peer.requests[1]?.body ?? ''), {
      chatid: 'chat1',
      msg: { msgtype: 'text', text: { content: vendor.messages[0]?.content } },
    })
  })

  it('gets a new token when the vendor ends it, and goes out in the same attempt', async () => {
    const { vendor, send, paths } = bench
    await send({ conversation })
    vendor.tokens.revoke()
    assert.equal((await send({ conversation }))[0]?.outcome, 'sent')
    vendor.trouble = { errcode: 88, errmsg: 'gateway' }
    assert.equal((await send({ conversation }))[0]?.outcome, 'failed')
    assert.deepEqual(paths().slice(2), ['/chat/send', '/gettoken', '/chat/send', '/chat/send'])
  })

  it('fails for a conversation or keys that are wrong, and says which', async () => {
    const { secrets, send } = bench
    const [noChat] = await send({ conversation: { chatid: 'other' } })
    assert.ok(noChat?.outcome === 'failed' && noChat.reason === 'clientError')
    assert.match(noChat.detail, /errcode 34001.*conversation\.chatid/u)
    secrets['app/appsecret'] = 'wrong-s3cret'
    const [denied] = await send({ conversation })
    assert.ok(denied?.outcome === 'failed' && denied.reason === 'authError')
    assert.match(denied.detail, /errcode 40096.*appkey and appsecret/u)
  })

  it('waits while the config in force has no application', async () => {
    const { rig, secrets, planOf, paths } = bench
    const [part] = planOf({ conversation }, 1, {})
    const delivery = await bench.sender.send(part ?? assert.fail(), rig.context(secrets))
    assert.ok(delivery.outcome === 'retry' && delivery.reason === 'configNotFound')
    assert.deepEqual(paths(), [])
  })

  it('goes on its own, whatever becomes of the robot', async () => {
    const { vendor, secrets, send } = bench
    secrets['robot/secret'] = 'SECwrong-one'
    const [bot, chat] = await send({ chatbot: robot, conversation })
    assert.deepEqual([bot?.outcome, chat?.outcome], ['failed', 'sent'])
    assert.deepEqual(
      vendor.messages.map(({ to }) => to),
      ['chat1'],
    )
  })
})
