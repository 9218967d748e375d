import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { glob, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { requireProgram } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const run = promisify(execFile)

/** The repository. */
export const root = join(import.meta.dirname, '..', '..')

/** A Kubernetes object as a manifest says it. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** A folder with a kustomization, relative to the repository. */
export interface Kustomization {
  readonly folder: string
  /** A part of other kustomizations, nothing by itself. */
  readonly component: boolean
}

/** Every kustomization that is shipped, found in the tree, so that a new one is tested too. */
export async function kustomizations(): Promise<readonly Kustomization[]> {
  const found: Kustomization[] = []
  for await (const file of glob('{kustomize/**,crds,rules,templates}/kustomization.yaml', { cwd: root })) {
    const component = /^kind: Component$/mu.test(readFileSync(join(root, file), 'utf8'))
    found.push({ folder: dirname(file), component })
  }
  return found.sort((a, b) => (a.folder < b.folder ? -1 : 1))
}

/** What `kubectl kustomize` prints; `folder` is absolute, or relative to the repository. */
export async function build(folder: string): Promise<string> {
  const kubectl = requireProgram('kubectl', 'kubernetes-client')
  const options = { maxBuffer: 64 * 1024 * 1024, timeout: 60_000 }
  const { stdout } = await run(kubectl, ['kustomize', resolve(root, folder)], options)
  return stdout
}

/** The objects of a text of YAML documents. */
export function objectsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest)
}

/** The objects that a kustomization builds to. */
export async function objectsIn(folder: string): Promise<readonly Manifest[]> {
  return objectsOf(await build(folder))
}

/** An overlay of the test's own over shipped folders; returns its folder. */
export async function overlay(
  context: TestContext,
  parts: {
    readonly resources: readonly string[]
    readonly components?: readonly string[]
    readonly files?: Readonly<Record<string, object>>
    readonly images?: readonly object[]
  },
): Promise<string> {
  const { resources, components = [], files = {}, images = [] } = parts
  const folder = join(await temporaryFolder(context), 'overlay')
  await mkdir(folder)
  const from = (path: string): string => relative(folder, resolve(root, path))
  for (const [name, object] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(object))
  const kustomization = {
    resources: [...resources.map(from), ...Object.keys(files)],
    components: components.map(from),
    images,
  }
  await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
  return folder
}

/** The ConfigMap that Argo CD is installed with, for the component that patches it. */
export const argocdConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'argocd-cm', namespace: 'argocd' },
  data: { 'admin.enabled': 'false' },
}

/** `base` with every shipped component but those of one GitOps tool. */
export async function everything(context: TestContext): Promise<string> {
  const components = (await kustomizations())
    .filter(({ folder, component }) => component && folder.startsWith('kustomize/components/'))
    .map(({ folder }) => folder)
  return overlay(context, {
    resources: ['kustomize/base'],
    components,
    files: { 'argocd-cm.yaml': argocdConfigMap },
  })
}

/** The objects of some kinds. */
export function ofKinds(objects: readonly Manifest[], ...kinds: readonly string[]): readonly Manifest[] {
  return objects.filter(({ kind }) => kinds.includes(kind))
}

/** `Kind/name`, for messages. */
export function nameOf({ kind, metadata: { name, namespace } }: Manifest): string {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`
}
