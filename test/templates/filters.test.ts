import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ownFilters } from '../../src/templates/filters/index.ts'
import { alert, library, notification, renderText } from './support.ts'

const group = notification(
  [
    alert({
      labels: { alertname: 'B', severity: 'warning', namespace: 'x', 'app.kubernetes.io/name': 'shop' },
      fingerprint: '1',
    }),
    alert({ labels: { alertname: 'A', severity: 'critical', namespace: 'x' }, fingerprint: '2' }),
    alert({ status: 'resolved', labels: { alertname: 'C', severity: 'info', namespace: 'y' }, fingerprint: '3' }),
  ],
  {
    groupLabels: new Map([
      ['team', 'é<&>'],
      ['alertname', 'A'],
      ['__proto__', 'p'],
    ]),
  },
)

/** What each filter gives, as its comment in the table says. */
const table: Readonly<Record<keyof typeof ownFilters, readonly (readonly [string, string])[]>> = {
  pairs: [
    [
      '{% assign ps = groupLabels | pairs %}{% for p in ps %}{{ p.name }}={{ p.value }};{% endfor %}',
      '__proto__=p;alertname=A;team=é<&>;',
    ],
    ['[{{ nothing | pairs }}{{ "text" | pairs }}]', '[]'],
  ],
  except: [
    ['{{ groupLabels | except: "team" }}', 'alertname=A, __proto__=p'],
    ['{{ alerts[0].labels | except: alerts[1].labels }}', 'app.kubernetes.io/name=shop'],
    ['{{ groupLabels | pairs | except: "team", "__proto__" | map: "value" }}', 'A'],
    ['[{{ nothing | except: "a" }}]', '[]'],
  ],
  order: [['{{ groupLabels | pairs | order: "team", "*", "__proto__" | names | join }}', 'team alertname __proto__']],
  names: [['{{ groupLabels | names | join: "," }}', '__proto__,alertname,team']],
  values: [['{{ groupLabels | values | join: "," }}', 'p,A,é<&>']],
  where: [
    ['{{ alerts | where: "labels.severity", "critical" | map: "fingerprint" }}', '2'],
    ['{{ alerts | where: "labels.app.kubernetes.io/name" | map: "fingerprint" }}', '1'],
    ['{{ alerts | where: "status", "firing" | size }}', '2'],
    ['{{ alerts | where: "__proto__" | size }}', '0'],
  ],
  reject: [['{{ alerts | reject: "labels.severity", "critical" | map: "fingerprint" }}', '13']],
  map: [['{{ alerts | map: "labels.alertname" | join: "," }}', 'B,A,C']],
  sort: [
    ['{{ alerts | sort: "labels.alertname" | map: "fingerprint" }}', '213'],
    ['{{ alerts | map: "labels.alertname" | sort }}', 'ABC'],
    ['{% assign n = (9..11) | sort %}{{ n | join: "," }}', '9,10,11'],
  ],
  group_by: [
    [
      '{% assign gs = alerts | group_by: "labels.namespace" %}{% for g in gs %}{{ g.name }}:{{ g.items.size }} {% endfor %}',
      'x:2 y:1 ',
    ],
  ],
  uniq: [['{{ alerts | map: "labels.namespace" | uniq | join: "," }}', 'x,y']],
  join: [['{{ alerts | map: "fingerprint" | join: "-" }}{{ nothing | join }}', '1-2-3']],
  by_severity: [['{{ alerts | by_severity | map: "labels.severity" | join }}', 'critical warning info']],
  severity_color: [
    [
      '{{ "critical" | severity_color }} {{ "CRITICAL" | severity_color }} {{ alerts[1] | severity_color }}',
      '#c4210f #c4210f #c4210f',
    ],
    ['{{ alerts[2] | severity_color }} {{ nothing | severity_color }}', '#067647 #475467'],
  ],
  severity_emoji: [
    [
      '{{ alerts | by_severity | first | severity_emoji }}{{ "page" | severity_emoji }}{{ alerts[2] | severity_emoji }}',
      '🔴🔴🟢',
    ],
  ],
  duration: [
    [
      '{{ 45 | duration }},{{ 725 | duration }},{{ 11100 | duration }},{{ 7200 | duration }},{{ 187200 | duration }},{{ -5 | duration }}',
      '45s,12m,3h 5m,2h,2d 4h,0s',
    ],
  ],
  since: [
    ['{{ alerts[0].startsAt | since }}', '12m'],
    ['{{ alerts[2].startsAt | since: alerts[2].endsAt }}', '11m'],
    ['{{ "2030-01-01T00:00:00Z" | since }}[{{ "" | since }}{{ "nonsense" | since }}]', '0s[]'],
  ],
  tz: [
    ['{{ alerts[0].startsAt | tz }}', '2026-11-22 14:06:54 UTC'],
    ['{{ alerts[0].startsAt | tz: "Asia/Shanghai" }}', '2026-11-22 22:06:54 GMT+8'],
    ['{{ "nonsense" | tz: "Asia/Shanghai" }}', 'nonsense'],
  ],
  json: [
    ['{{ groupLabels | json }}', '{"team":"é<&>","alertname":"A","__proto__":"p"}'],
    ['{{ "a\n" | json }}{{ nothing | json }}', '"a\\n"null'],
  ],
  safe_url: [
    ['{{ "https://example.com/a?b=<c>" | safe_url }}', 'https://example.com/a?b=%3Cc%3E'],
    ['{{ "mailto:a@example.com" | safe_url }}', 'mailto:a@example.com'],
    [
      '[{{ "javascript:alert(1)" | safe_url }}{{ " JAVA\nSCRIPT:x" | safe_url }}{{ "data:text/html,x" | safe_url }}{{ "//x" | safe_url }}{{ "/a" | safe_url }}]',
      '[]',
    ],
  ],
  truncate_bytes: [
    ['{{ "ééé" | truncate_bytes: 6 }}{{ "ééé" | truncate_bytes: 5 }}', 'ééé' + 'é…'],
    ['{{ "👩👩" | truncate_bytes: 7, "" }}{{ "abc" | truncate_bytes: 2 }}', '👩ab'],
  ],
  clip: [
    [
      '{{ "abcdef" | clip: 4 }}|{{ "abc" | clip: 3 }}|{{ "a👩b" | clip: 2 }}',
      'abcd… (+2 characters)|abc|a… (+3 characters)',
    ],
  ],
  one_line: [['{{ "  a\r\n\tb \u2028 c " | one_line }}', 'a b c']],
  visible: [['{{ "a\u202eb\u0000\tc\r\nd" | visible }}', 'a\\u202eb\\u0000\tc\nd']],
  wrap: [['{{ "one two three four" | wrap: 9 }}', 'one two\nthree\nfour']],
  indent: [['{{ "a\nb\nc" | indent: 3 }}', 'a\n   b\n   c']],
  title: [['{{ "it\'s a_b-c élan" | title }}', "It's A_b-C Élan"]],
  toUpper: [['{{ "é" | toUpper }}', 'É']],
  toLower: [['{{ "É" | toLower }}', 'é']],
}

