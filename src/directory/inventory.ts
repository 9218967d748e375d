import { type Resource } from '../model/object.ts'
import { type ConfigMapObject, type SecretObject } from '../resources/core-kinds.ts'
import { compareText } from '../rules/order.ts'
import { type NamespaceLabels, type RoleBinding } from '../rules/snapshot.ts'
import { type Entity, type Held } from './objects.ts'

/** Objects by what they are for, in order of their keys. */
export interface Inventory {
  readonly resources: readonly Resource[]
  readonly secrets: readonly SecretObject[]
  readonly configMaps: readonly ConfigMapObject[]
  readonly roleBindings: readonly RoleBinding[]
  readonly namespaces: readonly NamespaceLabels[]
}

export function takeInventory(held: ReadonlyMap<string, Held>): Inventory {
  const entities = [...held].sort(([a], [b]) => compareText(a, b)).map(([, { entity }]) => entity)
  const of = <Type extends Entity['type']>(type: Type) =>
    entities.filter((entity): entity is Extract<Entity, { type: Type }> => entity.type === type)
  return {
    resources: of('resource').map(({ resource }) => resource),
    secrets: of('secret').map(({ secret }) => secret),
    configMaps: of('configMap').map(({ configMap }) => configMap),
    roleBindings: of('roleBinding').map(({ roleBinding }) => roleBinding),
    namespaces: of('namespace').map(({ namespace }) => namespace),
  }
}
