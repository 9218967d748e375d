import { readCoreObject, type ConfigMapObject, type CoreEntity } from '../resources/core-kinds.ts'
import { compareText } from '../rules/order.ts'
import { type NamespaceLabels, type RoleBinding } from '../rules/snapshot.ts'
import { type ApiObject } from './cluster.ts'
import { apiVersionOf, configMapKind, namespaceKind, roleBindingKind } from './kinds.ts'

/** Turns the objects of a watch into what is read of them, in order of their keys; an object is read once a version. */
export type ReadAll<Item> = (objects: ReadonlyMap<string, ApiObject>) => readonly Item[]

function createReadAll<Item>(pick: (entity: CoreEntity) => Item | undefined): ReadAll<Item> {
  const known = new WeakMap<ApiObject, { readonly item: Item | undefined }>()

  function readOne(object: ApiObject): Item | undefined {
    const before = known.get(object)
    if (before !== undefined) return before.item
    const { namespace = '' } = object.metadata
    const entity = readCoreObject({ value: object, originOf: () => undefined }, namespace)?.entity
    const item = entity === undefined ? undefined : pick(entity)
    known.set(object, { item })
    return item
  }

  return (objects) =>
    [...objects].sort(([one], [other]) => compareText(one, other)).flatMap(([, object]) => readOne(object) ?? [])
}

export function readRoleBindings(): ReadAll<RoleBinding> {
  return createReadAll((entity) => (entity.type === 'roleBinding' ? entity.roleBinding : undefined))
}

export function readNamespaces(): ReadAll<NamespaceLabels> {
  return createReadAll((entity) => (entity.type === 'namespace' ? entity.namespace : undefined))
}

export function readConfigMaps(): ReadAll<ConfigMapObject> {
  return createReadAll((entity) => (entity.type === 'configMap' ? entity.configMap : undefined))
}

/** The part of a RoleBinding that is kept in memory. */
export function keepRoleBinding(object: ApiObject): ApiObject {
  return { ...identityOf(object, roleBindingKind), subjects: object['subjects'] }
}

/** The part of a Namespace that is kept in memory. */
export function keepNamespace(object: ApiObject): ApiObject {
  const { apiVersion, kind, metadata } = identityOf(object, namespaceKind)
  return { apiVersion, kind, metadata: { ...metadata, labels: object.metadata.labels ?? {} } }
}

/** The part of a ConfigMap that is kept in memory. */
export function keepConfigMap(object: ApiObject): ApiObject {
  return { ...identityOf(object, configMapKind), data: object['data'] }
}

function identityOf({ metadata }: ApiObject, of: typeof roleBindingKind): ApiObject {
  const { name, namespace, uid = '', resourceVersion = '' } = metadata
  return {
    apiVersion: apiVersionOf(of),
    kind: of.kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion },
  }
}
