import { type ApiKind } from '../kubernetes/cluster.ts'
import {
  apiKindOf,
  apiVersionOf,
  deploymentKind,
  podDisruptionBudgetBetaKind,
  podDisruptionBudgetKind,
  serviceKind,
  statefulSetKind,
} from '../kubernetes/kinds.ts'

/** The kind that the operator reads, and of which it writes the status. */
export const managerKind = apiKindOf({ kind: 'NotificationManager', plural: 'notificationmanagers' })

/** The two kinds of PodDisruptionBudget, newest first; a server of Kubernetes serves at least one of them. */
export const disruptionBudgetKinds = [podDisruptionBudgetKind, podDisruptionBudgetBetaKind] as const

/** The kinds of what a NotificationManager is made into. */
export function childKinds(disruptionBudget: ApiKind): readonly ApiKind[] {
  return [deploymentKind, statefulSetKind, serviceKind, disruptionBudget]
}

/** `apiVersion` and `kind`, as an object of the kind begins. */
export function typeMeta(kind: ApiKind): { readonly apiVersion: string; readonly kind: string } {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind }
}
