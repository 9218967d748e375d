import { type Kind } from '../../api/kind.ts'
import { apiKindOf } from '../kinds.ts'
import { type Observed } from '../objects.ts'
import { type ApplyStatus } from './apply-status.ts'
import { leftovers, type ObjectStatus } from './object-status.ts'
import { observedOf } from './written.ts'

/** The owner of everything that we write into a status: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export const statusFieldManager = 'notification-manager-server'

/** One status to be written onto the version of the object that was seen. */
export interface StatusWrite {
  readonly kind: Pick<Kind, 'kind' | 'plural'>
  readonly seen: Observed
  readonly desired: ObjectStatus
}

const ownTypes: ReadonlySet<string> = new Set(['Ready'] satisfies ObjectStatus['conditions'][0]['type'][])

/**
 * Applies a status, and gives back what the object is then. It is refused with 409 when the object is no longer what was seen, so
 * that nothing is said of a version that nobody has looked at. What others own of a status stays, but for our own fields: a field
 * that should not be there and that another manager holds is first taken over with another value, and then given up, which
 * removes it.
 */
export async function writeStatus(
  apply: ApplyStatus,
  { kind, seen, desired }: StatusWrite,
  signal: AbortSignal,
): Promise<Observed> {
  const target = { kind: apiKindOf(kind), name: seen.name }
  const write = async (on: Observed, status: ObjectStatus): Promise<Observed> =>
    observedOf(await apply({ target, seen: on, status, ownTypes, fieldManager: statusFieldManager }, signal))

  const written = await write(seen, desired)
  const left = leftovers(written.status, desired)
  if (left.length === 0) return written
  const held = Object.fromEntries(left.map((field) => [field, '-']))
  return write(await write(written, { ...desired, ...held }), desired)
}
