import { type AlertGroup } from '../model/alert.ts'
import { fromWireGroup, type WireGroup } from '../model/wire.ts'

/** Text kept parsed, in characters: a few of the largest bodies that the door takes, or thousands of usual ones. */
const maxCharacters = 32 * 1_024 * 1_024

/** A posted group as the outbox stores it. */
export interface StoredPost {
  readonly id: number
  readonly source: string
  readonly body: string
}

/** A group that goes to a thousand receivers is parsed once, not a thousand times. Least recently used leave first. */
export function createPostCache(): (id: number, load: () => StoredPost) => AlertGroup {
  const entries = new Map<number, { readonly group: AlertGroup; readonly characters: number }>()
  let total = 0

  function drop(id: number): void {
    total -= entries.get(id)?.characters ?? 0
    entries.delete(id)
  }

  return (id, load) => {
    const known = entries.get(id)
    if (known !== undefined) {
      entries.delete(id)
      entries.set(id, known)
      return known.group
    }
    const { source, body } = load()
    const group = fromWireGroup(JSON.parse(body) as WireGroup, source)
    entries.set(id, { group, characters: body.length })
    total += body.length
    for (const oldest of entries.keys()) {
      if (total <= maxCharacters) break
      drop(oldest)
    }
    return group
  }
}
