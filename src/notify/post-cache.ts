import { type AlertGroup } from '../model/alert.ts'

/** Text kept parsed, in bytes: two of the largest bodies that the door takes, or thousands of usual ones. */
const maxBytes = 48 * 1_024 * 1_024

/** Posted groups that were read a moment ago. */
export interface PostCache {
  find(id: number): AlertGroup | undefined
  /** `bytes`: how large the group is as it is stored. */
  keep(id: number, group: AlertGroup, bytes: number): void
}

/** A group that goes to a thousand receivers is parsed once, not a thousand times. Least recently used leave first. */
export function createPostCache(): PostCache {
  const entries = new Map<number, { readonly group: AlertGroup; readonly bytes: number }>()
  let total = 0

  function drop(id: number): void {
    total -= entries.get(id)?.bytes ?? 0
    entries.delete(id)
  }

  return {
    find(id) {
      const known = entries.get(id)
      if (known === undefined) return undefined
      entries.delete(id)
      entries.set(id, known)
      return known.group
    },
    keep(id, group, bytes) {
      drop(id)
      entries.set(id, { group, bytes })
      total += bytes
      for (const oldest of entries.keys()) {
        if (total <= maxBytes) break
        drop(oldest)
      }
    },
  }
}
