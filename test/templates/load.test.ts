import { test } from 'node:test'
import assert from 'node:assert/strict'
import { formatProblem } from '../../src/model/problem.ts'
import { type LoadedTemplates } from '../../src/templates/library.ts'
import { createTemplates } from '../../src/templates/templates.ts'
import { alert, builtin, notification, toFiles } from './support.ts'

const templates = createTemplates({ builtin })
const one = notification([alert()])

function render({ library: loaded }: LoadedTemplates, name: string): { text: string; fallback?: string } {
  return loaded.render({ name, format: 'text', fallback: 'nm.default.subject', notification: one })
}

test('a file defines several templates, which call each other across files', () => {
  const loaded = templates.load(
    toFiles({
      'a.liquid':
        '{% define "a.one" %}one {% render "b.two", who: alerts[0] %}{% enddefine %}{% define "a.other" %}other{% enddefine %}',
      'b.liquid': '{% define "b.two" %}two {{ who.labels.alertname }} {{ status }}{% enddefine %}',
    }),
  )

  assert.deepEqual(loaded.problems, [])
  assert.equal(render(loaded, 'a.one').text, 'one two KubePodCrashLooping firing')
  assert.equal(render(loaded, 'a.other').text, 'other')
})

test("a called template sees what it is handed and the notification, not its caller's variables", () => {
  const loaded = templates.load(
    toFiles({
      'a.liquid':
        '{% define "a" %}{% assign mine = 1 %}{% render "b", yours: 2 %}{% enddefine %}{% define "b" %}[{{ mine }}{{ yours }}{{ status }}]{% enddefine %}',
    }),
  )

  assert.equal(render(loaded, 'a').text, '[2firing]')
})

test('a file without a define is one template with the name of the file', () => {
  const loaded = templates.load(
    toFiles({ '/etc/nm/team.mail.liquid': 'mail', '/etc/nm/template': 'plain', 'x/y.tmpl': 'y' }),
  )

  assert.deepEqual(
    [render(loaded, 'team.mail').text, render(loaded, 'template').text, render(loaded, 'y').text],
    ['mail', 'plain', 'y'],
  )
})

test('a name may be given bare or as the action of a Go template', () => {
  const { library: loaded } = templates.load(toFiles({ 'a.liquid': 'x' }))

  for (const name of [
    'a',
    ' a ',
    '{{ template "a" . }}',
    '{{- template "a" $ -}}',
    '{{template `a`}}',
    '{% render "a" %}',
  ]) {
    assert.ok(loaded.has(name), name)
    assert.equal(loaded.render({ name, format: 'text', fallback: 'nm.default.text', notification: one }).text, 'x')
  }
  assert.ok(!loaded.has('{{ .Status }}'))
})

test('a broken file is told with file, line, column and excerpt, and leaves other files alone', () => {
  const loaded = templates.load(
    toFiles({
      'good.liquid': 'fine',
      'bad.liquid': '{% define "bad" %}\n  ok\n  {{ status | shout }}\n{% enddefine %}',
    }),
  )

  const [problem] = loaded.problems
  assert.equal(loaded.problems.length, 1)
  assert.equal(problem?.severity, 'error')
  assert.equal(problem.reason, 'TemplateInvalid')
  assert.deepEqual(problem.origin, { file: 'bad.liquid', line: 3, column: 3 })
  assert.equal(problem.message, 'line 3, column 3: undefined filter: shout, near "{{ status | shout }}"')
  assert.match(formatProblem(problem), /^bad\.liquid:3: error: line 3/)
  assert.equal(render(loaded, 'good').text, 'fine')
})

test('a place inside another file counts from where the text begins there', () => {
  const file = { path: '/etc/nm/t', text: '\n{% nonsense %}', origin: { file: 'manager.yaml', line: 40, column: 5 } }
  const [problem] = templates.load([file]).problems

  assert.deepEqual([problem?.origin?.file, problem?.origin?.line, problem?.path], ['manager.yaml', 41, '/etc/nm/t'])
})

test('a file that breaks keeps its last good version, however often it is loaded, until it is mended or removed', () => {
  const first = templates.load(toFiles({ 'a.liquid': 'version 1' }))
  const broken = templates.load(toFiles({ 'a.liquid': '{% if %}' }), first)
  const worse = templates.load(toFiles({ 'a.liquid': '{{ x | nope }}' }), broken)
  const mended = templates.load(toFiles({ 'a.liquid': 'version 2' }), worse)
  const removed = templates.load([], mended)

  assert.equal(render(broken, 'a').text, 'version 1')
  assert.match(broken.problems[0]?.remedy ?? '', /last good version stays in force/)
  assert.equal(render(worse, 'a').text, 'version 1')
  assert.deepEqual([render(mended, 'a').text, mended.problems], ['version 2', []])
  assert.match(render(removed, 'a').fallback ?? '', /no template is named "a"/)
})

test('a library in use is not changed by the next load', () => {
  const first = templates.load(toFiles({ 'a.liquid': 'version 1' }))
  templates.load(toFiles({ 'a.liquid': 'version 2' }), first)

  assert.equal(render(first, 'a').text, 'version 1')
})

test('Go syntax is recognised and translated', () => {
  for (const [text, name, expected] of [
    [
      '{{ define "nm.default.text" }}{{ range .Alerts }}{{ .Labels.alertname }}{{ end }}{{ end }}',
      'nm.default.text',
      'KubePodCrashLooping',
    ],
    ['{{- if ge (len .Alerts) 1 -}} one {{- end }}', 'template', 'one'],
    ['{{ .Status }}', 'template', 'firing'],
    ['{{/* only a comment */}}{{ define "a" }}x{{ end }}', 'a', 'x'],
  ] as const) {
    const loaded = templates.load([{ path: '/etc/notification-manager/template', text }])

    assert.deepEqual(loaded.problems, [])
    assert.deepEqual(render(loaded, name), { text: expected })
  }
})

