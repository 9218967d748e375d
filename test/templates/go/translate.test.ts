import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatProblem } from '../../../src/model/problem.ts'
import { translate } from '../../../src/templates/go/translate.ts'
import { goFiles } from './fixtures.ts'

function liquidOf(text: string, file = '/etc/templates/a.tmpl'): string {
  const translation = translate(text, file)
  return 'liquid' in translation ? translation.liquid : assert.fail(translation.problems.map(formatProblem).join('\n'))
}

function problemsOf(text: string): readonly string[] {
  const translation = translate(text, 'a.tmpl')
  return 'problems' in translation ? translation.problems.map(formatProblem) : []
}

test('the Liquid reads like the Go that it was', () => {
  const go = `{{ define "s" -}}
  {{- len .Alerts }} alert{{ if gt (len .Alerts) 1 }}s{{ end }}
{{/* who */ -}}
{{ range .GroupLabels.SortedPairs }} {{ .Name }}={{ .Value | toUpper }}{{ else }}-{{ end }}
{{- end }}`

  assert.equal(
    liquidOf(go),
    `{% define "s" %}{% go %}
  {{- dot | go_get: "Alerts" | go_len | go_print }} alert{% if dot | go_get: "Alerts" | go_len | go_gt: 1 %}s{% endif %}
{% # who %}
{%- assign list = dot | go_get: "GroupLabels", "SortedPairs" | go_range %}{% for item in list %} {{ item | go_get: "Name" | go_print }}={{ item | go_get: "Value" | go_to_upper | go_print }}{% else %}-{% endfor %}
{%- endgo %}{% enddefine %}`,
  )
})

