import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTemplates } from '../../../src/templates/templates.ts'
import { builtin, toFiles } from '../support.ts'
import { cut, goCases, goFiles, renderGo, type GoOutput } from './fixtures.ts'

const loaded = createTemplates({ builtin }).load(toFiles(goFiles))

/** Where Go escapes JavaScript, we refuse: a mail has no business with it. */
const refused = ['h17 script']

/** A template that gives no markup is shown as text, inside one element; Go sends it bare. */
function withoutFrame(output: GoOutput): GoOutput {
  const framed = /^<pre[^>]*>([\s\S]*)<\/pre>$/.exec(output.text ?? '')
  return framed?.[1] === undefined ? output : { text: framed[1] }
}

test('the Go template files load without a problem', () => {
  assert.deepEqual(loaded.problems, [])
})

for (const { payload, notification, expected } of goCases) {
  for (const format of ['text', 'html'] as const) {
    test(`${payload} as ${format}: every template gives the bytes that Go gives, and fails where Go fails`, () => {
      for (const [name, output] of Object.entries(expected[format])) {
        const ours = withoutFrame(renderGo(loaded.library, name, format, notification))
        if (output.text === undefined || (format === 'html' && refused.includes(name))) {
          assert.ok(ours.error !== undefined, `${name} should fail: ${output.error ?? 'refused'}`)
        } else {
          assert.equal(ours.text, cut(output.text), name)
        }
      }
    })
  }
}

test('the comparison covers the templates of the predecessor and every construct', () => {
  const [first] = goCases
  const names = Object.keys(first?.expected.text ?? {})
  const texts = goCases.flatMap(({ expected }) => [...Object.values(expected.text), ...Object.values(expected.html)])

  assert.equal(goCases.length, 10)
  for (const name of ['nm.default.subject', 'nm.default.text', 'nm.default.html']) assert.ok(names.includes(name), name)
  assert.ok(names.length > 100, `${names.length} templates`)
  assert.ok(texts.filter(({ text }) => text !== undefined).length > 1_900)
})

test('json and text have the bytes of Go, so that a webhook body written by hand stays as it was', () => {
  for (const { payload, notification, expected } of goCases) {
    const ours = renderGo(loaded.library, 't75 json', 'json', notification)
    assert.equal(ours.text, expected.text['t75 json']?.text, payload)
  }
})

test("for Slack, values cannot be links or mentions; the template's own markup stays", () => {
  const hostile = goCases.find(({ payload }) => payload === 'hostile')
  const ours = renderGo(loaded.library, 't76 slack', 'mrkdwn', hostile?.notification ?? assert.fail())

  assert.match(
    ours.text ?? '',
    /^<http:\/\/am\/\?a=b&amp;c='d'\|ops &amp; "dev" &lt;team&gt;> \*FIRING\* `&lt;script&gt;/,
  )
})
