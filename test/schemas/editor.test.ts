import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { startEditor, type Diagnostic, type Editor, type Position } from './language-server.ts'

const schemas = join(import.meta.dirname, '..', '..', 'schemas')

/** The line that tells editors which schema a file has. */
function modeline(file: string): string {
  return `# yaml-language-server: $schema=${pathToFileURL(join(schemas, file)).href}\n`
}

const receiver = 'emailreceiver-notification-v2alpha1.json'

const good = `${modeline(receiver)}apiVersion: notification.kubesphere.io/v2alpha1
kind: EmailReceiver
metadata:
  name: payments-on-call
  labels:
    type: tenant
    namespace: payments
spec:
  to:
    - on-call@payments.example
  alertSelector:
    matchExpressions:
      - key: severity
        operator: In
        values: [critical]
`

/** Where a text stands in a document. */
function placeOf(document: string, text: string, within = 1): Position {
  const line = document.split('\n').findIndex((candidate) => candidate.includes(text))
  return { line, character: (document.split('\n')[line] ?? '').indexOf(text) + within }
}

/** Line (from 1) and message. */
function told(found: readonly Diagnostic[]): readonly string[] {
  return found.map(({ message, range }) => `${range.start.line + 1}: ${message}`)
}

function descriptionOf(...path: readonly string[]): string {
  let node = JSON.parse(readFileSync(join(schemas, receiver), 'utf8')) as Record<string, unknown>
  for (const step of path) node = node[step] as Record<string, unknown>
  return String(node['description'])
}

/** Needs the development dependency yaml-language-server, which `npm ci` brings; no other program, and no network. */
describe('an editor with the schema of a kind', () => {
  let editor: Editor
  let opened = 0
  const uri = (): string => `file:///manifests/${(opened += 1)}.yaml`
  before(async () => {
    editor = await startEditor()
  })
  after(() => editor.stop())

  it('underlines nothing in a good document', async () => {
    assert.deepEqual(told(await editor.open(uri(), good)), [])
  })

  const mistakes: readonly (readonly [what: string, change: (text: string) => string, line: number, says: RegExp])[] = [
    [
      'a misspelt field',
      (text) => text.replace('alertSelector', 'alertSelectors'),
      12,
      /Property alertSelectors is not allowed/u,
    ],
    [
      'a list that is text',
      (text) => text.replace(/to:\n.*$/mu, 'to: on-call@payments.example'),
      10,
      /Expected "array"/u,
    ],
    [
      'an unknown operator',
      (text) => text.replace('operator: In', 'operator: Is'),
      15,
      /"In", "NotIn", "Exists", "DoesNotExist"/u,
    ],
    ['an address that is none', (text) => text.replace('on-call@', 'on-call at '), 11, /does not match the pattern/u],
    [
      'a label with a blank',
      (text) => text.replace('namespace: payments', 'namespace: the payments'),
      8,
      /does not match the pattern/u,
    ],
    ['another kind', (text) => text.replace('kind: EmailReceiver', 'kind: EmailReciever'), 3, /"EmailReceiver"/u],
    ['no address at all', (text) => text.replace(/ {2}to:\n.*\n/u, ''), 9, /Missing property "to"/u],
  ]
  for (const [what, change, line, says] of mistakes) {
    it(`underlines ${what}`, async () => {
      const changed = change(good)
      assert.notEqual(changed, good)
      const found = told(await editor.open(uri(), changed))
      assert.ok(
        found.some((text) => text.startsWith(`${line}: `) && says.test(text)),
        JSON.stringify(found),
      )
    })
  }

  it('tells, of the field under the pointer, what the schema says', async () => {
    const document = uri()
    await editor.open(document, good)
    const shown = async (text: string): Promise<string> =>
      (await editor.hover(document, placeOf(good, text))).replaceAll(/\\(.)/gu, '$1')
    const spec = ['properties', 'spec', 'properties']
    assert.ok((await shown('to:')).includes(descriptionOf(...spec, 'to')))
    assert.ok((await shown('alertSelector:')).includes(descriptionOf(...spec, 'alertSelector')))
  })

  it('proposes the fields that are not there yet, with their descriptions, and the values of an enumeration', async () => {
    const document = uri()
    const text = `${good}  \n`
    await editor.open(document, text)
    const fields = await editor.complete(document, { line: text.split('\n').length - 2, character: 2 })
    assert.deepEqual(fields.map(({ label }) => label).toSorted(), ['emailConfigSelector', 'template'])
    const { documentation } = fields.find(({ label }) => label === 'template') ?? {}
    const shown = typeof documentation === 'string' ? documentation : documentation?.value
    assert.ok(shown?.includes(descriptionOf('properties', 'spec', 'properties', 'template')), shown)

    const operators = uri()
    const half = good.replace('operator: In', 'operator: ')
    await editor.open(operators, half)
    const values = await editor.complete(operators, placeOf(half, 'operator: ', 'operator: '.length))
    assert.deepEqual(values.map(({ label }) => label).toSorted(), ['DoesNotExist', 'Exists', 'In', 'NotIn'])
  })

  it('knows the kind of each document of a file by the schema of all kinds, named once a document', async () => {
    const all = modeline('all.json')
    const mixed = `${all}${good.split('\n').slice(1).join('\n')}---
${all}apiVersion: notification.kubesphere.io/v2alpha1
kind: SlackReceiver
metadata:
  name: payments
spec:
  channel: payments
`
    assert.deepEqual(told(await editor.open(uri(), mixed)), [])
    const wrong = mixed.replace('channel: payments', 'channel: 1').replace('operator: In', 'operator: Is')
    const found = told(await editor.open(uri(), wrong))
    assert.equal(found.length, 2, JSON.stringify(found))
    assert.match(found.join('\n'), /^15: .*"In".*\n24: .*"string"/u)
  })
})
