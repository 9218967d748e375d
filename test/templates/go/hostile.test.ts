import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createEngines } from '../../../src/templates/engine.ts'
import { translate, translateGo } from '../../../src/templates/go/translate.ts'
import { defaultLimits } from '../../../src/templates/limits.ts'
import { createTemplates } from '../../../src/templates/templates.ts'
import { alert, builtin, notification } from '../support.ts'
import { goCases, goFiles, renderGo } from './fixtures.ts'

const templates = createTemplates({ builtin })
const engines = createEngines(defaultLimits)
const many = notification(
  Array.from({ length: 300 }, (_, index) => alert({ labels: { alertname: 'A', n: String(index) } })),
)

const ranges = (depth: number): string => '{{ range $.Alerts }}'.repeat(depth)
const ends = (depth: number): string => '{{ end }}'.repeat(depth)
const double = '{{ $x := "xxxxxxxx" }}{{ range .Alerts }}{{ $x = print $x $x }}{{ end }}'

/** What hostile templates try, and the words with which they are stopped. */
const bombs: Readonly<Record<string, readonly [string, RegExp]>> = {
  'nested ranges': [`${ranges(6)}{{ .Status }}${ends(6)}`, /limit|message is longer/],
  'nested ranges that print nothing': [`${ranges(6)}{{ if .Foo.Bar }}{{ end }}${ends(6)}`, /limit|no field/],
  'silent nested ranges': [`${ranges(6)}{{ $y := 1 }}${ends(6)}`, /render limit/],
  'a template that calls itself': ['{{ template "it" . }}', /more than 20 deep/],
  'a template that calls itself twice': ['{{ template "it" . }}{{ template "it" . }}', /more than 20 deep/],
  'a text doubled': [`${double}{{ $x }}`, /memory alloc/],
  'a text joined with itself': [
    `{{ $x := "xxxxxxxx" }}{{ range .Alerts }}{{ $x = join $x (stringSlice $x $x $x) }}{{ end }}`,
    /memory alloc/,
  ],
  'a wide number': ['{{ range .Alerts }}{{ $y := printf "%900000d" 1 }}{{ end }}', /memory alloc/],
  'a pattern that backtracks': [
    `{{ $x := printf "%50000s" "b" }}{{ match "( +)+$" $x }}{{ range .Alerts }}{{ $y := match "(.*)*(.*)*x" $x }}{{ end }}`,
    /limit|too long/,
  ],
  'a replacement that grows': [
    `{{ $x := printf "%9000s" "" }}{{ reReplaceAll " " (printf "%9000s" "") $x }}`,
    /memory alloc|too long/,
  ],
  'everything printed for everything': [`${ranges(2)}{{ $y := printf "%v" $ }}${ends(2)}`, /limit/],
  'JSON of everything': [
    '{{ range .Alerts }}{{ js $ }}{{ html $ }}{{ urlquery $ }}{{ end }}',
    /limit|message is longer/,
  ],
}

for (const [what, [text, words]] of Object.entries(bombs)) {
  test(`${what}: stopped soon, at the cost of its own message only`, () => {
    const loaded = templates.load([
      { path: 'a.tmpl', text: `{{ define "it" }}${text}{{ end }}{{ define "well" }}{{ .Status }}{{ end }}` },
    ])
    const started = performance.now()
    for (const format of ['text', 'html'] as const)
      assert.match(renderGo(loaded.library, 'it', format, many).error ?? '', words, format)

    assert.ok(performance.now() - started < 5_000, 'took too long')
    assert.equal(renderGo(loaded.library, 'well', 'text', many).text, 'firing')
  })
}

const hostile = goCases.find(({ payload }) => payload === 'hostile')?.notification ?? assert.fail()

