import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createEngines } from '../../src/templates/engine.ts'
import { defaultLimits } from '../../src/templates/limits.ts'
import { createTemplates } from '../../src/templates/templates.ts'
import { alert, builtin, notification, renderText, toFiles } from './support.ts'

const templates = createTemplates({ builtin })
const one = notification([alert({ labels: { alertname: 'A', n: '9007199254740992' } }), alert()])
const double = (times: number) =>
  `{% assign s = "x" %}{% for i in (1..${times}) %}{% assign s = s | append: s %}{% endfor %}`
const doubleAlerts = '{% assign a = alerts %}{% for i in (1..40) %}{% assign a = a | concat: a %}{% endfor %}'

/** What hostile templates try, and the words with which they are stopped while rendering. */
const bombs: Readonly<Record<string, readonly [string, RegExp]>> = {
  'nested loops': [
    '{% for a in (1..10000) %}{% for b in (1..10000) %}{% assign x = b %}{% endfor %}{% endfor %}',
    /render limit/,
  ],
  'long output': ['{% for a in (1..100000) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}', /message is longer than/],
  'text doubled by append': [`${double(60)}{{ s }}`, /memory alloc limit/],
  'text doubled by capture': [
    '{% assign s = "x" %}{% for i in (1..60) %}{% capture s %}{{ s }}{{ s }}{% endcapture %}{% endfor %}',
    /memory alloc/,
  ],
  'text grown by replace': [
    `${double(10)}{% for i in (1..9) %}{% assign s = s | replace: "x", "xxxxxxxxxx" %}{% endfor %}`,
    /memory alloc/,
  ],
  'a capture that never ends': [
    '{% capture s %}{% for a in (1..500000) %}{% for b in (1..500000) %}y{% endfor %}{% endfor %}{% endcapture %}',
    /limit/,
  ],
  'a template that calls itself': ['{% render "it" %}', /more than 20 deep/],
  'a template that calls itself twice': ['{% render "it" %}{% render "it" %}', /more than 20 deep/],
  'calls that fan out': [
    '{% define "it" %}{% for i in (1..999) %}{% render "b" %}{% endfor %}{% enddefine %}{% define "b" %}{% for i in (1..999) %}{% render "c" %}{% endfor %}{% enddefine %}{% define "c" %}{% for i in (1..999) %}{% assign x = i %}{% endfor %}{% enddefine %}',
    /limit/,
  ],
  'ranges that fill memory': ['{% for i in (1..100) %}{% assign x = (1..1000000) %}{% endfor %}', /memory alloc/],
  'lists doubled': [`${doubleAlerts}{{ a | sort: "startsAt" }}`, /memory alloc/],
  'a list of long texts printed': [
    `${double(15)}{% assign l = s | split: "," %}{% for i in (1..15) %}{% assign l = l | concat: l %}{% endfor %}{{ l }}`,
    /memory alloc/,
  ],
  'a list of long texts in a text filter': [
    `${double(15)}{% assign l = s | split: "," %}{% for i in (1..15) %}{% assign l = l | concat: l %}{% endfor %}{{ l | upcase }}`,
    /memory alloc/,
  ],
  'groups of groups': ['{% assign g = alerts | group_by: "status" | group_by: "name" %}', /not groups/],
  'lists of lists': ['{% assign g = alerts | group_by: "status" | map: "items" %}', /items is a list/],
  'JSON of a list that holds one thing often': [
    '{% assign g = alerts | group_by: "status" %}{% for i in (1..16) %}{% assign g = g | concat: g %}{% endfor %}{{ g | json }}',
    /memory alloc/,
  ],
  'a date format that pads': ['{{ "now" | date: "%999999999d" }}', /memory alloc/],
  'a long text to look for': [`${double(12)}{% if s contains s %}x{% endif %}`, /at most 256 characters/],
  'a long text to split at': [`${double(12)}{{ s | split: s }}`, /at most 256 characters/],
}

for (const [what, [text, words]] of Object.entries(bombs)) {
  test(`${what}: stopped soon, at the cost of its own message only`, () => {
    const { library, problems } = templates.load(toFiles({ 'it.liquid': text, 'fine.liquid': 'fine' }))
    const begin = performance.now()
    const { text: message, fallback } = library.render({
      name: 'it',
      format: 'html',
      fallback: 'nm.default.html',
      notification: one,
    })
    const took = performance.now() - begin

    assert.deepEqual(problems, [])
    assert.match(fallback ?? '', words)
    assert.match(message, /^<!DOCTYPE html>/)
    assert.ok(took < 5_000, `took ${took} ms`)
    const other = library.render({ name: 'fine', format: 'text', fallback: 'nm.default.text', notification: one })
    assert.deepEqual(other, { text: 'fine' })
  })
}

