import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { dingtalk } from '../../../src/channels/dingtalk/dingtalk.ts'
import {
  type DingTalkConfigSpec,
  type DingTalkOptions,
  type DingTalkReceiverSpec,
} from '../../../src/channels/dingtalk/schema.ts'
import { notificationKinds, planInput, renderOf } from '../../support/channel-rig.ts'
import {
  fingerprintsIn,
  fingerprintsUpTo,
  manyAlerts,
  marksOf,
  mixedSummary,
  renderLines,
  type PlanOf,
} from '../chat-notifications.ts'

const webhook = { name: 'robot', key: 'webhook' }
const config: DingTalkConfigSpec = {
  conversation: { appkey: { name: 'app', key: 'appkey' }, appsecret: { name: 'app', key: 'appsecret' } },
}
const chatbot: DingTalkReceiverSpec = { chatbot: { webhook, keywords: ['kubesphere'] } }
const conversation: DingTalkReceiverSpec = { conversation: { chatid: 'chat1' } }
const both: DingTalkReceiverSpec = { ...chatbot, ...conversation }

function planOf(
  receiver: DingTalkReceiverSpec,
  rest: PlanOf<DingTalkConfigSpec, DingTalkReceiverSpec, DingTalkOptions> = {},
) {
  const { notification } = rest
  const render = notification === undefined ? {} : { render: renderLines(notification) }
  return dingtalk.plan(planInput({ receiver, config, options: {}, ...render, ...rest }))
}

/** How large the request's JSON is: what the vendor counts. */
function bodyBytes(content: string): number {
  return Buffer.byteLength(JSON.stringify({ msgtype: 'text', text: { content } }))
}

