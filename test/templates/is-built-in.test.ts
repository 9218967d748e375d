import assert from 'node:assert/strict'
import { test } from 'node:test'
import { library } from './support.ts'

test('a template is built in until a file replaces it, or anything that it calls', () => {
  const define = (name: string) => `{% define "${name}" %}x{% enddefine %}`
  const names = ['nm.default.subject', 'nm.default.text', 'nm.default.html', 'webhook.default.message']
  const builtIn = (body: string) => names.map((name) => library({ 'it.liquid': body }).isBuiltIn(name))
  assert.deepEqual(builtIn(define('mine')), [true, true, true, true])
  assert.deepEqual(builtIn(define('nm.default.text')), [true, false, true, true])
  assert.deepEqual(builtIn(define('nm.text.pairs')), [true, false, true, true])
  assert.deepEqual(builtIn(define('nm.status')), [false, false, false, true])
  assert.equal(library({ 'it.liquid': define('mine') }).isBuiltIn('mine'), false)
  assert.equal(library().isBuiltIn('{{ template "nm.default.text" . }}'), true)
  assert.equal(library().isBuiltIn('constructor'), false)
})
