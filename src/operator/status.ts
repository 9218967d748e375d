import { isRecord } from '../api/json-schema.ts'
import { type ApiObject } from '../kubernetes/cluster.ts'
import { type Fault } from './fault.ts'

/** A condition before it has a time. */
export interface Condition {
  readonly type: 'Deployed' | 'Reconciling' | 'Stalled'
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
  readonly observedGeneration: number
}

/** The operator's share of a NotificationManager's status; `Ready` is the server's. */
export interface OperatorStatus {
  readonly conditions: readonly Condition[]
  readonly replicas: number
  readonly readyReplicas: number
}

/** What the status is made from. */
export interface StatusInput {
  /** The NotificationManager's generation. */
  readonly generation: number
  /** The Deployment or StatefulSet as it is. */
  readonly workload: ApiObject | undefined
  readonly fault?: Fault
  /** What else is still to happen: `the Deployment x ends when …`. */
  readonly pending?: string
  /** Something to know although nothing is wrong. */
  readonly note?: string
}

/**
 * `Deployed` says whether the wanted number of pods takes posts. `Reconciling` and `Stalled` are there only while they hold, as
 * kstatus has them (https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md).
 */
export function statusOf(input: StatusInput): OperatorStatus {
  const rollout = readRollout(input.workload)
  const { generation: observedGeneration, fault } = input
  const deployed = { type: 'Deployed', ...deployedNow(input, rollout), observedGeneration } as const
  const counts = { replicas: rollout?.replicas ?? 0, readyReplicas: rollout?.ready ?? 0 }
  const trouble = fault?.stalled === true ? fault : rollout?.trouble
  if (trouble !== undefined) {
    const { reason, message } = trouble
    return {
      conditions: [deployed, { type: 'Stalled', status: 'True', reason, message, observedGeneration }],
      ...counts,
    }
  }
  const doing = fault ?? underWay(input, rollout)
  if (doing === undefined) return { conditions: [deployed], ...counts }
  const { reason, message } = doing
  return {
    conditions: [deployed, { type: 'Reconciling', status: 'True', reason, message, observedGeneration }],
    ...counts,
  }
}

/** True when Kubernetes has seen the newest version of the workload and the wanted number of its pods is available. */
export function isAvailable(workload: ApiObject): boolean {
  const rollout = readRollout(workload)
  return rollout !== undefined && rollout.observed && rollout.available >= rollout.wanted
}

/** The numbers of a workload's status that count. */
interface Rollout {
  /** Whether the numbers are about the workload's newest version. */
  readonly observed: boolean
  readonly wanted: number
  readonly replicas: number
  readonly ready: number
  readonly available: number
  readonly updated: number
  readonly trouble: { readonly reason: string; readonly message: string } | undefined
}

/** StatefulSets tell no `availableReplicas` before Kubernetes 1.22. */
function readRollout(workload: ApiObject | undefined): Rollout | undefined {
  if (workload === undefined) return undefined
  const status = fieldsOf(workload['status'])
  const count = (name: string): number => asCount(status[name], 0)
  const stateful = workload.kind === 'StatefulSet'
  const settled = stateful && status['updateRevision'] === status['currentRevision']
  return {
    observed: count('observedGeneration') >= (workload.metadata.generation ?? 0),
    wanted: asCount(fieldsOf(workload['spec'])['replicas'], 1),
    replicas: count('replicas'),
    ready: count('readyReplicas'),
    available: asCount(status['availableReplicas'], stateful ? count('readyReplicas') : 0),
    updated: count(settled ? 'replicas' : 'updatedReplicas'),
    trouble: troubleOf(status['conditions']),
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

function asCount(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback
}

/** A rollout that does not get on: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment */
function troubleOf(conditions: unknown): Rollout['trouble'] {
  for (const condition of Array.isArray(conditions) ? (conditions as readonly unknown[]) : []) {
    if (!isRecord(condition)) continue
    const { type, status, reason, message } = condition
    const failed = type === 'ReplicaFailure' && status === 'True'
    const late = type === 'Progressing' && status === 'False'
    if (failed || late)
      return {
        reason: textOr(reason, failed ? 'ReplicaFailure' : 'ProgressDeadlineExceeded'),
        message: textOr(message, 'the pods do not start'),
      }
  }
  return undefined
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback
}

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>

function deployedNow({ workload, fault, note }: StatusInput, rollout: Rollout | undefined): Verdict {
  if (workload === undefined || rollout === undefined) {
    return {
      status: 'False',
      reason: fault?.reason ?? 'NotCreated',
      message: fault?.message ?? 'there are no pods yet',
    }
  }
  const pods = `${rollout.available} of ${rollout.wanted} pods are available`
  const message = note === undefined ? pods : `${pods}; ${note}`
  if (!rollout.observed)
    return { status: 'False', reason: 'Progressing', message: 'the newest version is not rolled out yet' }
  if (rollout.available < rollout.wanted) return { status: 'False', reason: 'Unavailable', message }
  return { status: 'True', reason: rollout.wanted === 0 ? 'ScaledToZero' : 'Available', message }
}

function underWay(
  { workload, pending }: StatusInput,
  rollout: Rollout | undefined,
): { readonly reason: string; readonly message: string } | undefined {
  const reason = 'Progressing'
  if (workload === undefined || rollout === undefined) return { reason, message: 'the pods are being made' }
  if (!rollout.observed) return { reason, message: `${workload.kind} ${workload.metadata.name} has a new version` }
  const { wanted, updated, available, replicas } = rollout
  if (updated < wanted) return { reason, message: `${updated} of ${wanted} pods run the newest version` }
  if (replicas > updated) return { reason, message: `${replicas - updated} pods of an older version are ending` }
  if (available < wanted) return { reason, message: `${available} of ${wanted} pods are available` }
  return pending === undefined ? undefined : { reason, message: pending }
}
