import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { type Sender } from '../../../src/channels/channel.ts'
import { type SlackMessage } from '../../../src/channels/slack/message.ts'
import { type SlackRequest } from '../../../src/channels/slack/plan.ts'
import { settledPlaces } from '../../../src/channels/settled-alerts.ts'
import { slack } from '../../../src/channels/slack/slack.ts'
import { type Alert } from '../../../src/model/alert.ts'
import { type Notification } from '../../../src/model/notification.ts'
import { anAlert, aNotification, createRig, type Rig } from '../../support/channel-rig.ts'
import { faultInAttachments, faultInBlocks, parseMrkdwn, textsOf } from '../../support/vendors/slack-blocks.ts'
import { startSlack, type SlackVendor, type TakenMessage } from '../../support/vendors/slack.ts'
import { payloads } from '../../templates/payloads.ts'
import { messagesOf, planWith, type Planning } from './planning.ts'

const golden = new URL('../../fixtures/slack/', import.meta.url)

/** Compares with the kept file; UPDATE_GOLDEN=1 writes it instead, to be looked at in the diff. */
function matchesGolden(name: string, messages: readonly SlackMessage[]): void {
  const file = new URL(`${name}.json`, golden)
  const text = `${JSON.stringify(messages, null, 2)}\n`
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text)
  assert.ok(existsSync(file), `${name}.json is missing`)
  assert.equal(text, readFileSync(file, 'utf8'))
}

function fingerprint(place: number): string {
  return place.toString(16).padStart(16, '0')
}

/** An alert like many of its group, whose fingerprint is its number. */
function numbered(place: number, labels: Readonly<Record<string, string>> = {}, rest: Partial<Alert> = {}): Alert {
  const severity = ['warning', 'critical', 'info'][place % 3] ?? ''
  return anAlert({ pod: `api-${place}`, severity, ...labels }, { fingerprint: fingerprint(place), ...rest })
}

const hostileValues = [
  '<!channel> <!here> <!everyone> <@U123> <#C123>',
  '<https://evil.test|your runbook>',
  '``` never closed ` *bold _it',
  '\u202etxt.exe\u0000\u0007',
  '</b>&amp;&lt;!channel&gt; & < > &',
  '👩‍👩‍👧‍👦'.repeat(2_000),
  '<'.repeat(10_000),
  `https://example.com/${'x'.repeat(9_000)}`,
  '\u0301'.repeat(10_000),
  '',
]

/** A group in which every label, annotation and address is hostile. */
function hostile(): Notification {
  const alerts = hostileValues.flatMap((value, place) => [
    numbered(place, { alertname: value, severity: value, [`name ${value.slice(0, 50)}`]: value, constructor: value }),
    numbered(
      place + 100,
      { pod: value },
      {
        annotations: new Map(
          ['summary', 'description', 'runbook_url', 'dashboard', 'note'].map((name) => [name, value]),
        ),
        generatorURL: value,
        startsAt: value,
        status: 'resolved',
        endsAt: value,
      },
    ),
  ])
  return aNotification(alerts, { externalURL: 'javascript:alert(1)', truncatedAlerts: 3 })
}