test('a range has small literal bounds: Liquid would count for ever from 2^53 on', () => {
  for (const range of [
    '(1..100000000)',
    '(9007199254740992..9007199254740994)',
    '(a..5)',
    '(1..alerts[0].labels.n)',
    '(0.5..2)',
    '("1".."5")',
  ]) {
    for (const text of [
      `{% for i in ${range} %}x{% endfor %}`,
      `{% assign x = ${range} %}`,
      `{{ ${range} | join }}`,
      `{{ alerts[${range}] }}`,
      `{% for i in alerts limit: ${range} %}x{% endfor %}`,
      `{% render "nm.what", x: ${range} %}`,
      `{% case status %}{% when ${range} %}x{% endcase %}`,
      `{% cycle ${range} %}`,
      `{% if alerts contains ${range} %}x{% endif %}`,
      `{% define "it" %}{% if status %}{{ "a" | append: ${range} }}{% endif %}{% enddefine %}`,
    ]) {
      const [problem] = templates.load([{ path: 'it.liquid', text }]).problems
      assert.match(problem?.message ?? '', /a range takes whole numbers up to 1000000/, text)
    }
  }
  assert.equal(renderText('{% for i in (1..3) %}{{ i }}{% endfor %}'), '123')
  assert.equal(renderText('{{ alerts | where: "(9007199254740992..9007199254740994)" | size }}'), '0')
})

test('files that are hard to parse are refused or read soon', () => {
  for (const text of [
    '{% if true %}'.repeat(2_000) + 'x' + '{% endif %}'.repeat(2_000),
    '{{ a' + '[a'.repeat(9_000) + ']'.repeat(9_000) + ' }}',
    '{{ "a"' + ' | upcase'.repeat(6_000) + ' }}',
    `{{ ${`"'`.repeat(30_000)}`,
    '{{'.repeat(30_000),
    '{%'.repeat(30_000),
    '{% raw %}'.repeat(7_000),
    '{% if a %}'.repeat(6_000),
    '{% comment %}'.repeat(5_000),
    '{% define "'.repeat(5_000),
    '{{ ' + '('.repeat(30_000) + '1..2' + ')'.repeat(30_000) + ' }}',
    '{% if a' + ' or a'.repeat(10_000) + ' %}{% endif %}',
    '{{ a }}'.repeat(9_000),
  ]) {
    const begin = performance.now()
    const { library } = templates.load([{ path: 'it.liquid', text }])
    const { text: message } = library.render({
      name: 'it',
      format: 'text',
      fallback: 'nm.default.text',
      notification: one,
    })

    assert.ok(message.length > 0)
    assert.ok(performance.now() - begin < 10_000, text.slice(0, 20))
  }
})

test('no file can be read, by no tag', () => {
  for (const tag of ['include', 'layout', 'block', 'tablerow', 'liquid', 'echo', 'increment', 'decrement']) {
    const [problem] = templates.load([{ path: 'it.liquid', text: `{% ${tag} "/etc/passwd" %}` }]).problems
    assert.match(problem?.message ?? '', new RegExp(`tag "${tag}" not found`))
  }
  assert.match(renderText('{% render "/etc/passwd" %}'), /no template is named "\/etc\/passwd"/)
  for (const engine of Object.values(createEngines(defaultLimits))) {
    for (const path of ['/etc/passwd', '../package.json', 'package.json', 'constructor', '__proto__']) {
      assert.throws(() => engine.parseFileSync(path), /ENOENT/)
    }
  }
})

test('filters that would undo escaping, evaluate expressions or roll dice are not there', () => {
  for (const filter of [
    'raw',
    'where_exp',
    'reject_exp',
    'group_by_exp',
    'find_exp',
    'has_exp',
    'find_index_exp',
    'sample',
    'push',
    'inspect',
  ]) {
    const [problem] = templates.load([{ path: 'it.liquid', text: `{{ alerts | ${filter}: "a", "b" }}` }]).problems
    assert.match(problem?.message ?? '', new RegExp(`undefined filter: ${filter}`))
  }
})

test('prototypes and functions are out of reach', () => {
  const text = [
    'constructor',
    '__proto__',
    'toString',
    'alerts.constructor',
    'alerts[0].labels.constructor',
    'status.constructor',
    'alerts[0].labels["__proto__"]',
    'alerts.map',
    'globals',
  ]
  assert.equal(renderText(`[${text.map((path) => `{{ ${path} }}`).join('')}]`), '[]')
})

test('the state of a rendering is out of reach', () => {
  assert.equal(
    renderText('{% for key in alerts[0] %}{{ key[0] }} {% endfor %}'),
    'status labels annotations startsAt endsAt generatorURL fingerprint ',
  )
})

test('the limits are settings', () => {
  const limited = createTemplates({ builtin, limits: { maxDepth: 1, maxFileChars: 20_000 } })
  const nested =
    '{% define "it" %}{% render "b" %}{% enddefine %}{% define "b" %}{% render "c" %}{% enddefine %}{% define "c" %}x{% enddefine %}'
  const { library } = limited.load(toFiles({ 'it.liquid': nested, 'x.liquid': 'x'.repeat(20_001) }))
  const { fallback } = library.render({ name: 'it', format: 'text', fallback: 'nm.default.subject', notification: one })

  assert.ok(!library.has('x'))
  assert.match(fallback ?? '', /more than 1 deep/)
})

test('a template that only passes values on is within the limits for the largest posts', () => {
  const large = notification(
    Array.from({ length: 3_000 }, (_, index) =>
      alert({ labels: { alertname: 'A', pod: `p${index}` }, annotations: { description: '&'.repeat(1_000) } }),
    ),
  )
  const { library } = templates.load(
    toFiles({ 'it.liquid': '{% for a in alerts %}<p>{{ a.annotations.description }}</p>{% endfor %}' }),
  )

  assert.equal(
    library.render({ name: 'it', format: 'html', fallback: 'nm.default.html', notification: large }).fallback,
    undefined,
  )
})
