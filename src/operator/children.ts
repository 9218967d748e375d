import { isRecord } from '../api/json-schema.ts'
import { type ApiKind, type ApiObject, type Cluster } from '../kubernetes/cluster.ts'
import { type Metrics } from '../model/ports.ts'
import { type Child } from './desired.ts'
import { faultOfApply, type Fault } from './fault.ts'
import { digest, fingerprint } from './fingerprint.ts'
import { fieldManager } from './names.ts'

/** What the children of NotificationManagers are written with. */
export interface ChildrenDeps {
  readonly cluster: Cluster
  readonly metrics: Metrics
  /** The watched copy of an object; undefined when there is none. */
  live(kind: ApiKind, name: string): ApiObject | undefined
}

/** What became of one child. */
export interface Applied {
  readonly child: Child
  /** The newest version that is known; undefined when it could not be made. */
  readonly object: ApiObject | undefined
  readonly change: 'none' | 'created' | 'updated' | 'repaired' | 'failed'
  readonly fault?: Fault
}

/** Writes children, and only what differs. */
export interface Children {
  apply(child: Child, signal: AbortSignal): Promise<Applied>
  /** Removes an object that belongs to the NotificationManager with this uid. False when there is none, or it is not its own. */
  remove(
    kind: ApiKind,
    options: { readonly name: string; readonly uid: string | undefined },
    signal: AbortSignal,
  ): Promise<boolean>
  /** Forgets what was written, so that everything is looked at afresh. */
  forget(): void
}

interface Written {
  readonly asked: string
  /** The watched version that it was written over: while that is still the newest, the watch has not delivered ours. */
  readonly over: string | undefined
  /** The version that the server returned. */
  readonly version: string | undefined
  /** Of that version. */
  readonly fingerprint: string
}

/**
 * An apply is made when something else is asked for than last time, or when the object is not as the server returned it then. So
 * a foreign change costs one apply, which undoes it where it touched our fields and changes nothing where it did not.
 */
export function createChildren({ cluster, metrics, live }: ChildrenDeps): Children {
  const written = new Map<string, Written>()

  async function apply(child: Child, signal: AbortSignal): Promise<Applied> {
    const { target, object } = child
    const key = `${target.kind.kind}/${target.name}`
    const before = live(target.kind, target.name)
    const known = written.get(key)
    const asked = digest(object)
    if (before !== undefined && (isDeleted(before) || (known?.asked === asked && isAsWritten(before, known)))) {
      return { child, object: before, change: 'none' }
    }
    written.delete(key)
    try {
      const after = await cluster.apply(target, object, { fieldManager, force: true }, signal)
      const version = after.metadata.resourceVersion
      written.set(key, { asked, over: before?.metadata.resourceVersion, version, fingerprint: fingerprint(after) })
      const change = known?.version === version ? 'none' : changeOf(before, after, known?.asked === asked)
      if (change !== 'none') metrics.count('operator_writes_total', { kind: target.kind.kind, change })
      return { child, object: after, change }
    } catch (error) {
      signal.throwIfAborted()
      const fault = faultOfApply(error, child)
      metrics.count('operator_writes_total', { kind: target.kind.kind, change: 'failed' })
      return { child, object: before, change: 'failed', fault }
    }
  }

  return {
    apply,
    async remove(kind, { name, uid }, signal) {
      const object = live(kind, name)
      if (object === undefined || isDeleted(object) || !isOwnedBy(object, uid)) return false
      const { namespace } = object.metadata
      written.delete(`${kind.kind}/${name}`)
      const removed = await cluster.remove({ kind, name, ...(namespace === undefined ? {} : { namespace }) }, signal)
      if (removed) metrics.count('operator_writes_total', { kind: kind.kind, change: 'removed' })
      return removed
    },
    forget: () => written.clear(),
  }
}

function isDeleted({ metadata }: ApiObject): boolean {
  return metadata['deletionTimestamp'] !== undefined
}

function isAsWritten(object: ApiObject, { over, fingerprint: written }: Written): boolean {
  return object.metadata.resourceVersion === over || fingerprint(object) === written
}

function changeOf(before: ApiObject | undefined, after: ApiObject, sameAsked: boolean): Applied['change'] {
  if (before === undefined) return 'created'
  if (fingerprint(before) === fingerprint(after)) return 'none'
  return sameAsked ? 'repaired' : 'updated'
}

/** Whether the object names this owner: nothing else is ever removed. */
export function isOwnedBy(object: ApiObject, uid: string | undefined): boolean {
  const owners = object.metadata['ownerReferences']
  if (uid === undefined || !Array.isArray(owners)) return false
  return (owners as readonly unknown[]).some((owner) => isRecord(owner) && owner['uid'] === uid)
}