describe('the default message for Slack', () => {
  let vendor: SlackVendor
  let rig: Rig
  let sender: Sender<SlackRequest>
  before(async () => {
    vendor = await startSlack({ token: 't' })
    rig = createRig()
    sender = slack.open?.({ ...rig.deps, apis: { slack: vendor.apiUrl } }) ?? assert.fail()
  })
  after(async () => {
    await sender.close()
    await rig.close()
    await vendor.stop()
  })

  /** What a Slack that checks everything has taken of a notification. */
  async function post(planning: Planning): Promise<readonly TakenMessage[]> {
    const { length } = vendor.messages
    for (const part of planWith(planning)) {
      const delivery = await sender.send(part, rig.context({ 'slack/token': 't' }))
      assert.equal(delivery.outcome, 'sent', delivery.detail)
    }
    return vendor.messages.slice(length)
  }

  /** Asserts that each alert of a notification is told in exactly one message. */
  function assertEachOnce(taken: readonly TakenMessage[], { group }: Notification): void {
    const seen = taken.flatMap(({ shown }) => [...shown.matchAll(/`([\da-f]{16})`/gu)].map(([, found]) => found ?? ''))
    assert.deepEqual(seen.toSorted(), group.alerts.map((alert) => alert.fingerprint).toSorted())
  }

  for (const [name, notification] of Object.entries(payloads)) {
    it(`of ${name} is the one that was looked at, and Slack takes it`, async () => {
      matchesGolden(name, messagesOf(planWith({ notification })))
      assert.ok((await post({ notification })).every(({ mentions }) => mentions.length === 0))
    })
  }

  it('tells firing alerts before resolved ones and severe ones before mild ones, each in its colour', () => {
    const over = { status: 'resolved', endsAt: '2026-01-01T01:00:00Z' } as const
    const alerts = [numbered(0), numbered(1, {}, over), numbered(2), numbered(4), numbered(3, {}, over)]
    const [message] = messagesOf(planWith({ notification: aNotification(alerts) }))
    assert.deepEqual(
      message?.attachments?.map(({ color, fallback }) => [color, fallback]),
      [
        ['#c4210f', 'firing: api-4'],
        ['#b45f06', 'firing: api-0'],
        ['#175cd3', 'firing: api-2'],
        ['#067647', 'resolved: api-1'],
        ['#067647', 'resolved: api-3'],
      ],
    )
  })

  it('shows ten alerts whole and the others on a line each', () => {
    const [message] = messagesOf(
      planWith({ notification: aNotification([...Array(14).keys()].map((place) => numbered(place))) }),
    )
    const { attachments = [] } = message ?? {}
    const counts = attachments.map(({ blocks }) => blocks.length)
    assert.deepEqual(counts, [...Array<number>(10).fill(3), 1])
    assert.equal(attachments.at(-1)?.fallback, '4 alerts')
  })

  it('of a thousand alerts is split within all limits, each alert in one message, marked and in order', async () => {
    const alerts = [...Array(1_000).keys()].map((place) =>
      numbered(
        place,
        place % 50 === 0 ? { pod: 'x'.repeat(2_000) } : {},
        place % 7 === 0 ? { status: 'resolved' } : {},
      ),
    )
    const notification = aNotification(alerts)
    const taken = await post({ notification })
    assertEachOnce(taken, notification)
    assert.deepEqual(
      taken.map(({ text }) => text.match(/ \(\d+\/\d+\)$/u)?.[0]),
      taken.map((_, index) => ` (${index + 1}/${taken.length})`),
    )
    assert.ok(taken.length < 30, `${taken.length} messages`)
    matchesGolden('thousand-first', messagesOf(planWith({ notification })).slice(0, 1))
  })

  it('of ten thousand alerts takes time in proportion', () => {
    const msOf = (count: number): number => {
      const notification = aNotification([...Array(count).keys()].map((place) => numbered(place)))
      const startedAt = performance.now()
      planWith({ notification })
      return performance.now() - startedAt
    }
    msOf(1_000)
    const small = msOf(2_000)
    const large = msOf(10_000)
    assert.ok(large < 20 * small + 500, `${small} ms for 2,000 alerts, ${large} ms for 10,000`)
  })

  it('pings nobody and forges no link, whatever the alerts say', async () => {
    const notification = hostile()
    const taken = await post({ notification })
    assertEachOnce(taken, notification)
    assert.deepEqual(
      taken.flatMap(({ mentions }) => mentions),
      [],
    )
    for (const token of taken.flatMap(({ links }) => links)) {
      const [, address = '', label] = /^<([^|]*)(?:\|(.*))?>$/u.exec(token) ?? []
      assert.match(address, /^https?:\/\/(?:evil\.test|example\.com|prometheus)/u)
      assert.ok(label === undefined || ['Query', 'Runbook', 'Dashboard'].includes(label), token)
    }
    assert.ok(taken.every(({ shown }) => !/[\u202e\u0000\u0007]/u.test(shown)))
    assert.ok(taken.every(({ shown }) => shown.isWellFormed()))
  })

  it('is valid, harmless and complete whatever the alerts say', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom('<', '>', '&', '|', '!', '@', '*', '`', '\n', 'x', ' '), maxLength: 400 }),
      fc.constantFrom(...hostileValues, 'https://example.com/a?b=1&c=<d>|e', 'constructor', '__proto__'),
    )
    const pairs = fc.array(fc.tuple(word, word), { maxLength: 14 }).map((found) => new Map(found))
    const alerts = fc.array(
      fc.record({ labels: pairs, annotations: pairs, generatorURL: word, startsAt: word, fired: fc.boolean() }),
      { minLength: 1, maxLength: 30, size: 'max' },
    )
    const property = fc.property(alerts, word, (found, externalURL) => {
      const told = found.map(({ fired, ...alert }, place) =>
        numbered(place, {}, { ...alert, status: fired ? 'firing' : 'resolved', endsAt: fired ? null : alert.startsAt }),
      )
      const parts = planWith({ notification: aNotification(told, { externalURL }) })
      const places = parts.flatMap(({ marks }) => [...settledPlaces('channel:#ops', marks)])
      assert.deepEqual(
        places.toSorted((one, other) => one - other),
        [...told.keys()],
      )
      for (const { text, blocks, attachments } of messagesOf(parts)) {
        assert.equal(faultInBlocks(blocks), undefined)
        assert.equal(faultInAttachments(attachments), undefined)
        assert.ok(textsOf([{ text }, blocks, attachments]).join('').length < 12_500)
        const parsed = textsOf([{ text }, blocks, attachments]).map(parseMrkdwn)
        assert.ok(parsed.every(({ mentions, broken }) => mentions.length === 0 && !broken))
      }
    })
    fc.assert(property, { numRuns: 60 })
  })

  it('says how much of a long value was cut, and how many labels do not fit', async () => {
    const labels = Object.fromEntries([...Array(15).keys()].map((place) => [`label_${place}`, `value ${place}`]))
    const [taken] = await post({ notification: aNotification([numbered(1, { ...labels, big: 'x'.repeat(10_000) })]) })
    assert.match(taken?.shown ?? '', /\*big\*\nx+ … \(98\d\d characters cut\)/u)
    assert.match(taken?.shown ?? '', /\*9 more\*\nlabel_14: value 14/u)
  })

  it('tells once what all alerts share', async () => {
    const about = new Map([
      ['summary', 'the node is gone'],
      ['runbook_url', 'https://runbooks.test/node'],
    ])
    const alerts = [1, 2, 3].map((place) => numbered(place, { cluster: 'eu-1' }, { annotations: about }))
    const [taken] = await post({ notification: aNotification(alerts) })
    const times = (words: string): number => (taken?.shown.split(words).length ?? 1) - 1
    assert.deepEqual([times('the node is gone'), times('cluster: eu-1'), times('*cluster*')], [1, 1, 0])
    assert.deepEqual(
      taken?.links.filter((token) => token.includes('runbooks')),
      ['<https://runbooks.test/node|Runbook>'],
    )
  })
})