describe('a plan for DingTalk', () => {
  it('is one message to each that is declared, and to nobody else', () => {
    const targets = (receiver: DingTalkReceiverSpec) =>
      planOf(receiver).map(({ request, marks }) => [request.target, ...marks])
    assert.deepEqual(targets(chatbot), [['chatbot', 'bot:/robot/webhook alerts 0']])
    assert.deepEqual(targets(conversation), [['conversation', 'chat:chat1 alerts 0']])
    assert.deepEqual(targets(both), [...targets(chatbot), ...targets(conversation)])
  })

  it('holds references, throttles and the text', () => {
    const [bot, chat] = planOf({ ...both, chatbot: { webhook, secret: webhook } })
    assert.deepEqual(bot?.request, {
      target: 'chatbot',
      webhook,
      secret: webhook,
      text: 'firing KubePodCrashLooping',
      throttle: { limit: 20, perMs: 60_000, maxWaitMs: 10_000 },
    })
    assert.deepEqual(chat?.request, {
      target: 'conversation',
      chatid: 'chat1',
      app: config.conversation,
      text: 'firing KubePodCrashLooping',
      maxTokenAgeMs: 7_200_000,
      throttle: { limit: 25, perMs: 1_000, maxWaitMs: 1_000 },
    })
  })

  it('takes throttles and the life of tokens from the options, in nanoseconds or as durations', () => {
    const options: DingTalkOptions = {
      chatBotThrottle: { threshold: 5, unit: '30s', maxWaitTime: 0 },
      conversationThrottle: { threshold: 7, unit: 2_000_000_000, maxWaitTime: '500ms' },
      tokenExpires: 600_000_000_000,
    }
    const [bot, chat] = planOf(both, { options })
    assert.deepEqual(bot?.request.throttle, { limit: 5, perMs: 30_000, maxWaitMs: 0 })
    assert.deepEqual(chat?.request.throttle, { limit: 7, perMs: 2_000, maxWaitMs: 500 })
    assert.equal('maxTokenAgeMs' in chat.request && chat.request.maxTokenAgeMs, 600_000)
    const [noUnit] = planOf(chatbot, { options: { chatBotThrottle: { unit: 0 } } })
    assert.equal(noUnit?.request.throttle.perMs, 60_000)
  })

  it('adds the keywords that a message lacks, to each message', () => {
    const text = (keywords: readonly string[], rendered: string): string =>
      planOf({ chatbot: { webhook, keywords: [...keywords] } }, { render: () => ({ text: rendered }) })[0]?.request
        .text ?? ''
    assert.equal(text(['kubesphere'], 'an alert'), 'an alert\n\n[Keywords] kubesphere')
    assert.equal(text(['kubesphere'], 'an alert of kubesphere'), 'an alert of kubesphere')
    assert.equal(text(['alert', 'kube', 'kube', ' '], 'an alert'), 'an alert\n\n[Keywords] kube')
    assert.equal(text(['Alert'], 'an alert'), 'an alert\n\n[Keywords] Alert', 'upper and lower case are told apart')
    assert.equal(text([], 'an alert'), 'an alert')
    assert.equal(text(['告警\u0000\r\n'], 'x'), 'x\n\n[Keywords] 告警')
    const [, chat] = planOf(both, { render: () => ({ text: 'x' }) })
    assert.equal(chat?.request.text, 'x', 'conversations have no keywords')
  })

  it('tells a thousand alerts in order, each once, in no request above the limit, each with keyword and place', () => {
    const notification = manyAlerts(1_000, mixedSummary)
    const parts = planOf(both, { notification })
    for (const [target, limit] of [
      ['chatbot', 20_000],
      ['conversation', 5_040],
    ] as const) {
      const texts = parts.filter(({ request }) => request.target === target).map(({ request }) => request.text)
      assert.ok(texts.length > 2)
      assert.ok(texts.every((text) => bodyBytes(text) <= limit))
      assert.deepEqual(fingerprintsIn(texts), fingerprintsUpTo(1_000))
      assert.ok(texts.every((text, index) => text.includes(`(${index + 1}/${texts.length})`)))
      assert.equal(
        texts.every((text) => text.includes('kubesphere')),
        target === 'chatbot',
      )
    }
  })

  it('counts what a text takes in the request: quotes and line ends take two bytes', () => {
    const notification = manyAlerts(500, () => '"\\\n'.repeat(40))
    const parts = planOf(chatbot, { notification })
    assert.ok(parts.every(({ request }) => bodyBytes(request.text) <= 20_000))
    assert.ok(parts.some(({ request }) => bodyBytes(request.text) > 15_000))
  })

  it('takes lower limits, and never higher ones than the vendor', () => {
    const notification = manyAlerts(200, mixedSummary)
    const longest = (bytes: number): number => {
      const options = { chatbotMessageMaxSize: bytes, conversationMessageMaxSize: bytes }
      return Math.max(...planOf(both, { notification, options }).map(({ request }) => bodyBytes(request.text) - 40))
    }
    assert.ok(longest(1_000) <= 1_000)
    assert.ok(longest(1) <= 256, 'below 256 bytes nothing can be told')
    assert.ok(longest(10_000_000) <= 19_960)
  })

  it('keeps within the limit whatever the keywords are', () => {
    const notification = manyAlerts(30, mixedSummary)
    const keyword = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(fc.array(keyword, { maxLength: 30 }), fc.integer({ min: 256, max: 3_000 }), (keywords, size) => {
        const parts = planOf(
          { chatbot: { webhook, keywords } },
          { notification, options: { chatbotMessageMaxSize: size } },
        )
        assert.ok(parts.every(({ request }) => bodyBytes(request.text) - 40 <= size))
        assert.deepEqual(marksOf(parts).length, parts.length)
      }),
      { numRuns: 50 },
    )
  })

  it('leaves out what has arrived: each of the two by itself, message by message', () => {
    const notification = manyAlerts(500, mixedSummary)
    const all = planOf(both, { notification })
    const bots = all.filter(({ request }) => request.target === 'chatbot')
    const arrived = [...bots.slice(0, 1), ...all.slice(bots.length + 1)]
    const left = planOf(both, { notification, done: new Set(marksOf(arrived)) })
    assert.deepEqual(left, [...bots.slice(1), all[bots.length]])
    assert.deepEqual(planOf(both, { notification, done: new Set(marksOf(all)) }), [])
  })

  it('still tells the chatbot, and makes the conversation wait, while the config has no application', () => {
    for (const without of [undefined, {}]) {
      const [bot, chat] = planOf(both, { config: without })
      assert.equal(bot?.request.target, 'chatbot')
      assert.ok(chat?.request.target === 'conversation' && chat.request.app === undefined)
    }
  })

  it('has only characters that the vendor takes, for any label', () => {
    for (const notification of Object.values(notificationKinds())) {
      for (const { request } of planOf(both, { notification, render: renderOf(notification) })) {
        assert.doesNotMatch(JSON.stringify(request.text), /\\u/u)
      }
    }
    const [empty] = planOf(chatbot, { render: () => ({ text: '\u0000 ' }), templates: { body: 'mine' } })
    assert.match(empty?.request.text ?? '', /^\(the template mine gave no text\)/u)
  })
})

describe('the channel dingtalk', () => {
  it('needs a config for conversations only', () => {
    assert.equal(dingtalk.needsConfig({ chatbot: { webhook } }), false)
    assert.equal(dingtalk.needsConfig({ conversation: { chatid: 'chat1' } }), true)
  })

  it('has a deadline of 3 s unless told otherwise', () => {
    assert.deepEqual([dingtalk.timeoutMs({}), dingtalk.timeoutMs({ notificationTimeout: '5s' })], [3_000, 5_000])
  })
})
