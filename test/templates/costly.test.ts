import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTemplates } from '../../src/templates/templates.ts'
import { alert, builtin, notification, toFiles } from './support.ts'

const one = notification([alert({ labels: { alertname: 'A', n: '9007199254740992' } })])
const grow = (text: string, times: number): string =>
  `{% assign s = '${text}' %}{% for i in (1..${times}) %}{% assign s = s | append: s %}{% endfor %}`
const twoLists =
  '{% assign a = (1..200000) %}{% assign b = (1..199999) | concat: status %}{% assign c = (1..200000) | reverse %}'
const long = 'y'.repeat(60_000)

/** What takes long inside of one node of a template, where Liquid itself does not look at the clock, and how it ends. */
const costly: Readonly<Record<string, readonly [string, RegExp]>> = {
  'lists compared item by item with each value of a case': [
    `${twoLists}{% case a %}{% when ${'b,'.repeat(2_000)}b %}x{% endcase %}`,
    /case takes a text or a number, not a list/,
  ],
  'long lists searched again and again': [
    `${twoLists}{% if ${'a contains "z" or '.repeat(2_900)} a %}{% endif %}{% render "it" %}`,
    /limit|deep/,
  ],
  'filters that take long, in a chain': [
    `{% assign a = (1..50000) %}{{ a ${'| reverse | sort '.repeat(3_000)} | size }}`,
    /limit/,
  ],
  'patterns that take long, in a chain': [
    `${grow('x', 12)}{{ "(x?)*y" ${'| go_replace_all: "(x?)*y", s | slice: 0, 0 | append: "(x?)*y" '.repeat(900)} }}`,
    /limit|too long/,
  ],
  'a pattern with hundreds of groups': [`${grow('x', 14)}{{ "(${'(x)?'.repeat(150)})*y" | go_match: s }}`, /too long/],
  'a long list sorted': ['{% assign a = (1..900000) %}{{ a | sort | size }}', /memory alloc/],
  'a long list of numbers printed': ['{% assign a = (1..900000) %}{% assign b = a | join: "" %}', /memory alloc/],
  'local times in a chain': [
    `{{ alerts[0].startsAt ${'| tz: "Asia/Tokyo" | slice: 0, 4 | append: "-01-01T00:00:00Z"'.repeat(850)} }}{% render "it" %}`,
    /limit|deep/,
  ],
  'text of its own that a template keeps': [
    `{% capture s %}{% for i in (1..8000) %}${long}{% endfor %}{% endcapture %}{% if s contains "z" %}x{% endif %}`,
    /memory alloc/,
  ],
  'texts of its own that a template keeps one beside the other': [
    Array.from(
      { length: 200 },
      (_, place) => `{% capture s${place} %}{% for i in (1..5000) %}${'y'.repeat(200)}{% endfor %}{% endcapture %}`,
    ).join(''),
    /memory alloc/,
  ],
}

const templates = createTemplates({ builtin })

for (const [what, [text, words]] of Object.entries(costly)) {
  test(`${what}: stopped soon`, () => {
    const { library, problems } = templates.load(toFiles({ 'it.liquid': text }))
    const began = performance.now()
    const { fallback } = library.render({
      name: 'it',
      format: 'text',
      fallback: 'nm.default.text',
      notification: one,
    })
    const tookMs = performance.now() - began

    assert.deepEqual(problems, [])
    assert.match(fallback ?? '', words)
    assert.ok(tookMs < 4_000, `took ${tookMs} ms`)
  })
}

test('lists are not equal to others, nor more or less than anything', () => {
  const text = `${twoLists}{% if ${'a == b or a < b or a > c or b <= a or a >= b or '.repeat(400)} nothing %}x{% else %}no{% endif %}`
  const { library } = templates.load(toFiles({ 'it.liquid': text }))
  const began = performance.now()
  const request = { name: 'it', format: 'text', fallback: 'nm.default.text', notification: one } as const
  assert.deepEqual(library.render(request), { text: 'no' })
  assert.ok(performance.now() - began < 4_000)
})

test('Go lists, maps and turns that a template keeps are memory, however large the notification', () => {
  const many = notification(Array.from({ length: 10_000 }, (_, place) => alert({ labels: { n: `${place}` } })))
  const keep = Array.from({ length: 1_200 }, (_, place) => `{% assign t${place} = a | go_turns %}`).join('')
  const text = `{% go %}{% assign a = dot | go_get: "Alerts" %}${keep}{% endgo %}`
  const { library } = templates.load(toFiles({ 'it.liquid': text }))
  const request = { name: 'it', format: 'text', fallback: 'nm.default.subject', notification: many } as const
  assert.match(library.render(request).fallback ?? '', /limit/)
})

test('the faults of a file are told to a bounded number, and soon', () => {
  const text = '{{ (1..a) }}\n'.repeat(3_900)
  const began = performance.now()
  const { problems } = templates.load(toFiles({ 'it.liquid': text }))
  assert.equal(problems.length, 20)
  assert.ok(performance.now() - began < 4_000)
})

test('a file of more tags than are quick to read is refused', () => {
  const { problems } = templates.load(toFiles({ 'it.liquid': '{{ a }}'.repeat(4_001) }))
  assert.match(problems[0]?.message ?? '', /4001 tags and outputs, and at most 4000/)
})

test('a file that did not change is not parsed again', () => {
  const files = toFiles({ 'it.liquid': '{{ "a" | upcase | downcase }}'.repeat(2_000) })
  const first = templates.load(files)
  const began = performance.now()
  for (let time = 0; time < 50; time += 1) templates.load(structuredClone(files), first)
  const again = performance.now() - began
  assert.ok(again < 1_000, `${again} ms for 50 loads of what was known`)
})
