import { type ApiKind, type ApiObject } from '../kubernetes/cluster.ts'
import { deploymentKind, statefulSetKind } from '../kubernetes/kinds.ts'
import { isOwnedBy, type Applied, type Children } from './children.ts'
import { workloadKind } from './desired.ts'
import { type Manager } from './manager.ts'
import { childName } from './names.ts'
import { isAvailable } from './status.ts'
import { tell, type Audience } from './tell.ts'

/** What removing needs. */
export interface SurplusDeps extends Audience {
  readonly children: Children
  readonly disruptionBudget: ApiKind
  live(kind: ApiKind, name: string): ApiObject | undefined
}

/** What was removed, and what is still to be. */
export interface Surplus {
  readonly removed: boolean
  readonly pending?: string
}

/**
 * Removes what is there although it is not asked for any more. The workload of the other kind stays until the new one is
 * available: both serve meanwhile, and what the old pods hold is delivered while they end.
 */
export async function removeSurplus(
  manager: Manager,
  applied: readonly Applied[],
  deps: SurplusDeps,
  signal: AbortSignal,
): Promise<Surplus> {
  const { name, uid } = manager.metadata
  const remove = async (kind: ApiKind): Promise<boolean> => {
    const surplus = { name: childName(kind, name), uid }
    const removed = await deps.children.remove(kind, surplus, signal)
    if (removed) tell(manager, { reason: 'Removed', message: `Removed ${kind.kind} ${surplus.name}` }, deps)
    return removed
  }
  const wantsBudget = applied.some(({ child }) => child.target.kind === deps.disruptionBudget)
  const budgetRemoved = wantsBudget ? false : await remove(deps.disruptionBudget)
  const other = workloadKind(manager) === deploymentKind ? statefulSetKind : deploymentKind
  const old = deps.live(other, childName(other, name))
  if (old === undefined || !isOwnedBy(old, uid)) return { removed: budgetRemoved }
  const workload = applied[0]
  if (workload?.object === undefined || workload.fault !== undefined || !isAvailable(workload.object)) {
    const pending = `${old.kind} ${old.metadata.name} goes when the new pods are available`
    return { removed: budgetRemoved, pending }
  }
  return { removed: (await remove(other)) || budgetRemoved }
}
