import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { type Destination, type SendContext, type Sender } from '../../../src/channels/channel.ts'
import { type SlackRequest } from '../../../src/channels/slack/plan.ts'
import { slack } from '../../../src/channels/slack/slack.ts'
import { type Delivery } from '../../../src/model/delivery.ts'
import { aNotification, createRig, type Rig } from '../../support/channel-rig.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { refusal, startSlack, type SlackVendor } from '../../support/vendors/slack.ts'
import { messagesOf, planWith } from './planning.ts'

const token = 'xoxb-1-s3cret'
const clock = createFakeClock()

describe('sending to Slack', () => {
  let vendor: SlackVendor
  let rig: Rig
  let sender: Sender<SlackRequest>
  before(async () => {
    const channels = { '#ops': 'open', '#old': 'is_archived', '#away': 'not_in_channel' } as const
    vendor = await startSlack({ token, clock, channels, rateLimited: true })
    rig = createRig()
    sender = slack.open?.({ ...rig.deps, clock, apis: { slack: vendor.apiUrl } }) ?? assert.fail()
  })
  afterEach(async () => {
    vendor.trouble = undefined
    await clock.advance(1_000)
  })
  after(async () => {
    await sender.close()
    await rig.close()
    await vendor.stop()
  })

  async function send(channel = '#ops', value = token, signal = new AbortController().signal): Promise<Delivery> {
    const [part] = planWith({ notification: aNotification(), channel })
    return await sender.send(part ?? assert.fail(), rig.context({ 'slack/token': value }, signal))
  }

  it('posts JSON in UTF-8 with the token of the app', async () => {
    assert.deepEqual(await send(), { outcome: 'sent', detail: `${new URL(vendor.apiUrl).origin} took the message` })
    const { method, path, headers, body } = vendor.peer.requests.at(-1) ?? assert.fail()
    assert.deepEqual([method, path], ['POST', '/api/chat.postMessage'])
    assert.equal(headers.authorization, `Bearer ${token}`)
    assert.equal(headers['content-type'], 'application/json; charset=utf-8')
    assert.deepEqual(JSON.parse(body), messagesOf(planWith({ notification: aNotification() }))[0])
  })

  it('lets the message neither unfurl nor mention anybody, and says which notification it is', async () => {
    await send()
    const { body } = vendor.messages.at(-1) ?? assert.fail()
    assert.deepEqual([body['link_names'], body['unfurl_links'], body['unfurl_media']], [false, false, false])
    assert.deepEqual(body['metadata'], {
      event_type: 'alert_notification',
      event_payload: { notification: 'n-1', part: '4376a083f75d122e' },
    })
  })

  it('takes a base address with or without a slash at its end', async () => {
    const open = slack.open ?? assert.fail()
    for (const base of [vendor.apiUrl, vendor.apiUrl.slice(0, -1)]) {
      const other = open({ ...rig.deps, apis: { slack: base } })
      const [part] = planWith({ notification: aNotification() })
      assert.equal((await other.send(part ?? assert.fail(), rig.context({ 'slack/token': token }))).outcome, 'sent')
      await clock.advance(1_000)
    }
  })

  it('tells the remedy when the channel cannot be posted to', async () => {
    const detailOf = async (channel: string): Promise<string> => {
      const delivery = await send(channel)
      assert.deepEqual([delivery.outcome, 'reason' in delivery && delivery.reason], ['failed', 'clientError'])
      return delivery.detail ?? ''
    }
    assert.match(await detailOf('#away'), /not_in_channel; invite the app to the channel/u)
    assert.match(await detailOf('#old'), /is_archived; the channel is archived/u)
    assert.match(await detailOf('#nowhere'), /channel_not_found; invite the app/u)
  })

  it('says when the token is refused, without showing it', async () => {
    const delivery = await send('#ops', 'xoxb-wr0ng')
    assert.deepEqual([delivery.outcome, 'reason' in delivery && delivery.reason], ['failed', 'authError'])
    assert.match(delivery.detail ?? '', /invalid_auth; put a valid bot token/u)
    assert.doesNotMatch(JSON.stringify(delivery), /wr0ng/u)
  })

  it('waits as long as Slack asks when it is too fast', async () => {
    await send()
    const delivery = await send()
    assert.deepEqual(
      [delivery.outcome, 'reason' in delivery && delivery.reason, 'afterMs' in delivery && delivery.afterMs],
      ['retry', 'rateLimited', 1_000],
    )
  })

  it('asks for its turn at the channel, the app and the host, and sends nothing before it comes', async () => {
    const asked: (readonly Destination[])[] = []
    const deferred = {
      outcome: 'deferred',
      cause: 'throttle',
      reason: 'rateLimited',
      detail: 'wait',
      afterMs: 9,
    } as const
    const { length } = vendor.peer.requests
    for (const [channel, value] of [
      ['#ops', token],
      ['#ops', token],
      ['#away', token],
      ['#ops', 'other'],
    ] as const) {
      const [part] = planWith({ notification: aNotification(), channel })
      const context: SendContext = {
        ...rig.context({ 'slack/token': value }),
        admit: (...destinations) => {
          asked.push(destinations)
          return Promise.resolve(deferred)
        },
      }
      assert.deepEqual(await sender.send(part ?? assert.fail(), context), deferred)
    }
    assert.equal(vendor.peer.requests.length, length)
    const keys = asked.map((destinations) => destinations.map(({ key }) => key))
    assert.deepEqual(keys[0], keys[1])
    assert.deepEqual([keys[0]?.slice(0, 2), keys[0]?.[2] === keys[2]?.[2]], [keys[2]?.slice(0, 2), false])
    assert.deepEqual([keys[0]?.[0], keys[0]?.[1] === keys[3]?.[1]], [keys[3]?.[0], false])
    assert.deepEqual(
      asked[0]?.map(({ label, limits }) => [label, limits]),
      [
        ['Slack', undefined],
        ['Slack app', undefined],
        ['Slack channel', [{ limit: 1, perMs: 1_000 }]],
      ],
    )
  })

  it('sends without metadata where only the token of an app may send them', async () => {
    const bodies: string[] = []
    vendor.trouble = ({ body }) => {
      bodies.push(body)
      return body.includes('"metadata"')
        ? refusal('metadata_must_be_sent_from_app')
        : { status: 200, body: '{"ok":true}' }
    }
    assert.equal((await send()).outcome, 'sent')
    assert.equal(bodies.length, 2)
    const [first = '', second = ''] = bodies
    const { metadata, ...rest } = JSON.parse(first) as Record<string, unknown>
    assert.ok(metadata !== undefined)
    assert.deepEqual(JSON.parse(second), rest)
  })

  it('takes nothing for success that Slack did not say', async () => {
    const troubles = [
      'html',
      'garbage',
      'half',
      'reset',
      { status: 200, body: 'ok' },
      { status: 500 },
      { status: 204 },
    ] as const
    for (const trouble of troubles) {
      vendor.trouble = trouble
      assert.equal((await send()).outcome, 'retry', JSON.stringify(trouble))
    }
  })

  it('ends at its deadline when the answer comes drop by drop', async () => {
    vendor.trouble = 'drip'
    const delivery = await send('#ops', token, AbortSignal.timeout(100))
    assert.deepEqual([delivery.outcome, 'reason' in delivery && delivery.reason], ['retry', 'contextDeadlineExceeded'])
  })

  it('follows no redirect, which would carry the token elsewhere', async () => {
    vendor.trouble = { status: 302, headers: { location: 'https://evil.test/x' } }
    const { length } = vendor.peer.requests
    assert.equal((await send()).outcome, 'failed')
    assert.equal(vendor.peer.requests.length, length + 1)
  })

  it('waits for a Secret that is missing or no header', async () => {
    for (const value of ['', 'a\r\nb', 'schlüssel']) assert.equal((await send('#ops', value)).outcome, 'retry')
    const [part] = planWith({ notification: aNotification() })
    const delivery = await sender.send(part ?? assert.fail(), rig.context())
    assert.deepEqual([delivery.outcome, 'reason' in delivery && delivery.reason], ['retry', 'secretNotFound'])
  })
})
