import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { nameOf, objectsIn, root, type Manifest } from './kustomizations.ts'

describe("Argo CD's Applications", async () => {
  const [shipped, platform] = await Promise.all([
    objectsIn('kustomize/gitops/argocd'),
    objectsIn('kustomize/gitops/argocd/platform'),
  ])
  const folders = readdirSync(join(root, 'kustomize/examples/tenants'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `kustomize/examples/tenants/${name}`)
  const waveOf = ({ metadata: { annotations } }: Manifest): number =>
    Number(annotations?.['argocd.argoproj.io/sync-wave'] ?? 0)

  it('apply folders that are there, server-side, and try again', () => {
    for (const { spec } of [find('Application', 'notification-manager'), templateOf(tenants())]) {
      if (!spec.source.path.includes('{{')) assert.ok(existsSync(join(root, spec.source.path, 'kustomization.yaml')))
      assert.ok(spec.syncPolicy.syncOptions.includes('ServerSideApply=true'))
      assert.ok(spec.syncPolicy.retry.limit >= 5)
      find('AppProject', spec.project)
    }
    const [generator] = tenants().spec.generators
    assert.deepEqual(
      generator?.git.directories.map(({ path }) => path),
      ['kustomize/examples/tenants/*'],
    )
    assert.ok(folders.length >= 3)
  })

  it('come in waves: definitions, then rights and the operator, then the NotificationManager', () => {
    const waves = new Map<string, Set<number>>()
    for (const object of platform) waves.set(object.kind, (waves.get(object.kind) ?? new Set()).add(waveOf(object)))
    for (const kind of ['CustomResourceDefinition', 'Namespace']) assert.deepEqual([...waves.get(kind)!], [-2], kind)
    for (const kind of ['ServiceAccount', 'ClusterRole', 'RoleBinding', 'Deployment', 'NetworkPolicy']) {
      assert.deepEqual([...waves.get(kind)!], [-1], kind)
    }
    assert.deepEqual([...waves.get('NotificationManager')!], [0])
    assert.ok(waveOf(find('Application', 'notification-manager')) < waveOf(tenants()))
  })

  it('never prune what all objects hang on', () => {
    for (const object of platform.filter(({ kind }) => kind === 'CustomResourceDefinition' || kind === 'Namespace')) {
      assert.equal(object.metadata.annotations?.['argocd.argoproj.io/sync-options'], 'Prune=false', nameOf(object))
    }
  })

  it('are allowed all that their folders hold', async () => {
    const held: readonly (readonly [string, readonly Manifest[]])[] = [
      ['notification-manager', platform],
      ...(await Promise.all(
        folders.map(async (folder) => ['notification-manager-tenants', await objectsIn(folder)] as const),
      )),
    ]
    for (const [name, objects] of held) {
      const project = find('AppProject', name)
      for (const object of objects) assert.ok(isAllowed(project, object), `${name} may not make ${nameOf(object)}`)
    }
  })

  it('keep tenants from NotificationManagers, workloads and rights', () => {
    const project = find('AppProject', 'notification-manager-tenants')
    const forbidden = platform.filter(({ kind }) => kind !== 'NetworkPolicy')
    assert.ok(forbidden.length > 20)
    for (const object of forbidden) assert.ok(!isAllowed(project, object), nameOf(object))
  })

  function find(kind: string, name: string): Shipped {
    const found = shipped.find((object) => object.kind === kind && object.metadata.name === name)
    assert.ok(found, `there is no ${kind}/${name}`)
    return found as Shipped
  }

  function tenants(): Shipped {
    return find('ApplicationSet', 'notification-manager-tenants')
  }

  function templateOf({ spec }: Shipped): { readonly spec: Shipped['spec'] } {
    return spec.template
  }
})

interface Kind {
  readonly group: string
  readonly kind: string
}

/** The fields of Applications, ApplicationSets and AppProjects that are looked at. */
interface Shipped extends Manifest {
  readonly spec: {
    readonly project: string
    readonly source: { readonly path: string }
    readonly syncPolicy: { readonly syncOptions: readonly string[]; readonly retry: { readonly limit: number } }
    readonly generators: readonly { readonly git: { readonly directories: readonly { readonly path: string }[] } }[]
    readonly template: { readonly spec: Shipped['spec'] }
    readonly destinations: readonly { readonly namespace: string }[]
    readonly clusterResourceWhitelist: readonly Kind[]
    readonly namespaceResourceWhitelist?: readonly Kind[]
  }
}

/** As Argo CD decides: what is in a namespace is allowed unless there is a list; what is in none only by a list. */
function isAllowed({ spec }: Shipped, { apiVersion, kind, metadata: { namespace } }: Manifest): boolean {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : ''
  const isListed = (list: readonly Kind[]): boolean =>
    list.some((entry) => entry.group === group && entry.kind === kind)
  if (namespace === undefined) return isListed(spec.clusterResourceWhitelist)
  const isHome = spec.destinations.some((destination) => destination.namespace === namespace)
  return isHome && (spec.namespaceResourceWhitelist === undefined || isListed(spec.namespaceResourceWhitelist))
}
