import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { kinds } from '../api/objects.ts'
import { nameOf, objectsIn, ofKinds, root, type Manifest } from './kustomizations.ts'

/** The fields of Flux's Kustomization that are looked at. */
interface FluxKustomization extends Manifest {
  readonly spec: {
    readonly path: string
    readonly sourceRef: { readonly kind: string; readonly name: string }
    readonly prune: boolean
    readonly wait?: boolean
    readonly dependsOn?: readonly { readonly name: string }[]
    readonly patches?: readonly { readonly target: { readonly kind: string }; readonly patch: string }[]
    readonly healthChecks?: readonly Reference[]
    readonly healthCheckExprs: readonly { readonly kind: string; readonly current: string }[]
  }
}

interface Reference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

describe("Flux's Kustomizations", async () => {
  const shipped = await objectsIn('kustomize/gitops/flux')
  const kustomizations = ofKinds(shipped, 'Kustomization') as readonly FluxKustomization[]
  const named = (name: string): FluxKustomization => {
    const found = kustomizations.find(({ metadata }) => metadata.name === name)
    assert.ok(found, name)
    return found
  }
  const platform = named('notification-manager')
  const tenants = kustomizations.filter((one) => one !== platform)

  it('apply folders that are there, from a source that is there', () => {
    assert.equal(tenants.length, 3)
    for (const { spec, metadata } of kustomizations) {
      assert.ok(existsSync(join(root, spec.path, 'kustomization.yaml')), spec.path)
      const { kind, name } = spec.sourceRef
      assert.ok(
        shipped.some((object) => object.kind === kind && object.metadata.name === name),
        metadata.name,
      )
      assert.equal(spec.prune, true)
    }
  })

  it('apply the tenants after the product, which waits for nobody', () => {
    assert.equal(platform.spec.dependsOn, undefined)
    for (const { spec } of tenants) assert.deepEqual(spec.dependsOn, [{ name: platform.metadata.name }])
  })

  it('call the product ready when operator, server and NotificationManager are', async () => {
    const objects = (await objectsIn(platform.spec.path)).map(nameOf)
    const checked = (platform.spec.healthChecks ?? []).map(({ kind, name, namespace }) =>
      nameOf({ apiVersion: '', kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } }),
    )
    // The StatefulSet is the operator's work, named after the NotificationManager.
    const made = 'StatefulSet/notification-manager-system/notification-manager'
    assert.ok(checked.includes(made))
    assert.deepEqual(
      checked.filter((name) => name !== made && !objects.includes(name)),
      [],
    )
    assert.equal(checked.length, 3)
    assert.deepEqual(
      platform.spec.healthCheckExprs.map(({ kind }) => kind),
      ['NotificationManager'],
    )
  })

  it('wait for every kind that tenants may have, by its condition Ready', () => {
    const expected = kinds.list.map(({ kind }) => kind).filter((kind) => kind !== 'NotificationManager')
    for (const { spec } of tenants) {
      assert.equal(spec.wait, true)
      assert.deepEqual(spec.healthCheckExprs.map(({ kind }) => kind).toSorted(), expected.toSorted())
      for (const { current } of [...spec.healthCheckExprs, ...platform.spec.healthCheckExprs]) {
        assert.equal(current, "status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')")
      }
    }
  })

  it('never prune what all objects hang on', () => {
    const [patch] = platform.spec.patches ?? []
    assert.ok(patch)
    assert.equal(patch.target.kind, 'CustomResourceDefinition|Namespace')
    assert.match(patch.patch, /kustomize\.toolkit\.fluxcd\.io\/prune: disabled/u)
  })
})
