import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { startKubeApi, type KubeApi } from '../support/programs/kube-api.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { build, everything, kustomizations, objectsOf, overlay, type Manifest } from './kustomizations.ts'
import { installStandIns } from './stand-ins.ts'

/** Client side, the API server is not asked about fields: 1.20 knows no CEL, so `--validate` of a newer kubectl stumbles over it. */
const clientSide = ['apply', '--validate=false']
/** Overlays of one base change the same objects in turn, so each takes the fields over. */
const serverSide = ['apply', '--validate=false', '--server-side', '--force-conflicts']

describe('what is shipped, applied to a real API server', () => {
  for (const [how, apply] of [
    ['client-side', clientSide],
    ['server-side', serverSide],
  ] as const) {
    it(`changes nothing the second time, ${how}`, { timeout: 280_000 }, async (context) => {
      const kube = await startKubeApi(join(await temporaryFolder(context), 'kube'))
      context.after(() => kube.stop())
      await installStandIns(kube)
      for (const [name, text] of await targets(context)) {
        const first = await kube.tryKubectl([...apply, '-f', '-'], text)
        if (first.code !== 0) {
          // Objects of a kind that the same text defines: GitOps tools come again as well.
          await established(kube)
          await kube.kubectl([...apply, '-f', '-'], text)
        }
        await established(kube)
        const before = await versions(kube, text)
        const printed = await kube.kubectl([...apply, '-f', '-'], text)

        assert.deepEqual(await versions(kube, text), before, name)
        if (apply === clientSide) assert.deepEqual(changedLines(printed, text), [], name)
        const diff = await kube.tryKubectl(['diff', ...apply.slice(2), '-f', '-'], text)
        assert.deepEqual({ code: diff.code, stdout: diff.stdout }, { code: 0, stdout: '' }, `${name}: ${diff.stderr}`)
      }
    })
  }
})

/** Every kustomization that is applied by itself; the others are parts of these. CEL is taken out by the shipped component. */
async function targets(context: TestContext): Promise<ReadonlyMap<string, string>> {
  const whole = (await kustomizations()).filter(
    ({ folder, component }) =>
      !component &&
      (/^kustomize\/(overlays|gitops|monitoring|examples)\//u.test(folder) || folder === 'kustomize/base'),
  )
  const found = new Map<string, string>()
  for (const { folder } of whole) found.set(folder, await buildWithoutCel(context, folder))
  found.set('base with all components', await build(await everything(context)))
  assert.ok(found.size >= 14, [...found.keys()].join('\n'))
  return found
}

async function buildWithoutCel(context: TestContext, folder: string): Promise<string> {
  const text = await build(folder)
  if (!text.includes('x-kubernetes-validations')) return text
  return build(await overlay(context, { resources: [folder], components: ['kustomize/components/crds-without-cel'] }))
}

/** The API server writes the status of CustomResourceDefinitions a moment after they are applied. */
async function established(kube: KubeApi): Promise<void> {
  await kube.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])
}

/** The resourceVersion of every object, but of those that are written anew each time. */
async function versions(kube: KubeApi, text: string): Promise<readonly string[]> {
  const path = '{range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}'
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objectsOf(text) })
  const printed = await kube.kubectl(['get', '-f', '-', '-o', `jsonpath=${path}`], list)
  const excepted = writeOnly(text).map(({ metadata: { name, namespace = '' } }) => `Secret/${namespace}/${name} `)
  const lines = printed.trim().split('\n')
  assert.equal(lines.length, objectsOf(text).length)
  return lines.filter((line) => !excepted.some((start) => line.startsWith(start)))
}

/**
 * A Secret's `stringData` can be written and not read, so that every apply sends it again; that nothing in it changes is what
 * `kubectl diff` says afterwards.
 */
function writeOnly(text: string): readonly Manifest[] {
  return objectsOf(text).filter((object) => object['stringData'] !== undefined)
}

/** What kubectl says it changed. */
function changedLines(printed: string, text: string): readonly string[] {
  const excepted = writeOnly(text).map(({ metadata: { name } }) => `secret/${name} configured`)
  const lines = printed.trim().split('\n')
  return lines.filter((line) => !line.endsWith(' unchanged') && !excepted.includes(line))
}
