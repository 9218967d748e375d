import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { slack } from '../../../src/channels/slack/slack.ts'
import { type Notification } from '../../../src/model/notification.ts'
import { anAlert, aNotification, planInput } from '../../support/channel-rig.ts'
import { library } from '../../templates/support.ts'
import { messagesOf, planWith, tokenSecret } from './planning.ts'

function many(count: number, labels: Readonly<Record<string, string>> = {}): Notification {
  const alerts = [...Array(count).keys()].map((place) =>
    anAlert({ pod: `api-${place}`, ...labels }, { fingerprint: place.toString(16).padStart(16, '0') }),
  )
  return aNotification(alerts)
}

const custom = library({
  'mine.liquid':
    '{% define "mine" %}*{{ alerts.size }}* <!here> <https://wiki.test/a|wiki>{% for alert in alerts %}\n' +
    '{{ alert.fingerprint }} {{ alert.labels.pod }}{% endfor %}{% enddefine %}',
})

function textsOf(notification: Notification, done: readonly string[] = []): readonly string[] {
  return messagesOf(planWith({ notification, body: 'mine', templates: custom, done })).map(({ text }) => text)
}

function fingerprintsIn(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.match(/^[\da-f]{16}/gmu) ?? [])
}

describe('planning messages for Slack', () => {
  it('gives a reference to the token, never a token', () => {
    const [part] = planWith({ notification: many(1) })
    assert.deepEqual(part?.request.token, tokenSecret)
    assert.deepEqual([part.summary, part.marks], ['1 message to a Slack channel', ['channel:#ops alerts 0']])
  })

  it('sends the text of a template as its author wrote it, with the values of alerts disarmed', () => {
    const notification = many(1, { pod: '<!channel> & <https://evil.test|x>' })
    const [message] = messagesOf(planWith({ notification, body: 'mine', templates: custom }))
    assert.deepEqual([message?.blocks, message?.attachments], [undefined, undefined])
    assert.equal(
      message?.text,
      '*1* <!here> <https://wiki.test/a|wiki>\n0000000000000000 &lt;!channel&gt; &amp; &lt;https://evil.test|x&gt;',
    )
  })

  it('sends no control characters, and never nothing', () => {
    const render = (text: string): string =>
      messagesOf(
        slack.plan(
          planInput({
            notification: many(1),
            receiver: { channel: '#ops' },
            config: { slackTokenSecret: tokenSecret },
            options: {},
            templates: { body: 'mi<ne' },
            render: () => ({ text }),
          }),
        ),
      )[0]?.text ?? ''
    assert.equal(render('a\u0000b\r\nc\u0007\ud83d'), 'ab\nc\ufffd')
    assert.equal(render(' \u0000\n'), '(the template mi&lt;ne gave no text)')
  })

  it('takes a default that a template file has replaced for a template of its author', () => {
    const templates = library({ 'text.liquid': '{% define "nm.default.text" %}ours: {{ alerts.size }}{% enddefine %}' })
    const [message] = messagesOf(planWith({ notification: many(3), templates }))
    assert.deepEqual([message?.text, message?.blocks], ['ours: 3', undefined])
  })

  it('tells the alerts, and why, when a template is broken', () => {
    const templates = library({
      'mine.liquid': '{% define "mine" %}{{ 1 | divided_by: 0 | json }}{% endfor %}{% enddefine %}',
    })
    const [message] = messagesOf(planWith({ notification: many(2), body: 'mine', templates }))
    assert.match(message?.text ?? '', /FIRING:2[^]*This message uses the default template/u)
  })

  it('splits a text at 4,000 characters, each alert in one message, marked', () => {
    const notification = many(1_000, { namespace: 'payments' })
    const texts = textsOf(notification)
    assert.deepEqual(
      fingerprintsIn(texts),
      notification.group.alerts.map(({ fingerprint }) => fingerprint),
    )
    for (const [index, text] of texts.entries()) {
      assert.ok(text.length <= 4_000)
      assert.ok(text.endsWith(`\n(${index + 1}/${texts.length})`))
    }
    assert.ok(texts.length < 10, `${texts.length} messages`)
  })

  it('cuts the text about an alert that is too long alone, and says by how much', () => {
    const [text = '', ...rest] = textsOf(many(1, { pod: '&'.repeat(3_000) }))
    assert.deepEqual(rest, [])
    assert.match(text, /(?:&amp;)+\n… \(\d+ characters cut\)$/u)
    assert.ok(text.length <= 4_000 && text.length > 3_950)
  })

  it('leaves out what has arrived, and sends what has not as it was', () => {
    for (const body of ['mine', 'nm.default.text']) {
      const planning = { notification: many(400), body, templates: custom }
      const parts = planWith(planning)
      assert.ok(parts.length > 2)
      const arrived = parts.filter((_, index) => index % 2 === 0).flatMap(({ marks }) => marks)
      const left = planWith({ ...planning, done: arrived })
      assert.deepEqual(
        left,
        parts.filter((_, index) => index % 2 === 1),
      )
      assert.deepEqual(planWith({ ...planning, done: parts.flatMap(({ marks }) => marks) }), [])
    }
  })

  it('tells every alert once when the template is changed after some messages have arrived', () => {
    const notification = many(400)
    const blocks = planWith({ notification })
    const texts = planWith({ notification, body: 'mine', templates: custom })
    const told = (parts: typeof blocks): readonly string[] =>
      JSON.stringify(messagesOf(parts)).match(/(?<=[`n])[\da-f]{16}(?=[` ])/gu) ?? []
    const everybody = notification.group.alerts.map(({ fingerprint }) => fingerprint)
    for (const [first, then] of [
      [blocks, { notification, body: 'mine', templates: custom }],
      [texts, { notification }],
    ] as const) {
      const arrived = first.slice(1, 3)
      const left = planWith({ ...then, done: arrived.flatMap(({ marks }) => marks) })
      assert.deepEqual([...told(arrived), ...told(left)].toSorted(), everybody)
    }
  })

  it('tells all to another channel when the receiver has been changed meanwhile', () => {
    const notification = many(3)
    const done = planWith({ notification }).flatMap(({ marks }) => marks)
    assert.equal(planWith({ notification, done, channel: '#other' }).length, 1)
  })

  it('gives the same messages for the same notification', () => {
    const notification = many(100)
    assert.deepEqual(planWith({ notification }), planWith({ notification }))
  })
})
