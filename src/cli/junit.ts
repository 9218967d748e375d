import { describeFailure, type CaseResult } from './routing-test-run.ts'

/** The results as JUnit XML, which CI systems show: https://github.com/testmoapp/junitxml */
export function toJunit(results: readonly CaseResult[]): string {
  const files = [...new Set(results.map(({ file }) => file))]
  const suites = files.map((file) =>
    suite(
      file,
      results.filter((result) => result.file === file),
    ),
  )
  const body = suites.flatMap((lines) => lines.map((line) => `  ${line}`))
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts(results)}>`,
    ...body,
    '</testsuites>',
    '',
  ].join('\n')
}

function suite(file: string, results: readonly CaseResult[]): readonly string[] {
  return [`<testsuite name="${escape(file)}" ${counts(results)}>`, ...results.map(testcase), '</testsuite>']
}

function counts(results: readonly CaseResult[]): string {
  return `tests="${results.length}" failures="${results.filter(({ passed }) => !passed).length}"`
}

function testcase({ name, file, line, failures }: CaseResult): string {
  const open = `  <testcase name="${escape(name)}" classname="${escape(file)}" file="${escape(file)}" line="${line}"`
  if (failures.length === 0) return `${open}/>`
  const lines = failures.map(describeFailure)
  return `${open}><failure message="${escape(lines[0] ?? '')}">${escape(lines.join('\n'))}</failure></testcase>`
}

/** Text for XML 1.0, which has no place for most control characters: https://www.w3.org/TR/xml/#charsets */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
