import { type Validation } from '../api/validate.ts'
import { type ApiKind, type ApiObject } from '../kubernetes/cluster.ts'
import { deploymentKind, statefulSetKind } from '../kubernetes/kinds.ts'
import { managerKind } from './api-kinds.ts'
import { type Applied, type Children } from './children.ts'
import { desired, workloadKind } from './desired.ts'
import { faultOfProblems, type Fault } from './fault.ts'
import { chooseImage } from './image.ts'
import { type Manager, type ServerDefaults } from './manager.ts'
import { childName, nameProblem } from './names.ts'
import { type WorkResult } from './queue.ts'
import { statusOf } from './status.ts'
import { type StatusWriter } from './status-writer.ts'
import { removeSurplus } from './surplus.ts'
import { tellApplied, warn, type Audience } from './tell.ts'

/** What a round of work on one NotificationManager needs. */
export interface ReconcileDeps extends Audience {
  readonly defaults: ServerDefaults
  readonly disruptionBudget: ApiKind
  /** The watched copy of an object. */
  live(kind: ApiKind, name: string): ApiObject | undefined
  readonly children: Children
  readonly status: StatusWriter
  validate(object: unknown): Validation
}

/** What was done for a NotificationManager, and what stands in the way. */
interface Outcome {
  readonly workload: ApiObject | undefined
  readonly fault?: Fault
  readonly pending?: string
  readonly note?: string
  readonly wrote: boolean
}

/**
 * Makes what one NotificationManager asks for, and says in its status how far that is. Rejects when the API server does not
 * answer, or when the status cannot be written. An object that our own check refuses changes nothing.
 */
export async function reconcile(name: string, deps: ReconcileDeps, signal: AbortSignal): Promise<WorkResult> {
  const object = deps.live(managerKind, name)
  if (object === undefined) deps.status.forget(name)
  if (object === undefined || object.metadata['deletionTimestamp'] !== undefined) return { wrote: false }
  const outcome = await deploy(object, deps, signal)
  const generation = object.metadata.generation ?? 0
  const status = statusOf({ generation, ...outcome })
  const told = await deps.status.write(object, status, signal)
  const stalled = status.conditions.find(({ type }) => type === 'Stalled')
  if (told && stalled !== undefined) warn(object, stalled, deps)
  const again = outcome.fault === undefined ? undefined : outcome.fault.stalled ? 'stalled' : 'transient'
  return { wrote: told || outcome.wrote, ...(again === undefined ? {} : { again }) }
}

async function deploy(object: ApiObject, deps: ReconcileDeps, signal: AbortSignal): Promise<Outcome> {
  const { resource, problems } = deps.validate(object)
  const manager = resource as Manager | undefined
  const wrong = manager === undefined ? undefined : nameProblem(manager)
  if (manager === undefined || wrong !== undefined) {
    const fault = faultOfProblems(wrong === undefined ? problems : [wrong])
    return { workload: liveWorkload(object.metadata.name, deps), fault, wrote: false }
  }
  const applied: Applied[] = []
  for (const child of desired(manager, { ...deps, ...liveReplicas(manager, deps) })) {
    applied.push(await deps.children.apply(child, signal))
  }
  for (const each of applied) tellApplied(object, each, deps)
  const workload = applied[0]?.object
  const fault = applied.find((each) => each.fault !== undefined)?.fault
  const { removed, pending } = await removeSurplus(manager, applied, deps, signal)
  return {
    workload,
    wrote: removed || applied.some(({ change }) => change !== 'none'),
    ...(fault === undefined ? {} : { fault }),
    ...(pending === undefined ? {} : { pending }),
    ...noteOf(manager, deps),
  }
}

/** The workload of an object of which we know no more than the name. */
function liveWorkload(name: string, { live }: ReconcileDeps): ApiObject | undefined {
  return (
    live(deploymentKind, childName(deploymentKind, name)) ?? live(statefulSetKind, childName(statefulSetKind, name))
  )
}

function liveReplicas(manager: Manager, { live }: ReconcileDeps): { readonly liveReplicas?: number } {
  const kind = workloadKind(manager)
  const spec = live(kind, childName(kind, manager.metadata.name))?.['spec'] as
    { readonly replicas?: unknown } | undefined
  return typeof spec?.replicas === 'number' ? { liveReplicas: spec.replicas } : {}
}

function noteOf(manager: Manager, { defaults }: ReconcileDeps): { readonly note?: string } {
  const { image, replaced } = chooseImage(manager.spec.image, defaults.image)
  if (replaced === undefined) return {}
  return {
    note: `spec.image ${replaced} is the predecessor's and cannot serve; the pods run ${image}: remove the field`,
  }
}
