import { type ResourceKey } from '../../model/object.ts'
import { createLater } from './later.ts'

/** How soon an object should be written: readiness goes before deliveries. */
export type Urgency = 'soon' | 'whenQuiet'

/** Which objects are to be looked at, now or later, and which to be written. Each is in it once. */
export interface Agenda {
  lookAt(keys: Iterable<ResourceKey>): void
  lookAtAll(): void
  /** Looks at the object again when `at` has come; the earlier of two times counts. */
  lookLater(key: ResourceKey, at: number): void
  wantsAll(): boolean
  /** What is to be looked at now; it is taken off. That everything is to be looked at stays on it unless `withAll`. */
  takeLooks(now: number, withAll: boolean): { readonly all: boolean; readonly keys: readonly ResourceKey[] }
  write(key: ResourceKey, urgency: Urgency): void
  /** The next to be written, urgent ones first, in order of asking; it is taken off. */
  takeWrite(): ResourceKey | undefined
  dropWrite(key: ResourceKey): void
  /** How many wait to be written. */
  writes(): number
  /** When something falls due that is not yet; undefined when nothing will. */
  nextAt(): number | undefined
  clear(): void
}

export function createAgenda(): Agenda {
  let all = false
  const looks = new Set<ResourceKey>()
  const later = createLater()
  const soon = new Set<ResourceKey>()
  const whenQuiet = new Set<ResourceKey>()

  return {
    lookAt(keys) {
      for (const key of keys) looks.add(key)
    },
    lookAtAll() {
      all = true
    },
    lookLater: later.add,
    wantsAll: () => all,
    takeLooks(now, withAll) {
      const taken = { all: all && withAll, keys: [...new Set([...looks, ...later.takeDue(now)])] }
      all &&= !withAll
      looks.clear()
      return taken
    },
    write(key, urgency) {
      if (urgency === 'soon') {
        whenQuiet.delete(key)
        soon.add(key)
      } else if (!soon.has(key)) whenQuiet.add(key)
    },
    takeWrite() {
      const [key] = soon.size > 0 ? soon : whenQuiet
      if (key !== undefined) drop(key)
      return key
    },
    dropWrite: drop,
    writes: () => soon.size + whenQuiet.size,
    nextAt: later.nextAt,
    clear() {
      all = false
      for (const each of [looks, later, soon, whenQuiet]) each.clear()
    },
  }

  function drop(key: ResourceKey): void {
    soon.delete(key)
    whenQuiet.delete(key)
  }
}
