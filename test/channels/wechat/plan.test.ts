import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type WechatConfigSpec,
  type WechatOptions,
  type WechatReceiverSpec,
} from '../../../src/channels/wechat/schema.ts'
import { wechat } from '../../../src/channels/wechat/wechat.ts'
import { aNotification, anAlert, notificationKinds, planInput, renderOf } from '../../support/channel-rig.ts'
import {
  fingerprintsIn,
  fingerprintsUpTo,
  manyAlerts,
  marksOf,
  mixedSummary,
  renderLines,
  type PlanOf,
} from '../chat-notifications.ts'

const config: WechatConfigSpec = {
  wechatApiUrl: 'https://relay.example/s3cret-path/cgi-bin',
  wechatApiCorpId: 'corp',
  wechatApiAgentId: '1000002',
  wechatApiSecret: { name: 'wechat', key: 'secret' },
}

function planOf(
  receiver: WechatReceiverSpec = { toUser: 'ann' },
  rest: PlanOf<WechatConfigSpec, WechatReceiverSpec, WechatOptions> = {},
) {
  const { notification } = rest
  const render = notification === undefined ? {} : { render: renderLines(notification) }
  return wechat.plan(planInput({ receiver, config, options: {}, ...render, ...rest }))
}

function bytes(text: string): number {
  return Buffer.byteLength(text)
}

describe('a plan for WeChat Work', () => {
  it('is one message to all that are named', () => {
    const parts = planOf({ toUser: 'ann|bob', toParty: '1', toTag: '2' })
    assert.deepEqual(
      parts.map(({ summary, marks }) => [summary, marks]),
      [
        [
          '1 WeChat Work message to 2 users, 1 department and 1 tag',
          ['user:ann alerts 0', 'user:bob alerts 0', 'party:1 alerts 0', 'tag:2 alerts 0'],
        ],
      ],
    )
    const { toUser, toParty, toTag, last, text, maxTokenAgeMs } = parts[0]?.request ?? assert.fail()
    assert.deepEqual(
      [toUser, toParty, toTag, last, text, maxTokenAgeMs],
      ['ann|bob', '1', '2', true, 'firing KubePodCrashLooping', 7_200_000],
    )
  })

  it('shows no address of the API beyond its origin, and no secret', () => {
    const parts = planOf()
    assert.equal(parts[0]?.request.origin, 'https://relay.example')
    assert.doesNotMatch(JSON.stringify(parts) + inspect(parts, { depth: null }), /s3cret-path/u)
  })

  it('tells a thousand alerts in order, each once, in no message above 2,048 bytes', () => {
    const notification = manyAlerts(1_000, mixedSummary)
    const parts = planOf({ toUser: 'ann|bob' }, { notification })
    const texts = parts.map(({ request }) => request.text)
    assert.ok(parts.length > 20)
    assert.ok(texts.every((text) => bytes(text) <= 2_048))
    assert.deepEqual(fingerprintsIn(texts), fingerprintsUpTo(1_000))
    assert.deepEqual(
      texts.map((text) => text.split('\n').at(-1)),
      texts.map((_, index) => `(${index + 1}/${texts.length})`),
    )
    assert.deepEqual(
      parts.map(({ request }) => request.last),
      parts.map((_, index) => index === parts.length - 1),
    )
  })

  it('takes a lower messageMaxSize, and never a higher one than the vendor', () => {
    const notification = manyAlerts(100, mixedSummary)
    const longest = (messageMaxSize: number): number =>
      Math.max(
        ...planOf({ toUser: 'ann' }, { notification, options: { messageMaxSize } }).map(({ request }) =>
          bytes(request.text),
        ),
      )
    assert.ok(longest(600) <= 600)
    assert.ok(longest(1) <= 256, 'below 256 bytes nothing can be told')
    assert.ok(longest(1_000_000) <= 2_048 && longest(1_000_000) > 1_500)
  })

  it('cuts an alert that is too long alone, says so, and keeps characters and links whole', () => {
    const notification = manyAlerts(2, () => `${'内存🔥'.repeat(800)} <a href="https://x.test/">x</a>`)
    const parts = planOf({ toUser: 'ann' }, { notification })
    assert.equal(parts.length, 2)
    for (const { request } of parts) {
      assert.ok(bytes(request.text) <= 2_048)
      assert.match(request.text, /… \(\d+ characters cut\)/u)
      assert.ok(request.text.isWellFormed() && !request.text.includes('\uFFFD'))
    }
  })

  it('leaves out exactly those who have been told', () => {
    const notification = manyAlerts(60, mixedSummary)
    const all = planOf({ toUser: 'ann|bob' }, { notification })
    assert.ok(all.length > 1)
    const [first, ...rest] = all
    const again = planOf({ toUser: 'ann|bob' }, { notification, done: new Set(first?.marks) })
    assert.deepEqual(again, rest, 'the same texts with the same marks')
    assert.deepEqual(planOf({ toUser: 'ann|bob' }, { notification, done: new Set(marksOf(all)) }), [])
  })

  it('tells somebody who joins between two attempts everything, and nobody anything twice', () => {
    const notification = manyAlerts(60, mixedSummary)
    const [first, ...rest] = planOf({ toUser: 'ann' }, { notification })
    const again = planOf({ toUser: 'ann|bob' }, { notification, done: new Set(first?.marks) })
    const textsTo = (user: string) =>
      again.filter(({ request }) => request.toUser === user).map(({ request }) => request.text)
    assert.deepEqual(
      textsTo('ann'),
      rest.map(({ request }) => request.text),
    )
    assert.deepEqual(
      textsTo('bob'),
      [first, ...rest].map((part) => part?.request.text),
    )
    assert.equal(again.length, textsTo('ann').length + textsTo('bob').length)
  })

  it('tells each alert once over all attempts, whatever arrived, and whatever limit is in force then', () => {
    const notification = manyAlerts(40, mixedSummary)
    const sizes = fc.constantFrom(256, 700, 1_200, 2_048)
    fc.assert(
      fc.property(fc.array(fc.tuple(sizes, fc.nat()), { minLength: 1, maxLength: 5 }), (attempts) => {
        const done = new Set<string>()
        const told: string[] = []
        for (const [messageMaxSize, arrive] of [...attempts, [2_048, undefined] as const]) {
          const parts = planOf({ toUser: 'ann' }, { notification, options: { messageMaxSize }, done })
          for (const part of parts.slice(0, arrive === undefined ? undefined : arrive % (parts.length + 1))) {
            for (const mark of part.marks) done.add(mark)
            told.push(part.request.text)
          }
        }
        assert.deepEqual(fingerprintsIn(told).toSorted(), fingerprintsUpTo(40))
      }),
      { numRuns: 50 },
    )
  })

  it('tells thousands of users a large notification without taking long', () => {
    const users = Array.from({ length: 2_500 }, (_, index) => `user${index}`)
    const notification = manyAlerts(300, mixedSummary)
    const all = planOf({ toUser: users.join('|') }, { notification })
    const calls = all.length / 3
    assert.ok(Number.isInteger(calls))
    const again = planOf({ toUser: users.join('|') }, { notification, done: new Set(marksOf(all.slice(0, calls + 1))) })
    assert.equal(again.length, all.length - calls - 1)
  })

  it('has only characters that the vendor takes, for any label', () => {
    for (const notification of Object.values(notificationKinds())) {
      const [part] = planOf({ toUser: 'ann' }, { notification, render: renderOf(notification) })
      assert.doesNotMatch(JSON.stringify(part?.request.text), /\\u/u)
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const [part] = planOf({ toUser: 'ann' }, { render: () => ({ text }) })
        const sent = part?.request.text ?? ''
        assert.doesNotMatch(JSON.stringify(sent), /(?<!\\)(?:\\\\)*\\u/u)
        assert.notEqual(sent.trim(), '')
      }),
      { numRuns: 100 },
    )
  })

  it('makes no links of labels with the default template, and keeps those of a custom one', () => {
    const text = 'see <a href="https://evil.test">Grafana</a> and <A\nHREF=x>y</A>'
    const render = () => ({ text })
    const [byDefault] = planOf({ toUser: 'ann' }, { render })
    assert.doesNotMatch(byDefault?.request.text ?? '', /<\/?a/iu)
    assert.equal(byDefault?.request.text.replaceAll('\u200B', ''), text, 'it looks the same')
    const [custom] = planOf({ toUser: 'ann' }, { render, templates: { body: 'mine' } })
    assert.equal(custom?.request.text, text)
    const fallback = () => ({ text, fallback: 'line 1 is wrong' })
    const [fallen] = planOf({ toUser: 'ann' }, { render: fallback, templates: { body: 'mine' } })
    assert.doesNotMatch(fallen?.request.text ?? '', /<\/?a/iu)
  })

  it('says so when a template gives no text, for an empty message would be refused', () => {
    const [part] = planOf({ toUser: 'ann' }, { render: () => ({ text: ' \r\n\u0000' }), templates: { body: 'mine' } })
    assert.equal(part?.request.text, '(the template mine gave no text)')
  })

  it('is one message for a notification without alerts', () => {
    const notification = aNotification([])
    const [part, ...rest] = planOf({ toUser: 'ann' }, { notification })
    assert.deepEqual(rest, [])
    assert.deepEqual(planOf({ toUser: 'ann' }, { notification, done: new Set(part?.marks) }), [])
  })

  it('asks for the template in force', () => {
    const asked: string[] = []
    const render = (name: string, format: string) => {
      asked.push(`${name} ${format}`)
      return { text: 'x' }
    }
    planOf({ toUser: 'ann' }, { render, templates: { body: 'mine' }, notification: aNotification([anAlert()]) })
    assert.deepEqual(asked, ['mine text'])
  })
})

