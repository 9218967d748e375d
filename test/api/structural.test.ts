import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toCrd } from '../../src/api/crd.ts'
import { type JsonSchema } from '../../src/api/json-schema.ts'
import { structural } from '../../src/api/structural.ts'
import { createValidator } from '../../src/api/validator.ts'
import { kinds } from './objects.ts'

interface Crd {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly scope: string
    readonly names: {
      readonly plural: string
      readonly shortNames?: readonly string[]
      readonly categories: readonly string[]
    }
    readonly versions: readonly {
      readonly name: string
      readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string }[]
      readonly schema: { readonly openAPIV3Schema: JsonSchema }
    }[]
  }
}

const crds = kinds.list.map((kind) => toCrd(kind) as Crd)

function schemaOf(crd: Crd): JsonSchema {
  const [served, ...others] = crd.spec.versions
  assert.ok(served)
  assert.equal(others.length, 0)
  return served.schema.openAPIV3Schema
}

function* nodes(schema: JsonSchema, path: string): Generator<readonly [path: string, node: JsonSchema]> {
  yield [path, schema]
  for (const [name, field] of Object.entries(schema.properties ?? {})) yield* nodes(field, `${path}.${name}`)
  if (schema.items !== undefined) yield* nodes(schema.items, `${path}[]`)
  if (typeof schema.additionalProperties === 'object') yield* nodes(schema.additionalProperties, `${path}{}`)
}

const all = crds.flatMap((crd) => [...nodes(schemaOf(crd), crd.metadata.name)])

const forbidden = [
  '$ref',
  '$schema',
  '$id',
  'definitions',
  'const',
  'patternProperties',
  'uniqueItems',
  'oneOf',
  'allOf',
  'not',
  'if',
  'examples',
  'dependencies',
]

