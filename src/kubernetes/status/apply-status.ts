import { isRecord, own } from '../../api/json-schema.ts'
import { type ApiObject, type ApiTarget, type Cluster } from '../cluster.ts'

/** One writer's share of the status of an object. */
export interface StatusShare {
  readonly target: ApiTarget
  /** The object as it was seen. */
  readonly seen: { readonly resourceVersion: string; readonly status: unknown }
  /** The whole of what the writer has to say; what it said before and says no more goes. */
  readonly status: { readonly conditions: readonly { readonly type: string }[] }
  /** The types of conditions that are this writer's, whether it writes them now or not. */
  readonly ownTypes: ReadonlySet<string>
  readonly fieldManager: string
}

/** Applies a share, and gives back the whole object. Throws ApiError; with status 409 when the object is no longer what was seen. */
export type ApplyStatus = (share: StatusShare, signal: AbortSignal) => Promise<ApiObject>

/**
 * Server-side apply for statuses with several writers: what others own stays. An API server that cannot make sense of a kind's
 * schema, as 1.20 cannot where it has an int-or-string field, takes lists as a whole
 * (https://github.com/kubernetes/kubernetes/pull/82438); there the conditions of others are applied with our own. That is found
 * out by losing some once, and mended at once.
 */
export function createApplyStatus(cluster: Pick<Cluster, 'apply'>): ApplyStatus {
  const kindsWithoutTypes = new Set<string>()

  return async ({ target, seen, status, ownTypes, fieldManager }, signal) => {
    const before = conditionsOf(seen.status)
    const { kind } = target.kind

    function apply(resourceVersion: string, conditions: readonly object[]): Promise<ApiObject> {
      const object = { metadata: { resourceVersion }, status: { ...status, conditions } }
      return cluster.apply(target, object, { fieldManager, force: true, subresource: 'status' }, signal)
    }

    if (kindsWithoutTypes.has(kind)) return apply(seen.resourceVersion, whole(before, status.conditions, ownTypes))
    const written = await apply(seen.resourceVersion, status.conditions)
    const left = new Set(conditionsOf(written['status']).map(typeOf))
    if (before.every((condition) => ownTypes.has(typeOf(condition)) || left.has(typeOf(condition)))) return written
    kindsWithoutTypes.add(kind)
    return apply(written.metadata.resourceVersion ?? '', whole(before, status.conditions, ownTypes))
  }
}

/** Our conditions among those of others, each at its place, so that the same conditions are the same list. */
function whole(
  before: readonly Readonly<Record<string, unknown>>[],
  ours: StatusShare['status']['conditions'],
  ownTypes: ReadonlySet<string>,
): readonly object[] {
  const left = new Map(ours.map((condition) => [condition.type, condition]))
  const kept = before.flatMap((condition) => {
    const type = typeOf(condition)
    const own = left.get(type)
    left.delete(type)
    return own ?? (ownTypes.has(type) ? [] : [condition])
  })
  return [...kept, ...left.values()]
}

function conditionsOf(status: unknown): readonly Readonly<Record<string, unknown>>[] {
  const conditions = isRecord(status) ? own(status, 'conditions') : undefined
  return Array.isArray(conditions) ? conditions.filter(isRecord) : []
}

function typeOf(condition: Readonly<Record<string, unknown>>): string {
  return String(own(condition, 'type'))
}
