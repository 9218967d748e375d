import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alert, library, notification, renderText } from './support.ts'

const hostile = '<!channel> & <https://evil.test|runbook>'
const escaped = '&lt;!channel&gt; &amp; &lt;https://evil.test|runbook&gt;'
const given = { format: 'mrkdwn', notification: notification([alert({ labels: { alertname: hostile } })]) } as const

describe('templates as mrkdwn', () => {
  it('keep the links and mentions of their author, and disarm those of values', () => {
    const body = '<!here> <https://wiki.test|wiki> *{{ alerts[0].labels.alertname }}* &amp;'
    assert.equal(renderText(body, given), `<!here> <https://wiki.test|wiki> *${escaped}* &amp;`)
  })

  it('escape a value once, also when the author asks for it', () => {
    assert.equal(renderText('{{ alerts[0].labels.alertname | escape }}', given), escaped)
    assert.equal(renderText('{{ alerts[0].labels.alertname | lines }}', given), escaped)
    assert.equal(
      renderText('{{ alerts[0].labels.alertname | toUpper }}', given),
      escaped.replaceAll(/[a-z]+(?![a-z]*;)/gu, (word) => word.toUpperCase()),
    )
  })

  it('escape the values of built-in templates, called ones included', () => {
    const { text } = library().render({ ...given, name: 'nm.default.text', fallback: 'nm.default.text' })
    assert.ok(text.includes('&lt;!channel&gt;'))
    assert.doesNotMatch(text, /<[!h]/u)
  })

  it('escape in the fallback for a template that nobody has', () => {
    const { text, fallback } = library().render({ ...given, name: 'missing', fallback: 'nm.default.text' })
    assert.match(fallback ?? '', /missing/u)
    assert.doesNotMatch(text, /<[!h]/u)
  })
})