test('Liquid is not taken for Go', () => {
  for (const text of [
    '{{ status }}',
    '{{ "now" | date: "%Y" }}',
    '{% if status %}{{ ranges }}{% endif %}',
    'plain',
    '{{ define_me }}',
  ]) {
    assert.deepEqual(templates.load([{ path: 'a.liquid', text }]).problems, [], text)
  }
})

test('names that JavaScript objects have by themselves are names like any other', () => {
  const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype']
  const empty = templates.load([])
  for (const name of names) {
    assert.ok(!empty.library.has(name), name)
    assert.match(render(empty, name).fallback ?? '', /no template is named/)
  }
  const text = names.map((name) => `{% define "${name}" %}I am ${name}{% enddefine %}`).join('\n')
  const loaded = templates.load([{ path: 'a.liquid', text }])
  for (const name of names) assert.equal(render(loaded, name).text, `I am ${name}`)
})

test('of two definitions of one name the later is used, and the other is reported', () => {
  const loaded = templates.load(
    toFiles({ 'a.liquid': '{% define "x" %}a{% enddefine %}', 'b.liquid': '{% define "x" %}b{% enddefine %}' }),
  )
  const same = templates.load(
    toFiles({ 'a.liquid': '{% define "x" %}1{% enddefine %}\n{% define "x" %}2{% enddefine %}' }),
  )

  assert.equal(render(loaded, 'x').text, 'b')
  assert.match(formatProblem(loaded.problems[0]!), /a\.liquid:1: warning: .*"x" is defined in b\.liquid too/)
  assert.equal(render(same, 'x').text, '2')
  assert.match(same.problems[0]?.message ?? '', /"x" is defined once more further down/)
})

test('a call of a template that nobody defines is reported where it stands, and fails only when it is reached', () => {
  const loaded = templates.load(toFiles({ 'a.liquid': 'x{% if false %}\n{% render "gone" %}{% endif %}' }))

  assert.deepEqual(
    loaded.problems.map(({ severity, reason, origin }) => [severity, reason, origin?.line]),
    [['warning', 'TemplateNotFound', 2]],
  )
  assert.equal(render(loaded, 'a').text, 'x')
})

test('text outside of all defines is reported, since nobody would ever see it', () => {
  const loaded = templates.load(
    toFiles({ 'a.liquid': '{% # a note %}\n{% define "a" %}x{% enddefine %}\nlost {{ status }}' }),
  )

  assert.match(loaded.problems[0]?.message ?? '', /what stands outside of a define is never sent/)
  assert.equal(render(loaded, 'a').text, 'x')
})

test('tags that are nested wrongly, unnamed, left open or would be ignored in part are refused', () => {
  for (const [text, message] of [
    ['{% define "a" %}{% define "b" %}{% enddefine %}{% enddefine %}', /cannot stand inside define "a"/],
    ['{% define "a" %}{% if true %}{% define "b" %}{% enddefine %}{% endif %}{% enddefine %}', /inside another tag/],
    ['{% define a %}{% enddefine %}', /takes a name in quotes/],
    ['{% define "a" . %}{% enddefine %}', /nothing but a name/],
    ['{% define "a" %}', /is not closed with/],
    ['{% enddefine %}', /tag "enddefine" not found/],
    ['{% render name %}', /render takes a name in quotes/],
    ['{% for p in alerts | by_severity %}{% endfor %}', /for takes no filters/],
    ['{% render "a" | upcase %}', /takes values by name/],
  ] as const) {
    const { problems } = templates.load([{ path: 'a.liquid', text }])
    assert.match(problems[0]?.message ?? '', message, text)
    assert.equal(problems[0]?.severity, 'error')
  }
})

test('a file may replace one part of the built-in messages, or a whole one', () => {
  const place = { 'mine.liquid': '{% define "nm.place" %}{{ before }}somewhere{{ after }}{% enddefine %}' }
  const subject = { 'mine.liquid': '{% define "nm.default.subject" %}mine{% enddefine %}' }

  assert.equal(
    render(templates.load(toFiles(place)), 'nm.default.subject').text,
    '[FIRING:1] KubePodCrashLooping (somewhere)',
  )
  assert.equal(render(templates.load(toFiles(subject)), 'nm.default.subject').text, 'mine')
})

test('nothing to load is a library of the built-in templates', () => {
  const loaded = templates.load([])

  assert.deepEqual([loaded.problems, loaded.good.size], [[], 0])
  for (const name of ['nm.default.subject', 'nm.default.text', 'nm.default.html', 'webhook.default.message']) {
    assert.ok(loaded.library.has(name))
  }
})

test('an empty file, a file of nulls and a file of a megabyte harm nobody', () => {
  const loaded = templates.load(
    toFiles({
      'empty.liquid': '',
      'nulls.liquid': '\0'.repeat(100),
      'big.liquid': '{{ a }}'.repeat(150_000),
      'good.liquid': 'fine',
    }),
  )

  assert.match(render(loaded, 'empty').fallback ?? '', /gave an empty message/)
  assert.equal(render(loaded, 'good').text, 'fine')
  assert.match(loaded.problems[0]?.message ?? '', /has 1050000 characters, and at most 65536 are read/)
})

test('a broken built-in template is a bug and stops the start', () => {
  assert.throws(
    () => createTemplates({ builtin: [{ path: 'x.liquid', text: '{% if %}' }] }),
    /built-in templates: x\.liquid:1/,
  )
  const dangling = [{ path: 'x.liquid', text: '{% render "gone" %}' }]
  assert.throws(() => createTemplates({ builtin: dangling }), /no template is named "gone"/)
})
