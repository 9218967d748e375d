import { type ResourceKey } from '../../model/object.ts'
import { type ApiObject } from '../cluster.ts'
import { type Observed } from '../objects.ts'
import { keyOfRef } from './board.ts'

/** What our own writes gave, until the watch has shown as much: nothing is written twice because the watch lags. */
export interface Written {
  /** The newer of what the watch showed and what we wrote. */
  latest(seen: Observed): Observed
  wrote(object: Observed): void
  forget(key: ResourceKey): void
}

export function createWritten(): Written {
  const written = new Map<ResourceKey, Observed>()
  return {
    latest(seen) {
      const key = keyOfRef(seen)
      const own = written.get(key)
      if (own === undefined) return seen
      if (own.uid === seen.uid && isOlder(seen.resourceVersion, own.resourceVersion)) return own
      written.delete(key)
      return seen
    },
    wrote: (object) => void written.set(keyOfRef(object), object),
    forget: (key) => void written.delete(key),
  }
}

/** Resource versions are numbers that grow; where a server has other ones the watch is believed. */
function isOlder(one: string, other: string): boolean {
  const areNumbers = [one, other].every((version) => /^\d{1,30}$/u.test(version))
  return areNumbers && BigInt(one) < BigInt(other)
}

/** What the API server gave back, as if it had been watched. */
export function observedOf({ kind, metadata, status }: ApiObject & { readonly status?: unknown }): Observed {
  const { name, uid = '', generation = 0, resourceVersion = '' } = metadata
  return { kind, name, uid, generation, resourceVersion, status }
}
