import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { kinds, linesAbout } from './objects.ts'

const folder = join(import.meta.dirname, '../fixtures/seed')
const typo = 'webhook-default.yaml'

interface Written {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
}

function documents(file: string): readonly Written[] {
  return parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => {
    assert.deepEqual(document.errors, [])
    return document.toJS() as Written
  })
}

const files = readdirSync(folder).filter((file) => file.endsWith('.yaml') && file !== typo)
const ours = files.flatMap(documents).filter(({ apiVersion }) => apiVersion !== 'v1')

describe("the predecessor's documented manifests", () => {
  for (const file of files) {
    it(`${file} is valid as it is written`, () => {
      for (const document of documents(file)) {
        if (document.apiVersion === 'v1') continue
        assert.deepEqual(linesAbout(document), [], `${document.kind}/${document.metadata.name}`)
        assert.equal(kinds.validate(document).resource?.metadata.name, document.metadata.name)
      }
    })
  }

  it('cover all eleven kinds', () => {
    assert.deepEqual(new Set(ours.map(({ kind }) => kind)), new Set(kinds.list.map(({ kind }) => kind)))
  })

  it('keep every field that they write', () => {
    for (const document of ours) {
      const { resource } = kinds.validate(document)
      const written = (document as { readonly spec?: object }).spec ?? {}
      const completed = kinds.find(document.kind)?.complete(written)
      assert.deepEqual(resource?.spec, completed)
    }
  })

  it('hold one file whose missing colon is a syntax error, and the same file mended', () => {
    const errors = parseAllDocuments(readFileSync(join(folder, typo), 'utf8')).flatMap((document) => document.errors)
    assert.notEqual(errors.length, 0)
    const broken = readFileSync(join(folder, typo), 'utf8')
    const mended = readFileSync(join(folder, 'webhook-default-mended.yaml'), 'utf8')
    assert.equal(broken.replace('bearerToken\n', 'bearerToken:\n'), mended)
  })
})