describe('the channel wechat', () => {
  it('needs a config, and somebody to tell', () => {
    assert.equal(wechat.needsConfig({ toUser: 'one' }), true)
    const check = (spec: WechatReceiverSpec) => wechat.receiver.check?.(spec as never) ?? []
    assert.deepEqual(check({ toTag: '1' }), [])
    assert.match(check({ toUser: ' | ' })[0]?.message ?? '', /names nobody/u)
  })

  it('refuses a base address that is none, without quoting it', () => {
    const check = (wechatApiUrl: string) => wechat.config.check?.({ ...config, wechatApiUrl } as never) ?? []
    assert.deepEqual([check('https://relay.test/x'), check('http://127.0.0.1:1')], [[], []])
    const [fault] = check('https://[s3cret')
    assert.equal(fault?.path, 'spec.wechatApiUrl')
    assert.doesNotMatch(JSON.stringify(fault), /s3cret/u)
  })

  it('takes tokenExpires in nanoseconds or as a duration', () => {
    const age = (tokenExpires: number | string) =>
      planOf({ toUser: 'a' }, { options: { tokenExpires } })[0]?.request.maxTokenAgeMs
    assert.deepEqual([age(60_000_000_000), age('30m'), age(0), age('0s')], [60_000, 1_800_000, 7_200_000, 7_200_000])
  })

  it('has a deadline of 3 s unless told otherwise', () => {
    assert.deepEqual([wechat.timeoutMs({}), wechat.timeoutMs({ notificationTimeout: 10 })], [3_000, 10_000])
  })
})
