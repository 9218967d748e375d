import { type ApiKind, type ApiObject, type WatchEvent } from './cluster.ts'

/** The objects of one query as they were last told. */
export interface ObjectCopy {
  readonly objects: ReadonlyMap<string, ApiObject>
  /** Takes over a whole list; gives the keys of what was added, changed or is gone. */
  replaceAll(items: readonly ApiObject[]): readonly string[]
  /** Takes over one event; gives the key when it changed anything. */
  take(event: Exclude<WatchEvent, { type: 'BOOKMARK' }>): string | undefined
}

/** An empty copy of objects of this kind. */
export function createObjectCopy({ namespaced }: Pick<ApiKind, 'namespaced'>): ObjectCopy {
  const objects = new Map<string, ApiObject>()

  function keyOf({ metadata }: ApiObject): string {
    return namespaced ? `${metadata.namespace ?? ''}/${metadata.name}` : metadata.name
  }

  function put(object: ApiObject): string | undefined {
    const key = keyOf(object)
    if (isSame(objects.get(key), object)) return undefined
    objects.set(key, object)
    return key
  }

  return {
    objects,
    replaceAll(items) {
      const listed = new Set(items.map(keyOf))
      const gone = [...objects.keys()].filter((key) => !listed.has(key))
      for (const key of gone) objects.delete(key)
      return [...gone, ...items.map(put).filter((key) => key !== undefined)]
    },
    take({ type, object }) {
      if (type !== 'DELETED') return put(object)
      const key = keyOf(object)
      return objects.delete(key) ? key : undefined
    },
  }
}

/** A resourceVersion is of one object: the uid tells whether the name has been given to another since. */
function isSame(held: ApiObject | undefined, told: ApiObject): boolean {
  return (
    held !== undefined &&
    held.metadata.resourceVersion === told.metadata.resourceVersion &&
    held.metadata.uid === told.metadata.uid
  )
}
