import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toWireGroup } from '../../src/model/wire.ts'
import { escapeHtml } from '../../src/templates/text-of.ts'
import { readStrictly } from './markup.ts'
import { hostileAlert, payloads } from './payloads.ts'
import { alert, library, notification } from './support.ts'

const built = library()
const nasty = fc.constantFrom(
  ...[
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</td></table>',
    '<!--',
    ']]>',
  ],
  ...[
    'javascript:alert(1)',
    '&lt;b&gt;',
    '&#0;',
    '{{ alerts }}',
    '{% raw %}',
    '%}',
    '\u202e\u2066',
    'a\r\nBcc: x@y.z',
    '\ud800',
    '',
  ],
)
const value = fc.oneof(
  nasty,
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
)
const name = fc.oneof(
  nasty,
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'size',
    'first',
    'last',
    'items',
    'length',
    'then',
    'toJSON',
    'alertname',
  ),
  fc.constantFrom(
    'namespace',
    'severity',
    'summary',
    'description',
    'runbook_url',
    'cluster',
    'a.b/c',
    'pod',
    'status',
    'name',
  ),
  value,
)
const pairs = fc.array(fc.tuple(name, value), { maxLength: 6 }).map((list) => new Map(list))
const anyAlert = fc
  .record({
    labels: pairs,
    annotations: pairs,
    status: fc.constantFrom('firing', 'resolved'),
    url: value,
    at: value,
    end: value,
    id: value,
  })
  .map(({ labels, annotations, status, url, at, end, id }) => ({
    ...alert({ status: status as 'firing', generatorURL: url, startsAt: at, fingerprint: id }),
    labels,
    annotations,
    endsAt: status === 'resolved' ? end : null,
  }))
const anyNotification = fc
  .record({
    alerts: fc.array(anyAlert, { maxLength: 4 }),
    group: pairs,
    key: value,
    url: value,
    receiver: value,
    cut: fc.nat(5),
  })
  .map(({ alerts, group, key, url, receiver, cut }) =>
    notification(alerts, { groupLabels: group, groupKey: key, externalURL: url, receiver, truncatedAlerts: cut }),
  )

test('whatever labels, annotations and addresses hold, they are text in the mail and change none of its markup', () => {
  fc.assert(
    fc.property(anyNotification, (given) => {
      const { text, fallback } = built.render({
        name: 'nm.default.html',
        format: 'html',
        fallback: 'nm.default.html',
        notification: given,
      })

      assert.equal(fallback, undefined)
      const seen = readStrictly(text)
      for (const { labels } of given.group.alerts) {
        for (const [label, shown] of labels) {
          const plain = /^[\x21-\x7e]+$/.test(shown) && /^[\x21-\x7e]+$/.test(label)
          if (plain && label !== 'alertname') assert.ok(seen.includes(shown), `${label}=${shown}`)
        }
      }
    }),
    { numRuns: 1_500 },
  )
})

test('the text of hostile alerts renders without a fallback, and no character in it is hidden or turns others round', () => {
  fc.assert(
    fc.property(anyNotification, (given) => {
      const { text, fallback } = built.render({
        name: 'nm.default.text',
        format: 'text',
        fallback: 'nm.default.text',
        notification: given,
      })

      assert.equal(fallback, undefined)
      assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\u0000-\u0008\r]/)
    }),
    { numRuns: 500 },
  )
})

test('the webhook message is the group as Alertmanager would post it, for any group', () => {
  fc.assert(
    fc.property(anyNotification, (given) => {
      const request = { name: 'webhook.default.message', format: 'json', fallback: 'webhook.default.message' } as const
      const { text, fallback } = built.render({ ...request, notification: given })

      assert.equal(fallback, undefined)
      assert.equal(text, JSON.stringify(toWireGroup(given.group)))
    }),
    { numRuns: 1_000 },
  )
})

test('the webhook message of a large group is never cut', () => {
  const large = notification(
    Array.from({ length: 5_000 }, () => alert({ annotations: { description: '<\u0000"\\'.repeat(100) } })),
  )
  const request = {
    name: '{{ template "webhook.default.message" . }}',
    format: 'json',
    fallback: 'webhook.default.message',
  } as const

  assert.equal(built.render({ ...request, notification: large }).text, JSON.stringify(toWireGroup(large.group)))
})

test('links lead to http, https and mail addresses only', () => {
  const { text } = built.render({
    name: 'nm.default.html',
    format: 'html',
    fallback: 'nm.default.html',
    notification: payloads['hostile']!,
  })

  assert.doesNotMatch(text, /href="[^"]*javascript/i)
  readStrictly(text)
})

test('the mail of a hostile alert shows each of its labels, escaped, and marks what is too long', () => {
  const { text } = built.render({
    name: 'nm.default.html',
    format: 'html',
    fallback: 'nm.default.html',
    notification: notification([hostileAlert]),
  })

  assert.ok(text.includes(escapeHtml('"><img src=x onerror=alert(1)>')))
  assert.ok(text.includes('__proto__'))
  assert.ok(text.includes(escapeHtml('{{ 7 | times: 7 }}')))
  assert.ok(text.includes('(+9500 characters)'))
  assert.ok(text.includes('\\u202etxt.exe'))
})
