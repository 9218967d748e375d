import { createHash } from 'node:crypto'
import { isRecord } from '../api/json-schema.ts'
import { type ApiObject } from '../kubernetes/cluster.ts'

/**
 * Two versions of an object with the same fingerprint differ in nothing that the operator sets: status and bookkeeping do not
 * count. Spec and metadata do as a whole, because a server writes values in a notation of its own (`1000m` becomes `1`), and a
 * comparison field by field would see a difference for ever.
 */
export function fingerprint(object: ApiObject): string {
  const { labels, annotations, ownerReferences, deletionTimestamp } = object.metadata
  return digest([labels, annotations, ownerReferences, deletionTimestamp, object['spec']])
}

/** A hash of plain data that does not depend on the order of fields. */
export function digest(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value, (_name, part: unknown) => (isRecord(part) ? sorted(part) : part)))
    .digest('base64')
}

function sorted(record: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}
