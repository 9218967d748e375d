import { type ResourceKey } from '../../model/object.ts'

/** Objects that are to be looked at again when a time has come. */
export interface Later {
  /** The earlier of two times counts. */
  add(key: ResourceKey, at: number): void
  /** Those whose time has come; they are taken off. */
  takeDue(now: number): readonly ResourceKey[]
  /** When the next one falls due, milliseconds since the epoch; undefined when none will. */
  nextAt(): number | undefined
  clear(): void
}

/** Times are rounded up to this grid, so that thousands of objects fall due in few passes. */
const gridMs = 250

export function createLater(): Later {
  const times = new Map<ResourceKey, number>()
  let nextAt: number | undefined
  return {
    add(key, at) {
      const due = Math.ceil(at / gridMs) * gridMs
      times.set(key, Math.min(times.get(key) ?? due, due))
      nextAt = Math.min(nextAt ?? due, due)
    },
    takeDue(now) {
      if (nextAt === undefined || nextAt > now) return []
      const due = [...times].filter(([, at]) => at <= now).map(([key]) => key)
      for (const key of due) times.delete(key)
      nextAt = times.size === 0 ? undefined : [...times.values()].reduce((one, other) => Math.min(one, other))
      return due
    },
    nextAt: () => nextAt,
    clear() {
      times.clear()
      nextAt = undefined
    },
  }
}
