import { isRecord } from '../api/json-schema.ts'
import { type ApiObject, type Cluster } from '../kubernetes/cluster.ts'
import { type Clock } from '../model/ports.ts'
import { createApplyStatus } from '../kubernetes/status/apply-status.ts'
import { managerKind } from './api-kinds.ts'
import { fieldManager } from './names.ts'
import { type Condition, type OperatorStatus } from './status.ts'

/** Writes the operator's share of the status of NotificationManagers. */
export interface StatusWriter {
  /**
   * Writes when the live status says something else. True when it was written. Throws ApiError, with status 409 when the object is
   * no longer what was seen.
   */
  write(manager: ApiObject, status: OperatorStatus, signal: AbortSignal): Promise<boolean>
  /** The NotificationManager is gone. */
  forget(name: string): void
}

/** `lastTransitionTime` has whole seconds, as Kubernetes writes it. */
type TimedCondition = Condition & { readonly lastTransitionTime: string }

/** The types that the operator writes, and takes away when they do not hold. */
const ownTypes: ReadonlySet<string> = new Set<Condition['type']>(['Deployed', 'Reconciling', 'Stalled'])

/** Makes a writer. It remembers its last write of each object until the watch has delivered it. */
export function createStatusWriter(cluster: Cluster, clock: Clock): StatusWriter {
  const written = new Map<string, { readonly over: string | undefined; readonly result: ApiObject }>()
  const applyStatus = createApplyStatus(cluster)

  return {
    async write(manager, status, signal) {
      const { name, resourceVersion: over } = manager.metadata
      const last = written.get(name)
      const current = last !== undefined && last.over === over ? last.result : manager
      if (current === manager) written.delete(name)
      if (isSame(current, status)) return false
      const result = await applyStatus(
        {
          target: { kind: managerKind, name },
          seen: { resourceVersion: current.metadata.resourceVersion ?? '', status: current['status'] },
          status: { ...status, conditions: timed(status.conditions, current, clock.now()) },
          ownTypes,
          fieldManager,
        },
        signal,
      )
      written.set(name, { over, result })
      return true
    },
    forget: (name) => void written.delete(name),
  }
}

function statusFields(manager: ApiObject): Readonly<Record<string, unknown>> {
  return isRecord(manager['status']) ? manager['status'] : {}
}

function ownConditions(manager: ApiObject): readonly Readonly<Record<string, unknown>>[] {
  const { conditions } = statusFields(manager)
  const list: readonly unknown[] = Array.isArray(conditions) ? conditions : []
  return list.filter(isRecord).filter(({ type }) => ownTypes.has(String(type)))
}

function isSame(manager: ApiObject, status: OperatorStatus): boolean {
  const { replicas, readyReplicas } = statusFields(manager)
  const live = ownConditions(manager)
  if (replicas !== status.replicas || readyReplicas !== status.readyReplicas) return false
  return live.length === status.conditions.length && status.conditions.every((wanted) => live.some(equals(wanted)))
}

function equals(wanted: Condition): (found: Readonly<Record<string, unknown>>) => boolean {
  return (found) => Object.entries(wanted).every(([field, value]) => found[field] === value)
}

function timed(conditions: readonly Condition[], before: ApiObject, now: number): readonly TimedCondition[] {
  const live = ownConditions(before)
  const justNow = `${new Date(now).toISOString().slice(0, 19)}Z`
  return conditions.map((condition) => {
    const found = live.find(({ type, status }) => type === condition.type && status === condition.status)
    const since = found?.['lastTransitionTime']
    return { ...condition, lastTransitionTime: typeof since === 'string' ? since : justNow }
  })
}
