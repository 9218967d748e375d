import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assertPattern, matches, replaceAll } from '../../../src/templates/go/regexp/regexp.ts'

test('patterns that would make a backtracking engine hang end soon', () => {
  const started = performance.now()
  assert.equal(matches('(a+)+$', `${'a'.repeat(5_000)}b`), false)
  assert.equal(matches('(a|a)*c', 'a'.repeat(5_000)), false)
  assert.equal(matches('(.*)*(.*)*(.*)*x', 'a'.repeat(5_000)), false)
  assert.equal(matches('(\\w*\\s*)*=', 'word '.repeat(1_000)), false)
  assert.equal(replaceAll('(x+x+)+y', '', 'x'.repeat(5_000)).length, 5_000)
  assert.ok(performance.now() - started < 2_000)
})

test('work is bounded: by the pattern, the text and what is put in', () => {
  assert.throws(() => matches('[a-z]{500}z', 'a'.repeat(100_000)), /takes too long/)
  assert.throws(() => replaceAll('a', '$0'.repeat(1_000), 'a'.repeat(10_000)), /takes too long/)
  assert.throws(() => replaceAll('a+', '$0'.repeat(100), 'a'.repeat(100_000)), /takes too long/)
  assert.throws(() => assertPattern('((a{100}){100}){100}'), /too big/)
  assert.throws(() => assertPattern('a'.repeat(1_001)), /at most 1000 characters/)
  assert.throws(() => assertPattern('('.repeat(60) + ')'.repeat(60)), /more than 50 deep/)
})

test('a pattern that Go refuses is refused with the reason', () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    '(': /missing closing \)/,
    ')': /unexpected \)/,
    '[a': /missing closing \]/,
    '[z-a]': /invalid character class range/,
    '*a': /missing argument/,
    'a**': /nested repetition/,
    'a{2,1}': /invalid repeat count/,
    'a{1001}': /invalid repeat count/,
    '\\': /trailing backslash/,
    '\\k': /invalid escape/,
    '(?=a)': /unsupported group/,
    '(?<!a)': /unsupported group/,
    '\\p{Nope}': /no Unicode class/,
    '[[:nope:]]': /no class/,
    '\\x{110000}': /beyond Unicode/,
  }
  for (const [pattern, reason] of Object.entries(wrong)) assert.throws(() => assertPattern(pattern), reason, pattern)
})

test('RE2 spellings that JavaScript lacks mean what they mean in Go', () => {
  assert.ok(matches('(?i)straSSE', 'STRASSE'))
  assert.ok(matches('(?s)a.b', 'a\nb'))
  assert.ok(!matches('a.b', 'a\nb'))
  assert.ok(matches('\\Aab\\z', 'ab'))
  assert.ok(!matches('ab$', 'ab\n'))
  assert.ok(matches('\\Qa.b\\E', 'a.b') && !matches('\\Qa.b\\E', 'axb'))
  assert.ok(matches('^[[:^alpha:]]+$', '123'))
  assert.ok(matches('^\\p{Greek}+$', 'αβγ') && matches('^\\P{L}$', '1'))
  assert.equal(replaceAll('(?P<a>x)(y)?', '${a}-$2-$1x-${1}x-$$-$', 'x'), 'x---xx-$-$')
  assert.equal(replaceAll('(?U)a+', 'b', 'aaa'), 'bbb')
  assert.equal(replaceAll('', '-', 'a😀'), '-a-😀-')
})

test('simple patterns agree with JavaScript', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(?:ab)', '\\d', '\\w')
  const count = fc.constantFrom('', '*', '+', '?', '*?', '{2}', '{1,2}')
  const pattern = fc.array(fc.tuple(atom, count), { minLength: 1, maxLength: 5 }).map((parts) => parts.flat().join(''))
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' '), maxLength: 12 })
  fc.assert(
    fc.property(pattern, text, (source, input) => {
      assert.equal(matches(source, input), new RegExp(source).test(input))
    }),
    { numRuns: 500 },
  )
})

test('no pattern and no text make it throw anything but its own errors, or take long', () => {
  const piece = fc.constantFrom(
    ...'ab()[]{}*+?|^$.\\-,:<>=!PQEpdwsi12'.split(''),
    '(?',
    '[[:',
    '{1,9}',
    '\\p{',
    '\\x{',
    '😀',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.string({ maxLength: 40 }), (pieces, text) => {
      try {
        replaceAll(pieces.join(''), '$1${x}', text)
      } catch (error) {
        assert.ok(
          error instanceof Error && (error.name === 'PatternError' || /takes too long/.test(error.message)),
          String(error),
        )
      }
    }),
    { numRuns: 2_000 },
  )
})