describe('the schemas of CustomResourceDefinitions', () => {
  it('have a type at every node, or are an integer-or-string in its one allowed form', () => {
    for (const [path, node] of all) {
      if (node['x-kubernetes-int-or-string'] === true) {
        assert.equal(node.type, undefined, path)
        assert.deepEqual(node.anyOf, [{ type: 'integer' }, { type: 'string' }], path)
      } else {
        assert.match(node.type ?? '', /^(object|array|string|integer|number|boolean)$/u, path)
        assert.equal(node.anyOf, undefined, path)
      }
    }
  })

  it('hold no keyword that Kubernetes refuses', () => {
    for (const [path, node] of all) {
      for (const keyword of forbidden) assert.equal(Object.hasOwn(node, keyword), false, `${path}: ${keyword}`)
      assert.notEqual(node.additionalProperties, false, path)
      assert.equal(node.properties !== undefined && node.additionalProperties !== undefined, false, path)
      assert.equal(node.type === 'array' && node.items === undefined, false, path)
    }
  })

  it('describe every field of spec and status', () => {
    const fields = all.filter(
      ([path]) => /\.(spec|status)\b/u.test(path) && !path.endsWith('{}') && !path.endsWith('[]'),
    )
    assert.ok(fields.length > 300)
    for (const [path, node] of fields) assert.ok((node.description ?? '').length > 4, path)
  })

  it('require only fields that exist, and have valid defaults', () => {
    for (const [path, node] of all) {
      for (const field of node.required ?? [])
        assert.ok(Object.hasOwn(node.properties ?? {}, field), `${path}: ${field}`)
      if (node.default !== undefined) assert.ok(createValidator(node)(node.default).ok, path)
    }
  })

  it('key their list-maps by fields that every item must have', () => {
    for (const [path, node] of all) {
      assert.equal(node['x-kubernetes-list-type'] === 'map', node['x-kubernetes-list-map-keys'] !== undefined, path)
      for (const key of node['x-kubernetes-list-map-keys'] ?? []) assert.ok(node.items?.required?.includes(key), path)
    }
  })

  it('have a message at each CEL rule, and iterate over nothing that is unbounded', () => {
    const rules = all.flatMap(([path, node]) =>
      (node['x-kubernetes-validations'] ?? []).map((rule) => ({ path, ...rule })),
    )
    assert.ok(rules.length >= 7)
    for (const { path, rule, message } of rules) {
      assert.notEqual(message, '', path)
      assert.doesNotMatch(rule, /self[\w.]*\.(all|exists|map|filter)\(/u, path)
    }
  })

  it('keep the patterns within what both RE2 and JavaScript understand', () => {
    for (const [path, node] of all) {
      if (node.pattern === undefined) continue
      assert.doesNotMatch(node.pattern, /\(\?[=!<]|\\[1-9]|\\p\{/u, path)
      assert.doesNotThrow(() => new RegExp(node.pattern ?? '', 'u'), path)
    }
  })

  it('accept the same fields as the offline validation', () => {
    for (const crd of crds) {
      const kind = kinds.list.find(({ plural }) => plural === crd.spec.names.plural)
      assert.ok(kind)
      const wanted = [...nodes(kind.spec, 'spec')].map(([path]) => path)
      assert.deepEqual(
        [...nodes(schemaOf(crd).properties?.['spec'] ?? {}, 'spec')].map(([path]) => path),
        wanted,
      )
    }
  })
})

describe('CustomResourceDefinitions', () => {
  it('are cluster-scoped, in the category, and their short names are theirs alone', () => {
    const taken = ['sc', 'po', 'svc', 'ns', 'cm', 'sa', 'rs', 'ds', 'deploy', 'ep', 'ev', 'no', 'pv', 'pvc', 'rc', 'cs']
    const shortNames = crds.flatMap(({ spec }) => spec.names.shortNames ?? [])
    assert.equal(new Set([...shortNames, ...taken]).size, shortNames.length + taken.length)
    assert.deepEqual(shortNames.toSorted(), ['dc', 'dr', 'ec', 'er', 'nm', 'sr', 'wc', 'wcc', 'wcr', 'wr'])
    for (const { spec } of crds) {
      assert.equal(spec.scope, 'Cluster')
      assert.deepEqual(spec.names.categories, ['notification-manager'])
    }
  })

  it('show columns whose fields the schema has', () => {
    for (const crd of crds) {
      const paths = new Set([...nodes(schemaOf(crd), '')].map(([path]) => path))
      for (const { name, jsonPath } of crd.spec.versions[0]?.additionalPrinterColumns ?? []) {
        const path = jsonPath.replace(/\[\?\(@\.type=="Ready"\)\]/u, '[]')
        assert.ok(path === '.metadata.creationTimestamp' || paths.has(path), `${crd.metadata.name}: ${name}`)
      }
    }
  })

  it('require a spec exactly where an empty one says nothing', () => {
    const optional = crds.filter((crd) => schemaOf(crd).required === undefined).map(({ spec }) => spec.names.plural)
    assert.deepEqual(optional, ['webhookconfigs', 'dingtalkconfigs'])
  })
})

describe('structural', () => {
  it('takes the refusal of unknown fields out, and keeps the type of maps', () => {
    const map = { type: 'object', additionalProperties: { type: 'string' } }
    assert.deepEqual(structural({ type: 'object', additionalProperties: false, properties: { map } }), {
      type: 'object',
      properties: { map },
    })
  })

  it('says dependencies as CEL rules', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      dependencies: { a: ['b'] },
    }
    assert.deepEqual(structural(schema)['x-kubernetes-validations'], [
      { rule: '!has(self.a) || has(self.b)', message: 'b is required beside a' },
    ])
  })

  it('leaves out the format of addresses, beside which the API server takes lists, and keeps that of times', () => {
    assert.deepEqual(structural({ type: 'string', format: 'uri', pattern: '^h' }), { type: 'string', pattern: '^h' })
    assert.deepEqual(structural({ type: 'string', format: 'date-time' }), { type: 'string', format: 'date-time' })
  })

  it('throws at what it cannot say', () => {
    assert.throws(() => structural({ type: 'object', $ref: 'x' }), /cannot hold \$ref/u)
    assert.throws(() => structural({ type: 'string', anyOf: [{ type: 'string' }] }), /integer-or-string only/u)
    assert.throws(() => structural({ type: 'array', items: {} }), /has a type/u)
  })
})
