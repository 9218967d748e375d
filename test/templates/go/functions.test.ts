import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { sprintf } from '../../../src/templates/go/printf.ts'
import { matches, replaceAll } from '../../../src/templates/go/regexp/regexp.ts'
import { GoFloat, GoSlice, nothing, type GoValue } from '../../../src/templates/go/values.ts'

interface PatternCase {
  readonly pattern: string
  readonly text: string
  readonly replacement: string
  readonly error?: boolean
  readonly matches?: boolean
  readonly replaced?: string
}

type Argument =
  string | boolean | null | { readonly i: string } | { readonly f: number } | { readonly l: readonly string[] }

interface FormatCase {
  readonly format: string
  readonly arguments: readonly Argument[]
  readonly printed: string
}

const file = new URL('../../fixtures/go-templates/functions.json', import.meta.url)
const cases = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly patterns: readonly PatternCase[]
  readonly formats: readonly FormatCase[]
}

test("patterns match and replace as Go's regexp does", () => {
  assert.ok(cases.patterns.length > 300)
  for (const { pattern, text, replacement, error, ...expected } of cases.patterns) {
    if (error === true) {
      assert.throws(() => matches(pattern, text), { name: 'PatternError' }, pattern)
      continue
    }
    const found = { matches: matches(pattern, text), replaced: replaceAll(pattern, replacement, text) }
    assert.deepEqual(found, expected, JSON.stringify([pattern, replacement, text]))
  }
})

function toValue(argument: Argument): GoValue {
  if (argument === null) return nothing
  if (typeof argument !== 'object') return argument
  if ('i' in argument) return BigInt(argument.i)
  return 'f' in argument ? new GoFloat(argument.f) : new GoSlice('[]string', argument.l)
}

test("printf prints as Go's fmt does, mistakes included", () => {
  assert.ok(cases.formats.length > 250)
  for (const { format, arguments: given, printed } of cases.formats) {
    assert.equal(
      sprintf(format, given.map(toValue), () => undefined),
      printed,
      JSON.stringify([format, given]),
    )
  }
})

test('what fmt can and we cannot is refused, not printed wrong', () => {
  assert.throws(() => sprintf('%#v', ['a'], () => undefined), /%#v is not supported/)
  assert.throws(() => sprintf('%p', ['a'], () => undefined), /%p is not supported/)
  assert.throws(() => sprintf('%x', [new GoFloat(1)], () => undefined), /%x of a float is not supported/)
})

test('a width is paid for before it is filled', () => {
  const charge = (units: number): void => {
    if (units > 1_000) throw new Error(`memory limit: ${units}`)
  }
  for (const format of ['%900000d', '%0900000d', '%.900000d', '%-900000d']) {
    assert.throws(() => sprintf(format, [1n], charge), /memory limit: (?:900000|899999)/, format)
  }
  assert.throws(() => sprintf('%*s', [900_000n, 'x'], charge), /memory limit: 899999/)
})
