import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Format } from '../../../src/channels/channel.ts'
import { formatProblem } from '../../../src/model/problem.ts'
import { type LoadedTemplates } from '../../../src/templates/library.ts'
import { createTemplates } from '../../../src/templates/templates.ts'
import { alert, builtin, notification, toFiles } from '../support.ts'
import { goFiles } from './fixtures.ts'

const templates = createTemplates({ builtin })
const one = notification([alert({ labels: { alertname: 'A', severity: '<b>' } })], {
  groupLabels: new Map([['job', 'x&y']]),
})

function render({ library }: LoadedTemplates, name: string, format: Format = 'text'): string {
  const { text, fallback } = library.render({ name, format, fallback: 'nm.default.text', notification: one })
  assert.equal(fallback, undefined)
  return text
}

test('templates of a Go file replace the built-in ones of the same name', () => {
  const loaded = templates.load([{ path: '/etc/notification-manager/template', text: goFiles['seed.tmpl'] ?? '' }])

  assert.deepEqual(loaded.problems, [])
  assert.equal(render(loaded, 'nm.default.subject'), '1 alert for  job=x&y ')
  assert.match(
    render(loaded, '{{ template "nm.default.text" . }}'),
    /^1 alert for {2}job=x&y \nAlerts Firing:\nLabels:\n- alertname = A\n/,
  )
  assert.ok(!loaded.library.isBuiltIn('nm.default.text'))
  assert.ok(loaded.library.isBuiltIn('webhook.default.message'))
})

test('a broken Go file keeps its last good version, and says where it is broken', () => {
  const path = '/etc/notification-manager/template'
  const good = templates.load([{ path, text: '{{ define "mine" }}good {{ .Status }}{{ end }}' }])
  const broken = templates.load([{ path, text: '{{ define "mine" }}\n{{ foo }}{{ end }}' }], good)
  const [problem] = broken.problems

  assert.equal(render(broken, 'mine'), 'good firing')
  assert.match(
    formatProblem(problem ?? assert.fail()),
    /template:2: error: line 2, column 4: the function foo is not known.*last good version stays/,
  )
  assert.equal(render(templates.load([{ path, text: '{{ define "mine" }}new{{ end }}' }], broken), 'mine'), 'new')
})

test('a place inside another file counts from where the template begins', () => {
  const origin = { file: 'configmap.yaml', line: 10 }
  const { problems } = templates.load([{ path: 'template', text: '{{ define "a" }}\n{{ end }}\n{{ foo }}', origin }])

  assert.deepEqual(
    problems.map((problem) => problem.origin),
    [{ file: 'configmap.yaml', line: 12, column: 4 }],
  )
})

test('a failure while rendering names the line of the Go file', () => {
  const loaded = templates.load([
    {
      path: 'my.tmpl',
      text: '{{ define "a" -}}\n\n{{- /* note\n */ -}}\n{{ range\n .Alerts }}{{ .Status }}\n{{ .Foo }}{{ end }}{{ end }}',
    },
  ])
  const { fallback } = loaded.library.render({
    name: 'a',
    format: 'text',
    fallback: 'nm.default.text',
    notification: one,
  })

  assert.match(
    fallback ?? '',
    /^template "a" failed: my\.tmpl:7: there is no field or method \.Foo in a template\.Alert$/,
  )
})

test('a file is Go or Liquid by its definitions, whatever else it holds', () => {
  const files = {
    'go.tmpl': '{{ define "go" }}100{% if %} {{ .Status }}{{ end }}',
    'liquid.tmpl': '{% define "liquid" %}{{ status }} {{ "{{ .Status }}" }}{% enddefine %}',
    'loose.tmpl': '{{ .Status | toUpper }}',
    'loose-liquid.tmpl': '{% if status %}{{ status | toUpper }}{% endif %}',
  }
  const loaded = templates.load(toFiles(files))

  assert.deepEqual(loaded.problems, [])
  assert.equal(render(loaded, 'go'), '100{% if %} firing')
  assert.equal(render(loaded, 'liquid'), 'firing {{ .Status }}')
  assert.equal(render(loaded, 'loose.tmpl'), 'FIRING')
  assert.equal(render(loaded, 'loose-liquid'), 'FIRING')
})

test('Go and Liquid templates call each other', () => {
  const files = {
    'a.tmpl':
      '{{ define "a" }}<p title="{{ .Status }}">{{ template "b" . }} {{ (index .Alerts 0).Labels.severity }}</p>{{ end }}{{ define "c" }}{{ .Receiver }}+{{ end }}',
    'b.liquid': '{% define "b" %}{{ alerts[0].labels.severity }} {% render "c" %}{% enddefine %}',
  }
  const loaded = templates.load(toFiles(files))

  assert.deepEqual(loaded.problems, [])
  assert.equal(render(loaded, 'a', 'html'), '<p title="firing">&lt;b&gt; notification-manager+ &lt;b&gt;</p>')
})

test('a call of a template that nobody defines is told when the file is loaded', () => {
  const { problems } = templates.load([
    { path: 'a.tmpl', text: '{{ define "a" }}\n{{ template "nobody" . }}{{ end }}' },
  ])

  assert.deepEqual(
    problems.map(({ reason, severity, origin }) => [reason, severity, origin?.line]),
    [['TemplateNotFound', 'warning', 2]],
  )
})

test('a file whose translation is longer than what is read is refused as a whole', () => {
  const small = createTemplates({ builtin, limits: { maxFileChars: 20_000 } })
  const { problems } = small.load([
    { path: 'a.tmpl', text: `{{ define "a" }}${'{{ .Status }}'.repeat(1_400)}{{ end }}` },
  ])

  assert.match(
    problems[0]?.message ?? '',
    /translated to Liquid, the file has \d+ characters, and at most 20000 are read/,
  )
})

test('a value that left the tag which escapes it fails instead of being sent unescaped', () => {
  const loaded = templates.load([
    { path: 'a.liquid', text: '{% define "a" %}<b>{{ receiver | go_print }}</b>{% enddefine %}' },
  ])
  const { fallback } = loaded.library.render({
    name: 'a',
    format: 'html',
    fallback: 'nm.default.text',
    notification: one,
  })

  assert.match(fallback ?? '', /go_print stands outside of \{% go %\}/)
})