for (const [name, cases] of Object.entries(table)) {
  test(`${name} does what the table of filters says`, () => {
    for (const [body, expected] of cases) assert.equal(renderText(body, { notification: group }), expected, body)
  })
}

test('dates are in UTC unless a zone is named, and now is when the notification was accepted', () => {
  assert.equal(renderText('{{ alerts[0].startsAt | date: "%Y-%m-%d %H:%M" }}'), '2026-11-22 14:06')
  assert.equal(renderText('{{ alerts[0].startsAt | date: "%H:%M", "Europe/Berlin" }}'), '15:06')
  assert.equal(renderText('{{ "now" | date }}'), '2026-11-22 14:19:10 +0000')
  assert.equal(renderText('{{ "no date" | date: "%Y" }}'), 'no date')
})

test('a time zone that does not exist is named in the reason', () => {
  assert.match(renderText('{{ alerts[0].startsAt | tz: "Mars/Olympus" }}'), /there is no time zone "Mars\/Olympus"/)
  assert.match(renderText('{{ alerts[0].startsAt | date: "%H", "Mars/Olympus" }}'), /Invalid time zone/)
})

test("Liquid's own filters work on texts, numbers and lists", () => {
  assert.equal(renderText('{{ "a,b" | split: "," | reverse | join: "" | upcase | append: "!" }}'), 'BA!')
  assert.equal(renderText('{{ 7 | plus: 1 | times: 2 | divided_by: 4 | round }}{{ alerts | size }}'), '41')
  assert.equal(
    renderText('{{ nothing | default: "none" }}{{ "abcdef" | slice: 1, 2 }}{{ "a b" | url_encode }}'),
    'nonebca+b',
  )
  assert.equal(renderText('{{ alerts[0].labels | upcase }}'), 'ALERTNAME=KUBEPODCRASHLOOPING, SEVERITY=CRITICAL')
})

test('in HTML, escape does not escape twice and lines shows line breaks', () => {
  const body = '<p>{{ groupLabels.team | escape }}{{ groupLabels.team }}{{ "<a>\n<b>" | lines }}</p>'

  assert.equal(
    renderText(body, { notification: group, format: 'html' }),
    '<p>é&lt;&amp;&gt;é&lt;&amp;&gt;&lt;a&gt;<br>\n&lt;b&gt;</p>',
  )
})

test('nothing that filters make of a value is markup', () => {
  const value = '<i>"\'&'
  const hostile = notification([alert({ labels: { v: value } })])
  for (const name of Object.keys(ownFilters)) {
    const html = renderText(
      `<p>{{ alerts[0].labels.v | ${name}: "v", "<u>" }}{{ alerts[0].labels | ${name}: "a" }}</p>`,
      { notification: hostile, format: 'html' },
    )
    assert.doesNotMatch(html, /<[iu]>/, name)
  }
})

test('truncation in bytes never exceeds its limit and never cuts inside a character', () => {
  const built = library({ 'it.liquid': '{{ commonAnnotations.d | truncate_bytes: commonAnnotations.n }}|' })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat(80), (text, limit) => {
      const given = notification([alert({ annotations: { d: text, n: String(limit) } })])
      const cut = built
        .render({ name: 'it', format: 'text', fallback: 'nm.default.text', notification: given })
        .text.slice(0, -1)

      assert.ok(Buffer.byteLength(cut) <= Math.max(limit, 0) || cut === text)
      assert.ok(text.startsWith(cut.replace(/…$/u, '')))
      assert.ok(cut.isWellFormed() || !text.isWellFormed())
    }),
  )
})
