import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import {
  argocdConfigMap,
  build,
  everything,
  kustomizations,
  nameOf,
  objectsIn,
  ofKinds,
  overlay,
  root,
  type Manifest,
} from './kustomizations.ts'

const run = promisify(execFile)
const main = join(root, 'src', 'main.ts')
const all = await kustomizations()

describe('every kustomization that is shipped', () => {
  it('is found', () => {
    assert.ok(all.length >= 30, all.map(({ folder }) => folder).join('\n'))
    for (const folder of ['kustomize/base', 'kustomize/overlays/demo', 'kustomize/gitops/flux', 'crds']) {
      assert.ok(
        all.some((found) => found.folder === folder),
        folder,
      )
    }
  })

  for (const { folder } of all.filter(({ component }) => !component)) {
    it(`builds: ${folder}`, async () => {
      const objects = await objectsIn(folder)
      assert.ok(objects.length > 0)
      const names = objects.map(nameOf)
      assert.equal(new Set(names).size, names.length)
    })
  }

  for (const { folder } of all.filter(({ component }) => component)) {
    it(`builds over the base: ${folder}`, async (context) => {
      const parts = { resources: ['kustomize/base'], files: { 'argocd-cm.yaml': argocdConfigMap } }
      const plain = await build(await overlay(context, parts))
      assert.notEqual(await build(await overlay(context, { ...parts, components: [folder] })), plain)
    })
  }

  it('keeps nothing in a namespace of its own choice', async (context) => {
    const homes = new Set((await objectsIn(await everything(context))).map(({ metadata: { namespace } }) => namespace))
    assert.deepEqual(homes, new Set([undefined, 'notification-manager-system', 'default', 'argocd']))
  })
})

describe('the component crds-without-cel', () => {
  it('leaves no rule behind, and nothing else out', async (context) => {
    const without = await objectsIn(await overlay(context, { resources: ['crds'], components: [withoutCel] }))
    const strip = (key: string, value: unknown): unknown => (key === 'x-kubernetes-validations' ? undefined : value)
    const withRules = await objectsIn('crds')
    assert.match(JSON.stringify(withRules), /x-kubernetes-validations/u)
    assert.deepEqual(without, JSON.parse(JSON.stringify(withRules, strip)))
  })
})

describe('the images of an overlay', () => {
  for (const name of ['dev', 'production']) {
    it(`reach the operator and the server that it makes: ${name}`, async () => {
      const objects = await objectsIn(`kustomize/overlays/${name}`)
      const [operator] = ofKinds(objects, 'Deployment') as readonly Workload[]
      const [container] = operator?.spec.template.spec.containers ?? []
      assert.equal(container?.args[container.args.indexOf('--default-image') + 1], container?.image)
      assert.match(container?.image ?? '', /^notification-manager:\d+\.\d+\.\d+$/u)
    })
  }
})

describe('the flags in the manifests', () => {
  const help = async (verb: string): Promise<string> => {
    const { stdout } = await run(process.execPath, [main, verb, '--help'], { cwd: root, timeout: 60_000 })
    return stdout
  }
  const isKnown = (flag: string, text: string): boolean =>
    new RegExp(`^ +${flag.replace(/=.*/u, '')}[ ,]`, 'mu').test(text)

  it('are flags of the program', async (context) => {
    const objects = [
      ...(await objectsIn(await everything(context))),
      ...(await objectsIn('kustomize/overlays/dev')),
      ...(await objectsIn('kustomize/overlays/production')),
    ]
    const served = ofKinds(objects, 'NotificationManager') as readonly Manager[]
    const operated = ofKinds(objects, 'Deployment') as readonly Workload[]
    const flagsOf = (args: readonly string[]): readonly string[] => args.filter((arg) => arg.startsWith('--'))
    const ofServe = new Set(served.flatMap(({ spec }) => flagsOf(spec.args)))
    const ofOperator = new Set(
      operated.flatMap(({ spec }) => spec.template.spec.containers.flatMap(({ args }) => flagsOf(args))),
    )
    assert.ok(ofServe.size >= 4 && ofOperator.size >= 2)
    const [serve, operator] = [await help('serve'), await help('operator')]
    assert.deepEqual(
      [...ofServe].filter((flag) => !isKnown(flag, serve)),
      [],
    )
    assert.deepEqual(
      [...ofOperator].filter((flag) => !isKnown(flag, operator)),
      [],
    )
  })
})

describe('what our own validate says', () => {
  const cases = [
    ['kustomize/overlays/dev'],
    ['kustomize/overlays/production'],
    ['kustomize/overlays/demo'],
    ['kustomize/examples/tenants'],
    [
      'kustomize/overlays/production',
      ...['global', 'payments', 'shop'].map((name) => `kustomize/examples/tenants/${name}`),
    ],
  ]
  for (const folders of cases) {
    it(`finds nothing wrong with ${folders.join(', ')}`, async () => {
      const { stdout } = await run(process.execPath, [main, 'validate', ...folders], { cwd: root, timeout: 60_000 })
      assert.match(stdout, /✓ valid: [1-9]\d* objects?, 0 errors, 0 warnings/u)
    })
  }

  it('finds nothing wrong with all components together', async (context) => {
    const args = [main, 'validate', await everything(context)]
    const { stdout } = await run(process.execPath, args, { cwd: root, timeout: 60_000 })
    assert.match(stdout, /0 errors, 0 warnings/u)
  })
})

const withoutCel = 'kustomize/components/crds-without-cel'

interface Manager extends Manifest {
  readonly spec: { readonly args: readonly string[] }
}

interface Workload extends Manifest {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly image: string; readonly args: readonly string[] }[] }
    }
  }
}
