import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Ajv, type ValidateFunction } from 'ajv'
import { parseAllDocuments } from 'yaml'
import { isRecord } from '../../src/api/json-schema.ts'
import { goodSpecs, kinds, object } from '../api/objects.ts'

const root = join(import.meta.dirname, '..', '..')

/** What kubeconform is given: https://github.com/yannh/kubeconform#overriding-schemas-location */
const location = 'schemas/{{ .ResourceKind }}{{ .KindSuffix }}.json'

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
}

/** The location with kubeconform's variables filled in as kubeconform does. */
function schemaPath({ apiVersion, kind }: Manifest): string {
  const [group = '', version] = apiVersion.split('/')
  const suffix = ['', group.split('.')[0], ...(version === undefined ? [] : [version])].join('-')
  return location.replace('{{ .ResourceKind }}', kind.toLowerCase()).replace('{{ .KindSuffix }}', suffix.toLowerCase())
}

function readSchema(path: string): object {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as object
}

function createAjv(): Ajv {
  const formats = { uri: true, 'uri-reference': true, 'date-time': true } as const
  // An integer or text is written as Kubernetes wants it, its limits beside the `anyOf`; everything else is strict.
  return new Ajv({ strict: true, strictTypes: false, allErrors: true, formats })
}

const compiled = new Map<string, ValidateFunction>()

/** What is wrong with a manifest; throws when there is no schema of its kind. */
function problemsOf(manifest: Manifest): readonly string[] {
  const path = schemaPath(manifest)
  const check = compiled.get(path) ?? createAjv().compile(readSchema(path))
  compiled.set(path, check)
  if (check(manifest)) return []
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`)
}

function manifestsIn(pattern: string): readonly (readonly [file: string, manifest: Manifest])[] {
  return globSync(pattern, { cwd: root })
    .filter((file) => !file.endsWith('seed/webhook-default.yaml') && !file.endsWith('kustomization.yaml'))
    .toSorted()
    .flatMap((file) =>
      parseAllDocuments(readFileSync(join(root, file), 'utf8'), { schema: 'yaml-1.1' }).map(
        (document) => [file, document.toJS() as Manifest] as const,
      ),
    )
}

/** Folders of manifests hold other files as well, such as routing tests. */
function ours([, manifest]: readonly [string, unknown]): boolean {
  return isRecord(manifest) && String(manifest['apiVersion']).startsWith('notification.')
}

/** Needs no program. */
describe('the schemas, as kubeconform finds them', () => {
  for (const pattern of [
    'kustomize/overlays/demo/*.yaml',
    'test/fixtures/seed/*.yaml',
    'kustomize/examples/**/*.yaml',
  ]) {
    const manifests = manifestsIn(pattern).filter(ours)
    it(`accept all ${manifests.length} manifests of ${pattern}`, () => {
      assert.ok(manifests.length >= 5)
      for (const [file, manifest] of manifests) {
        assert.deepEqual(problemsOf(manifest), [], `${file}: ${manifest.kind}/${manifest.metadata.name}`)
      }
    })
  }

  it('are there for every kind, and for no other', () => {
    for (const { kind } of kinds.list) {
      assert.deepEqual(problemsOf(object(kind, goodSpecs[kind]) as unknown as Manifest), [], kind)
    }
    const stranger = { apiVersion: 'notification.kubesphere.io/v2beta2', kind: 'Receiver', metadata: { name: 'x' } }
    assert.equal(existsSync(join(root, schemaPath(stranger))), false)
    assert.equal(schemaPath({ ...stranger, apiVersion: 'v1', kind: 'Secret' }), 'schemas/secret-v1.json')
  })

  it('refuse what the API server would prune or refuse', () => {
    const slack = object('SlackReceiver', { channel: 'a' }) as unknown as Manifest
    const rows: readonly (readonly [manifest: object, problem: string])[] = [
      [{ ...slack, spec: { chanel: 'a' } }, '/spec must NOT have additional properties'],
      [{ ...slack, spec: { channel: 1 } }, '/spec/channel must be string'],
      [{ ...slack, spec: { channel: 'x'.repeat(257) } }, '/spec/channel must NOT have more than 256 characters'],
      [
        { ...slack, apiVersion: 'notification.kubesphere.io/v2alpha1', kind: 'Slackreceiver' },
        '/kind must be equal to one of the allowed values',
      ],
      [{ ...slack, metadata: {} }, "/metadata must have required property 'name'"],
      [{ ...slack, metadata: { name: 'x', labels: { a: 'b c' } } }, '/metadata/labels/a must match pattern'],
      [{ ...slack, metadata: { name: 'x', labels: { 'a b': 'c' } } }, '/metadata/labels property name must be valid'],
    ]
    for (const [manifest, problem] of rows) {
      const found = problemsOf(manifest as Manifest)
      assert.ok(
        found.some((text) => text.startsWith(problem)),
        JSON.stringify(found),
      )
    }
  })

  it('stand together in the schema of all kinds, each once', () => {
    const ajv = createAjv()
    for (const { kind } of kinds.list) {
      const path = schemaPath(object(kind) as unknown as Manifest)
      ajv.addSchema(readSchema(path), path.replace('schemas/', ''))
    }
    const check = ajv.compile(readSchema('schemas/all.json'))
    for (const { kind } of kinds.list) assert.ok(check(object(kind, goodSpecs[kind])), kind)
    assert.equal(check(object('SlackReceiver', {})), false)
  })
})