test('each line stays at its line, so that what the engine says about the Liquid holds for the Go file', () => {
  for (const [file, text] of Object.entries(goFiles)) {
    const lines = liquidOf(text, file).split('\n')
    for (const [index, line] of text.split('\n').entries()) {
      const name = /\{\{-? define ("[^"]+")/.exec(line)?.[1]
      if (name !== undefined)
        assert.ok(
          lines[index]?.includes(`{% define ${name}`) || lines[index]?.includes(`{%- define ${name}`),
          `${file}:${index + 1}`,
        )
    }
  }
  assert.match(
    liquidOf('{{ range\n  .Alerts\n}}x{{ end }}\n{{- /* a\nb */ -}}\n\nlast {{ .Status }}').split('\n')[6] ?? '',
    /^last /,
  )
})

test('white space that Liquid would take away and Go would not stays', () => {
  assert.equal(liquidOf('a {{- "b" -}} \u00a0c\u00a0 {{- "d" }}').includes('\u00a0c\u00a0'), true)
  assert.doesNotMatch(liquidOf('a \u00a0 {{- "b" }}'), /\{\{-/)
})

test('what stands outside of definitions is a template by the name of the file', () => {
  assert.match(liquidOf('{{ .Status }}!', '/etc/templates/mine.tmpl'), /^\{% define "mine.tmpl" %\}/)
  assert.match(liquidOf('{{ define "a" }}x{{ end }} loose'), /\{% define "a".*\{% define "a.tmpl" %\}\{% go %\} loose/s)
  assert.doesNotMatch(liquidOf('{{/* only a comment */}}\n{{ define "a" }}x{{ end }}\n'), /a\.tmpl/)
})

test('an empty definition gives way to a full one', () => {
  assert.equal(liquidOf('{{ define "a" }}{{ end }}{{ define "a" }}x{{ end }}').match(/define "a"/g)?.length, 1)
  assert.equal(liquidOf('{{ define "a" }}x{{ end }}{{ define "a" }} {{ end }}').match(/define "a"/g)?.length, 1)
})

/** What cannot be translated: the place and the construct that the Problem names. */
const refused: Readonly<Record<string, readonly [string, RegExp]>> = {
  'an unknown function': [
    'a\n {{ .Status | foo }}',
    /^a\.tmpl:2: error: line 2, column 15: the function foo is not known; there are and, or, eq/,
  ],
  'a call of a function value': ['{{ call .F }}', /:1: error: line 1, column 4: the function call is not supported/],
  'an unknown method of a time': [
    '{{ .StartsAt.In "x" }}',
    /column 4: \.StartsAt\.In: there is no field or method \.In in \.StartsAt/,
  ],
  'a method of alerts that is none': ['{{ .Alerts.First }}', /no field or method \.First in \.Alerts/],
  'arguments for a field': ['{{ .Foo 1 }}', /\.Foo has arguments, but no method of that name takes any/],
  'arguments for a value': ['{{ "a" 1 }}', /can't give argument to non-function a string/],
  'arguments for a variable': ['{{ $x := 1 }}{{ 1 | $x }}', /can't give argument to non-function \$x/],
  'a complex number': ['{{ 1+2i }}', /complex numbers are not supported/],
  'an imaginary number': ['{{ 2i }}', /complex numbers are not supported/],
  'bytes that are no text': ['{{ "\\xff" }}', /not UTF-8/],
  'too many arguments': ['{{ len 1 2 }}', /wrong number of arguments for len: want 1, got 2/],
  'too few arguments': ['{{ printf }}', /wrong number of arguments for printf: want at least 1, got 0/],
  'a literal of a wrong kind': ['{{ toUpper 3 }}', /expected a text; found a number/],
  'a text where a list is due': ['{{ join "," "a" }}', /expected a list of texts; found a string/],
  'a pattern that cannot be': ['{{ match "a(" .Status }}', /the pattern "a\(" cannot be used: missing closing \)/],
  'a pattern that is too big': [
    '{{ reReplaceAll "((x{90}){90}){90}" "" "a" }}',
    /cannot be used: the pattern is too big/,
  ],
  'nil by itself': ['{{ nil }}', /nil is not a command/],
  'an undefined variable': ['{{ $x }}', /undefined variable \$x/],
  'a variable of another block': ['{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}', /column 39: undefined variable \$x/],
  'a variable of another template': ['{{ $x := 1 }}{{ define "b" }}{{ $x }}{{ end }}', /undefined variable \$x/],
  'an unclosed action': ['a {{ .Status', /:1: error: line 1, column 3: unclosed action/],
  'an unclosed comment': ['{{/* x', /unclosed comment/],
  'more than a comment': ['{{/* x */ .Status }}', /a comment is the only thing/],
  'an unclosed block': ['\n{{ if true }}x', /:2: error: line 2, column 1: \{\{if\}\} is not closed with \{\{end\}\}/],
  'an unclosed definition': ['{{ define "a" }}x', /\{\{define "a"\}\} is not closed/],
  'an end too many': ['x{{ end }}', /unexpected \{\{end\}\}: nothing is open here/],
  'an else too many': ['{{ if true }}a{{ else }}b{{ else }}c{{ end }}', /expected end; found \{\{else\}\}/],
  'else if of a with': ['{{ with 1 }}a{{ else if 2 }}b{{ end }}', /\{\{else if\}\} cannot follow \{\{with\}\}/],
  'a break outside': ['{{ break }}', /\{\{break\}\} outside \{\{range\}\}/],
  'a definition inside': ['{{ if 1 }}{{ define "a" }}{{ end }}{{ end }}', /<define>: it can only stand outside/],
  'two definitions': ['{{ define "a" }}x{{ end }}{{ define "a" }}y{{ end }}', /multiple definition of template "a"/],
  'a template without a name': ['{{ template foo }}', /unexpected "foo" in template clause/],
  'an empty name': ['{{ define "" }}{{ end }}', /needs a name that is not empty/],
  'an open parenthesis': ['{{ (len .Alerts }}', /unclosed "\("/],
  'a parenthesis too many': ['{{ len .Alerts) }}', /unexpected "\)"/],
  'an open string': ['{{ "abc }}', /unterminated quoted string/],
  'an open raw string': ['{{ `abc }}', /unterminated raw quoted string/],
  'an open character': ["{{ 'a }}", /unterminated character constant/],
  'two characters': ["{{ 'ab' }}", /malformed character constant/],
  'a wrong escape': ['{{ "\\q" }}', /invalid escape/],
  'no command': ['{{ }}', /missing value for command/],
  'no condition': ['{{ if }}{{ end }}', /missing value for if/],
  'no command after a bar': ['{{ .Status | }}', /missing value for command/],
  'a value after a bar': ['{{ .Status | "x" }}', /non executable command in pipeline stage 2/],
  'a number that is none': ['{{ 0x }}', /illegal number syntax/],
  'a number with letters': ['{{ 12ab }}', /bad number syntax: "12ab"/],
  'a number too big': ['{{ 9223372036854775808 }}', /integer overflow/],
  'a missing space': ['{{ $x+2 }}', /bad character "\+"/],
  'a strange character': ['{{ # }}', /unexpected "#" in an action/],
  'two variables outside of range': ['{{ $a, $b := 1 }}', /too many declarations in command/],
  'a field of a literal': ['{{ "a".Foo }}', /unexpected|bad character/],
  'a field of nil': ['{{ nil.Foo }}', /unexpected|bad character/],
}

for (const [what, [text, words]] of Object.entries(refused)) {
  test(`${what} is a Problem that names file, line, column and construct`, () => {
    const [problem = '', ...more] = problemsOf(text)
    assert.match(problem, words)
    assert.match(problem, /^a\.tmpl:\d+: error: line \d+, column \d+: .*\(TemplateInvalid\)$/)
    assert.deepEqual(more, [])
  })
}

test('a fault in one definition does not hide those of the others', () => {
  const problems = problemsOf('{{ define "a" }}{{ foo }}{{ end }}\n{{ define "b" }}{{ bar }}{{ end }}')
  assert.deepEqual(
    problems.map((problem) => /function (\w+)/.exec(problem)?.[1]),
    ['foo', 'bar'],
  )
})

test('nesting and size are bounded', () => {
  assert.match(problemsOf('{{ if 1 }}'.repeat(5_000))[0] ?? '', /more than 100 deep/)
  assert.match(problemsOf(`{{ ${'('.repeat(5_000)}1${')'.repeat(5_000)} }}`)[0] ?? '', /more than 100 deep/)
  assert.match(problemsOf(`{{ if 1 }}${'{{ else if 2 }}'.repeat(5_000)}{{ end }}`)[0] ?? '', /more than 100 deep/)
  assert.match(problemsOf('x'.repeat(300_000))[0] ?? '', /more than 262144 characters/)
  assert.ok(liquidOf(`${'{{ if 1 }}'.repeat(80)}x${'{{ end }}'.repeat(80)}`).length > 1_000)
})
