import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

const root = join(import.meta.dirname, '..', '..')

/** A real file, and the objects in it; a template has none. */
export interface Seed {
  readonly name: string
  readonly text: string
  readonly trees: readonly unknown[]
}

function filesBelow(folder: string, ending: RegExp): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .sort()
    .map((name) => join(folder, name))
}

function readSeed(path: string): Seed {
  const text = readFileSync(join(root, path), 'utf8')
  const isManifest = /\.ya?ml$/u.test(path)
  // One of the real fixtures was pasted with its shell command, and that document has no value.
  const documents = isManifest ? parseAllDocuments(text).filter(({ errors }) => errors.length === 0) : []
  const trees = documents.map((document): unknown => document.toJS()).filter((value) => typeof value === 'object')
  return { name: path, text, trees }
}

/** Everything that people apply: the seed's manifests, the examples and the demo. */
export const manifestSeeds: readonly Seed[] = [
  ...filesBelow('test/fixtures/seed', /\.yaml$/u),
  ...filesBelow('kustomize/examples/tenants', /\.yaml$/u),
  ...filesBelow('kustomize/overlays/demo', /^[^/]+\.yaml$/u),
]
  .filter((path) => !path.endsWith('kustomization.yaml'))
  .map(readSeed)

/** The platform rules that are shipped. */
export const ruleSeeds: readonly Seed[] = filesBelow('rules/platform', /\.yaml$/u).map(readSeed)

/** The routing tests of the examples and of the demo. */
export const routingTestSeeds: readonly Seed[] = [
  ...filesBelow('kustomize/examples/tests', /\.yaml$/u),
  ...filesBelow('kustomize/overlays/demo/tests', /\.yaml$/u),
].map(readSeed)

/** Template files of both languages. */
export const templateSeeds: readonly Seed[] = [
  ...filesBelow('templates', /\.liquid$/u),
  ...filesBelow('kustomize/components/templates/messages', /\.liquid$/u),
  ...filesBelow('test/fixtures', /\.tmpl$/u),
].map(readSeed)
