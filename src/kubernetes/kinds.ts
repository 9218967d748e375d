import { group, version, type Kind } from '../api/kind.ts'
import { type ApiKind, type ApiQuery, type ApiTarget } from './cluster.ts'

function kind(groupVersion: string, name: string, plural: string, namespaced = true): ApiKind {
  const slash = groupVersion.indexOf('/')
  return {
    group: slash === -1 ? '' : groupVersion.slice(0, slash),
    version: groupVersion.slice(slash + 1),
    kind: name,
    plural,
    namespaced,
  }
}

/** The kinds of Kubernetes itself that we read or write, in versions that 1.20 and today's servers share. */
export const secretKind = kind('v1', 'Secret', 'secrets')
export const configMapKind = kind('v1', 'ConfigMap', 'configmaps')
export const serviceKind = kind('v1', 'Service', 'services')
export const serviceAccountKind = kind('v1', 'ServiceAccount', 'serviceaccounts')
export const namespaceKind = kind('v1', 'Namespace', 'namespaces', false)
export const eventKind = kind('v1', 'Event', 'events')
export const deploymentKind = kind('apps/v1', 'Deployment', 'deployments')
export const statefulSetKind = kind('apps/v1', 'StatefulSet', 'statefulsets')
export const leaseKind = kind('coordination.k8s.io/v1', 'Lease', 'leases')
export const roleBindingKind = kind('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings')
export const customResourceDefinitionKind = kind(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
)
/** Served since 1.21. */
export const podDisruptionBudgetKind = kind('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets')
/** The same before 1.25; 1.20 serves nothing newer. */
export const podDisruptionBudgetBetaKind = kind('policy/v1beta1', 'PodDisruptionBudget', 'poddisruptionbudgets')

/** Where one of our own kinds is served; all of them are cluster-scoped. */
export function apiKindOf(own: Pick<Kind, 'kind' | 'plural'>): ApiKind {
  return { group, version, kind: own.kind, plural: own.plural, namespaced: false }
}

/** `v1`, or `group/version`. */
export function apiVersionOf(of: ApiKind): string {
  return of.group === '' ? of.version : `${of.group}/${of.version}`
}

/** The path under which a group and version are discovered: https://kubernetes.io/docs/reference/using-api/api-concepts/ */
export function discoveryPath(of: ApiKind): string {
  return of.group === '' ? `/api/${of.version}` : `/apis/${of.group}/${of.version}`
}

/** The path of a list; every namespace's objects when none is given. */
export function collectionPath({ kind: of, namespace }: Pick<ApiQuery, 'kind' | 'namespace'>): string {
  const middle = of.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${discoveryPath(of)}${middle}/${of.plural}`
}

/** The path of one object. A namespaced kind without a namespace is a bug. */
export function objectPath(target: ApiTarget, subresource?: string): string {
  return `${parentPath(target)}/${encodeURIComponent(target.name)}${subresource === undefined ? '' : `/${subresource}`}`
}

/** The path at which one object is created. */
export function parentPath(target: ApiTarget): string {
  if (target.kind.namespaced && target.namespace === undefined) {
    throw new Error(`${target.kind.kind} ${target.name} was named without its namespace`)
  }
  return collectionPath(target)
}
