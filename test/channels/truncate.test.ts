import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { characters, jsonBytes, utf16Units, utf8Bytes } from '../../src/channels/measure.ts'
import { truncate } from '../../src/channels/truncate.ts'
import { type Markup } from '../../src/channels/markup.ts'
import { cutsNothing, units } from './text-units.ts'

const noLine = () => ''

function cutTo(text: string, limit: number, markup: Markup = 'plain'): string {
  return truncate(text, { limit, measure: utf16Units, markup, cutLine: noLine }).text
}

describe('measures', () => {
  it('count bytes, code units and code points', () => {
    const text = 'aé警🔥'
    assert.deepEqual([utf8Bytes(text), utf16Units(text), characters(text)], [10, 5, 4])
    assert.deepEqual([jsonBytes('a"\n\u0001'), jsonBytes('警')], [1 + 2 + 2 + 6, 3])
    assert.equal(characters('\ud83d'), 1)
  })

  it('of two texts together are the sum of both', () => {
    const text = fc.string({ unit: 'binary' })
    for (const measure of [utf8Bytes, utf16Units, characters, jsonBytes]) {
      fc.assert(fc.property(text, text, (one, other) => measure(one + other) === measure(one) + measure(other)))
    }
  })
})

describe('truncating a text', () => {
  it('leaves a text that fits as it is', () => {
    assert.deepEqual(truncate('警告', { limit: 6, measure: utf8Bytes }), { text: '警告', cut: 0 })
  })

  it('says on a line of its own how many characters are missing, the line counted in', () => {
    const { text, cut } = truncate('🔥'.repeat(100), { limit: 100, measure: utf8Bytes })
    assert.equal(text, `${'🔥'.repeat(18)}\n… (82 characters cut)`)
    assert.equal(cut, 82)
    assert.ok(utf8Bytes(text) <= 100)
  })

  it('gives the beginning alone where the line does not fit', () => {
    assert.deepEqual(truncate('abcdefghij', { limit: 4, measure: utf8Bytes }), { text: 'abcd', cut: 6 })
    assert.deepEqual(truncate('👩‍👩‍👧‍👦', { limit: 4, measure: utf8Bytes }), { text: '', cut: 7 })
    assert.deepEqual(truncate('abc', { limit: 0, measure: utf8Bytes }), { text: '', cut: 3 })
  })

  it('never cuts inside a character', () => {
    assert.equal(cutTo('ab🔥', 3), 'ab')
    assert.equal(cutTo('abe\u0301', 3), 'ab')
    assert.equal(cutTo('a👩‍👩‍👧‍👦', 9), 'a')
    assert.equal(cutTo('a🇨🇳🇩🇪', 7), 'a🇨🇳')
    assert.equal(cutTo('a👍🏽b', 4), 'a')
    assert.equal(cutTo('*ab*\u0301cd', 4, 'mrkdwn'), '')
  })

  it('mends a text that is no Unicode', () => {
    assert.equal(truncate('a\ud83d', { limit: 9, measure: utf8Bytes }).text, 'a\ufffd')
    assert.ok(cutTo('\udd25'.repeat(9), 5).isWellFormed())
  })

  it('never cuts inside an entity, a link, an address or a short piece of markup', () => {
    const cases: readonly (readonly [Markup, string])[] = [
      ['mrkdwn', '&amp;'],
      ['mrkdwn', '<https://example.com/a|a link>'],
      ['mrkdwn', '*bold words*'],
      ['mrkdwn', '`kubectl get pods`'],
      ['mrkdwn', '```\nlog\n```'],
      ['markdown', '[a link](https://example.com/a)'],
      ['markdown', '**bold**'],
      ['markdown', '<font color="warning">red</font>'],
      ['html', '&#x1F525;'],
      ['html', '<a href="https://example.com">a link</a>'],
      ['plain', 'https://example.com/a?b=c'],
    ]
    for (const [markup, token] of cases) {
      for (let limit = 3; limit < token.length + 3; limit += 1) {
        assert.equal(cutTo(`ab ${token} tail`, limit, markup), 'ab', `${token} at ${limit}`)
      }
      assert.equal(cutTo(`ab ${token} tail`, token.length + 3, markup), `ab ${token}`)
    }
  })

  it('closes the markup that is too long to go whole', () => {
    const long = 'word '.repeat(100)
    const cases: readonly (readonly [Markup, string, string])[] = [
      ['mrkdwn', '```', '```'],
      ['mrkdwn', '`', '`'],
      ['mrkdwn', '*', '*'],
      ['markdown', '**', '**'],
      ['markdown', '<font color="info">', '</font>'],
      ['html', '<a href="https://example.com/">', '</a>'],
    ]
    for (const [markup, open, close] of cases) {
      const text = cutTo(`${open}${long}${close}`, 100, markup)
      assert.ok(text.startsWith(`${open}word `) && text.endsWith(close), text)
      assert.ok(text.length <= 100 && text.length > 90, text)
    }
    const nested = cutTo(`*${'see <https://example.com/a|a link> and &amp; '.repeat(30)}*`, 300, 'mrkdwn')
    assert.match(nested, /(?:see|link>|and|&amp;)\*$/u)
  })

  it('puts the line about the cut behind the closed code, not into it', () => {
    const { text } = truncate(`\`\`\`${'log\n'.repeat(200)}\`\`\``, {
      limit: 100,
      measure: utf8Bytes,
      markup: 'mrkdwn',
    })
    assert.match(text, /\nlo?g?```\n… \(\d+ characters cut\)$/u)
  })

  it('takes what only looks like markup for text', () => {
    assert.equal(cutTo('a * b < c & d ` e', 15, 'mrkdwn'), 'a * b < c & d `')
    assert.equal(cutTo('```never closed '.repeat(3), 20, 'mrkdwn').length, 20)
    assert.equal(cutTo('<'.repeat(50), 20, 'html'), '<'.repeat(20))
  })

  it('is linear in hostile texts', () => {
    const hostile = ['<', '*', '`', '```', '[', '[](', '&', '_', '<a>', '<a ', '\u0301', '\u200d', 'https://', '🇨']
    for (const text of hostile) {
      for (const markup of ['plain', 'mrkdwn', 'markdown', 'html'] as const) {
        const long = text.repeat(200_000)
        const startedAt = performance.now()
        truncate(long, { limit: Math.floor(long.length / 2), measure: utf16Units, markup })
        const tookMs = performance.now() - startedAt
        assert.ok(tookMs < 5_000, `${JSON.stringify(text)} as ${markup} took ${tookMs} ms`)
      }
    }
  })

  it('keeps within the limit and cuts between parts, whatever the text', () => {
    for (const markup of ['plain', 'mrkdwn', 'markdown', 'html'] as const) {
      const property = fc.property(units(markup), fc.integer({ min: 0, max: 400 }), (parts, limit) => {
        const text = parts.join('')
        const { text: kept, cut } = truncate(text, { limit, measure: utf8Bytes, markup, cutLine: noLine })
        assert.ok(utf8Bytes(kept) <= limit)
        assert.equal(characters(kept) + cut, characters(text))
        assert.ok(kept.isWellFormed())
        assert.ok(cutsNothing(parts, kept), JSON.stringify({ text, kept }))
      })
      fc.assert(property, { numRuns: 300 })
    }
  })
})
