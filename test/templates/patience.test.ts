import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Rendered } from '../../src/channels/channel.ts'
import { type TemplateLibrary } from '../../src/templates/library.ts'
import { createTemplates } from '../../src/templates/templates.ts'
import { alert, builtin, notification, toFiles } from './support.ts'

/** Fails over its time for alerts that carry the label `slow`, and gives a message for all others. */
const moody =
  '{% assign l = (1..1000) %}{% if alerts[0].labels.slow %}{% for i in l %}{% for j in l %}{% for k in l %}{% endfor %}{% endfor %}{% endfor %}{% endif %}fine'

const plain = notification([alert()])
const slow = notification([alert({ labels: { slow: 'yes' } })])

function render(library: TemplateLibrary, given = slow, name = 'it'): Rendered {
  return library.render({ name, format: 'text', fallback: 'nm.default.subject', notification: given })
}

function rig(limits: { readonly maxRenderMs?: number; readonly maxNotificationMs?: number } = {}) {
  return createTemplates({ builtin, limits: { maxRenderMs: 60, ...limits } })
}

const tooLong = /render limit/
const notTried = /was not tried: it took too long 3 times in a row/

test('a template that used up its time three times in a row gives way to the default at once, and says so', () => {
  const { library } = rig().load(toFiles({ 'it.liquid': moody, 'other.liquid': 'other' }))
  for (let time = 0; time < 3; time += 1) assert.match(render(library).fallback ?? '', tooLong)

  const began = performance.now()
  const told = Array.from({ length: 9 }, () => render(library))
  const took = performance.now() - began

  for (const { text, fallback } of told) {
    assert.match(fallback ?? '', notTried)
    assert.match(text, /FIRING/i)
  }
  assert.ok(took < 9 * 60, `nine messages took ${took} ms, as if the template had been rendered`)
  assert.deepEqual(render(library, plain, 'other'), { text: 'other' })
})

test('one rendering in ten is tried all the same, and a template that has recovered is in use again', () => {
  const { library } = rig().load(toFiles({ 'it.liquid': moody }))
  for (let time = 0; time < 3; time += 1) render(library)

  const told = Array.from({ length: 10 }, () => render(library, plain))
  assert.ok(told.slice(0, 9).every(({ fallback }) => notTried.test(fallback ?? '')))
  assert.deepEqual(told[9], { text: 'fine' })
  assert.deepEqual(render(library, plain), { text: 'fine' })
})

test('a message that could be made in between makes the count begin anew', () => {
  const { library } = rig().load(toFiles({ 'it.liquid': moody }))
  for (let time = 0; time < 8; time += 1) {
    assert.match(render(library).fallback ?? '', tooLong)
    assert.deepEqual(render(library, plain), { text: 'fine' })
  }
})

test('a template that fails at once is tried each time, for that costs nothing', () => {
  const { library } = createTemplates({ builtin }).load(
    toFiles({ 'it.liquid': '{{ "a" | since: "x" | map: "b" | sort: 1 }}{% render "gone" %}' }),
  )
  for (let time = 0; time < 20; time += 1) assert.match(render(library).fallback ?? '', /no template is named "gone"/)
})

test('a change of any template file gives a new chance; a load without a change does not', () => {
  const templates = rig()
  const files = toFiles({ 'it.liquid': moody })
  const first = templates.load(files)
  for (let time = 0; time < 3; time += 1) render(first.library)

  const same = templates.load(structuredClone(files), first)
  assert.match(render(same.library, plain).fallback ?? '', notTried)

  const mended = templates.load([...files, ...toFiles({ 'more.liquid': 'more' })], same)
  assert.deepEqual(render(mended.library, plain), { text: 'fine' })
})

test('all messages of one notification together have a limit, after which the default takes over', () => {
  let nowMs = 0
  const templates = createTemplates({ builtin, limits: { maxNotificationMs: 100 }, now: () => (nowMs += 20) })
  const { library } = templates.load(toFiles({ 'it.liquid': 'fine' }))
  const told = Array.from({ length: 7 }, () => render(library, plain))

  assert.deepEqual(
    told.map(({ fallback }) => fallback === undefined),
    [true, true, true, true, true, false, false],
  )
  assert.match(told[6]?.fallback ?? '', /the messages of this notification took too long/)
  assert.deepEqual(render(library, { ...plain, id: 'another' }), { text: 'fine' })
})
