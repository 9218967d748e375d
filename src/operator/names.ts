import { type Problem } from '../model/problem.ts'
import { type ApiKind } from '../kubernetes/cluster.ts'
import { deploymentKind, serviceKind } from '../kubernetes/kinds.ts'
import { type Manager } from './manager.ts'

/** Field manager of everything that the operator writes, and the value of the label that says so. */
export const fieldManager = 'notification-manager-operator'

/** The label that names the NotificationManager of an object; the predecessor's objects carry it too. */
export const managerLabel = 'notification-manager'

/** What selects the pods of one NotificationManager: the predecessor's labels, so that its Deployments can be taken over. */
export function podLabels(name: string): Readonly<Record<string, string>> {
  return { app: 'notification-manager', [managerLabel]: name }
}

const suffixes: Readonly<Record<string, string>> = { [deploymentKind.kind]: '-deployment', [serviceKind.kind]: '-svc' }

/** The name of the NotificationManager's object of a kind. */
export function childName(kind: ApiKind, managerName: string): string {
  return `${managerName}${suffixes[kind.kind] ?? ''}`
}

/** The NotificationManager that an object of this kind and name would be of, or undefined when none could have made it. */
export function managerOfChild(kind: ApiKind, name: string): string | undefined {
  const suffix = suffixes[kind.kind] ?? ''
  return name.endsWith(suffix) && name.length > suffix.length ? name.slice(0, name.length - suffix.length) : undefined
}

/**
 * A label value and a Service's name have 63 characters (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/);
 * a StatefulSet's pods are labelled with its name and a hash of eleven.
 */
const maxLength = { deployment: 63 - '-svc'.length, statefulSet: 63 - 11 } as const

/** Why no objects can be named after this NotificationManager, if so: names of Services are narrower than names of resources. */
export function nameProblem(manager: Manager): Problem | undefined {
  const { name } = manager.metadata
  const limit = manager.spec.persistence === undefined ? maxLength.deployment : maxLength.statefulSet
  if (/^[a-z]([-a-z0-9]*[a-z0-9])?$/u.test(name) && name.length <= limit) return undefined
  return {
    severity: 'error',
    reason: 'InvalidObject',
    object: { kind: manager.kind, name },
    path: 'metadata.name',
    message: 'cannot name a Service and the labels of pods',
    remedy: `use at most ${limit} lower-case letters, digits and -, beginning with a letter`,
  }
}