test('hostile labels change nothing but text in HTML', () => {
  const text =
    '{{ define "it" }}<table title="{{ .CommonLabels }}">{{ range .Alerts }}{{ range .Labels.SortedPairs }}<td class={{ .Value }} style="color: {{ .Value }}"><a href="{{ .Value }}">{{ .Name }}={{ .Value }}</a><!-- {{ .Value }} --></td>{{ end }}{{ end }}</table>{{ end }}'
  const output =
    renderGo(templates.load([{ path: 'a.tmpl', text }]).library, 'it', 'html', hostile).text ?? assert.fail()
  const tags = new Set([...output.matchAll(/<\/?([a-z]+)/gi)].map(([, name]) => name))

  assert.deepEqual([...tags].sort(), ['a', 'table', 'td'])
  assert.doesNotMatch(output, /href="javascript:|<!--|onerror=[^&]/)
  assert.match(output, /href="#ZgotmplZ"/)
})

test('names that JavaScript objects have by themselves are labels like any other, or nothing', () => {
  const text =
    '{{ define "it" }}{{ with (index .Alerts 0).Labels }}{{ .__proto__ }} {{ .constructor }} [{{ .toString }}{{ index . "hasOwnProperty" }}]{{ end }} {{ $v_x := 1 }}{{ $v_x }}{{ end }}'
  assert.equal(
    renderGo(templates.load([{ path: 'a.tmpl', text }]).library, 'it', 'text', hostile).text,
    'polluted x [] 1',
  )
  for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
    assert.match(
      renderGo(
        templates.load([{ path: 'a.tmpl', text: `{{ define "it" }}{{ .${name} }}{{ end }}` }]).library,
        'it',
        'text',
        hostile,
      ).error ?? '',
      /no field or method/,
    )
    assert.ok('problems' in translate(`{{ ${name} 1 }}`, 'a.tmpl'))
    assert.ok('problems' in translate(`{{ .Status.${name} 1 }}`, 'a.tmpl'))
  }
})

test('any text is translated or refused with a place, and never throws', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => {
      const translation = translate(text, 'a.tmpl')
      if ('problems' in translation)
        for (const { origin } of translation.problems) assert.ok((origin?.line ?? 0) > 0 && (origin?.column ?? 0) > 0)
      else engines.text.parse(translation.liquid)
    }),
    { numRuns: 500 },
  )
})

const definitions = Object.values(goFiles)
  .join('\n')
  .split(/\n(?=\{\{ define)/)
  .map((text) => text.replace(/define "[^"]*"/, 'define "it"'))

const bits = [
  ...[
    '{{',
    '}}',
    '{%',
    '%}',
    '-',
    ' ',
    '"',
    '`',
    "'",
    '|',
    '(',
    ')',
    '$x',
    '$x := ',
    '=',
    '.',
    '\n',
    '/*',
    '*/',
    '\\',
    ',',
    'nil',
    '1e9',
  ],
  ...[
    '{{ end }}',
    '{{ else }}',
    '{{ if . }}',
    '{{ range . }}',
    '{{ with .Status }}',
    '{{ break }}',
    '{{ template "it" . }}',
    '{{ $ }}',
  ],
  ...[
    '{% raw %}',
    '{% endgo %}',
    '{% enddefine %}',
    '\0',
    '😀',
    '\ud800',
    '\u00a0',
    '{',
    '}',
    'len ',
    ' | printf "%v"',
    '{{- ',
    ' -}}',
  ],
]

test('mutated templates are refused, or load and render within the limits', () => {
  const mutation = fc.tuple(fc.nat(2_000), fc.constantFrom(...bits), fc.nat(3))
  fc.assert(
    fc.property(
      fc.constantFrom(...definitions),
      fc.array(mutation, { maxLength: 4 }),
      fc.constantFrom(...goCases),
      (text, mutations, given) => {
        let mutated = text
        for (const [at, bit, cut] of mutations) {
          const place = at % (mutated.length + 1)
          mutated = mutated.slice(0, place) + bit + mutated.slice(place + cut)
        }
        const translation = translateGo(mutated, 'a.tmpl')
        if ('faults' in translation) return
        engines.html.parse(translation.liquid)
        const { library } = templates.load([{ path: 'a.liquid', text: translation.liquid }])
        for (const format of ['text', 'html', 'json', 'mrkdwn'] as const)
          renderGo(library, 'it', format, given.notification)
      },
    ),
    { numRuns: 400 },
  )
})
