import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createTemplates } from '../../src/templates/templates.ts'
import { readStrictly } from './markup.ts'
import { alert, library, notification, toFiles } from './support.ts'

const one = notification([alert({ labels: { alertname: 'A', namespace: '<b>' } })])

test('a template that fails is replaced by the default, which says so in its last line', () => {
  const loaded = library({
    'mine.liquid': 'x\n{{ alerts | map: "labels" | map: "x" | group_by: "items" | truncate_bytes: "many" }}',
  })
  const text = loaded.render({ name: 'mine', format: 'text', fallback: 'nm.default.text', notification: one })
  const html = loaded.render({ name: 'mine', format: 'html', fallback: 'nm.default.html', notification: one })

  const reason = 'template "mine" failed: mine.liquid:2: a number is expected'
  assert.equal(text.fallback, reason)
  assert.equal(text.text.split('\n').at(-1), `This message uses the default template: ${reason}`)
  assert.equal(html.fallback, reason)
  assert.ok(readStrictly(html.text).includes(`This message uses the default template: ${reason}`))
})

test('a subject falls back without a note: it has one line only', () => {
  const { text, fallback } = library().render({
    name: 'gone',
    format: 'text',
    fallback: 'nm.default.subject',
    notification: one,
  })

  assert.equal(text, '[FIRING:1] A (<b>)')
  assert.equal(fallback, 'no template is named "gone"')
})

test('a webhook falls back to the JSON of the group', () => {
  const { text } = library().render({
    name: 'gone',
    format: 'json',
    fallback: 'webhook.default.message',
    notification: one,
  })

  assert.equal((JSON.parse(text) as { version: string }).version, '4')
})

test('a message that is empty falls back: nobody is told nothing', () => {
  const loaded = library({ 'mine.liquid': '{% if status == "resolved" %}x{% endif %}\n \n' })

  assert.match(
    loaded.render({ name: 'mine', format: 'text', fallback: 'nm.default.text', notification: one }).fallback ?? '',
    /empty message/,
  )
})

test('hostile names and messages in a reason stay text', () => {
  const loaded = library()
  const name = '<script>alert(1)</script>'.repeat(20)
  const { text } = loaded.render({ name, format: 'html', fallback: 'nm.default.html', notification: one })

  assert.ok(readStrictly(text).includes('no template is named "<script>'))
})

test('even when the default fails, the alert is told, by code alone, in every format', () => {
  const broken = createTemplates({
    builtin: [{ path: 'x.liquid', text: '{% define "d" %}{{ 1 | truncate_bytes: "x" }}{% enddefine %}' }],
  })
  const { library: loaded } = broken.load(toFiles({}))
  for (const format of ['text', 'html', 'json'] as const) {
    const { text, fallback } = loaded.render({ name: 'd', format, fallback: 'd', notification: one })

    assert.match(fallback ?? '', /template "d" failed: .*; then template "d" failed/)
    assert.ok(text.includes(format === 'html' ? 'namespace=&lt;b&gt;' : '<b>'), text)
  }
})

test('the message by code alone is bounded and counts what it leaves out', () => {
  const broken = createTemplates({ builtin: [{ path: 'd.liquid', text: '' }] })
  const many = notification(Array.from({ length: 5_000 }, () => alert({ labels: { long: 'x'.repeat(10_000) } })))
  const { text } = broken.load([]).library.render({ name: 'd', format: 'text', fallback: 'd', notification: many })

  assert.ok(text.length < 30_000)
  assert.match(text, /and 4950 more$/)
})

test('a template for text serves a mail as text that keeps its lines, escaped', () => {
  const { text } = library({ 'mine.liquid': 'Alert in {{ alerts[0].labels.namespace }}\nline 2' }).render({
    ...{ name: 'mine', format: 'html', fallback: 'nm.default.html' },
    notification: one,
  })

  assert.match(text, /^<pre style="[^"]*white-space:pre-wrap[^"]*">Alert in &lt;b&gt;\nline 2<\/pre>$/)
})

test('a template for text serves a webhook as text', () => {
  const { text } = library({ 'mine.liquid': 'Alert in {{ alerts[0].labels.namespace }}' }).render({
    ...{ name: 'mine', format: 'json', fallback: 'webhook.default.message' },
    notification: one,
  })

  assert.equal(text, 'Alert in <b>')
})

test('values in a JSON template are JSON', () => {
  const hostile = notification([alert({ labels: { alertname: '"}, "admin": true, "x": {"' } })])
  const { text } = library({
    'mine.liquid':
      '{"title": {{ alerts[0].labels.alertname }}, "labels": {{ alerts[0].labels }}, "n": {{ alerts.size }}, "none": {{ nothing }} }',
  }).render({
    ...{ name: 'mine', format: 'json', fallback: 'webhook.default.message' },
    notification: hostile,
  })

  assert.deepEqual(JSON.parse(text), {
    title: '"}, "admin": true, "x": {"',
    labels: { alertname: '"}, "admin": true, "x": {"' },
    n: 1,
    none: null,
  })
})

test('line breaks at the end of a template are not sent', () => {
  const { text } = library({ 'mine.liquid': 'x\r\n\n' }).render({
    name: 'mine',
    format: 'text',
    fallback: 'nm.default.text',
    notification: one,
  })

  assert.equal(text, 'x')
})
