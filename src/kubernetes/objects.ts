import { isDeepStrictEqual } from 'node:util'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Kinds } from '../api/kinds.ts'
import { type SecretKeyRef } from '../model/fragments.ts'
import { type Resource, type ResourceKey } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { compareText } from '../rules/order.ts'
import { type ObjectVersion } from '../rules/snapshot.ts'
import { type ApiObject } from './cluster.ts'

/** The newest version of one object of ours, whatever is in force. */
export interface Observed {
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly generation: number
  readonly resourceVersion: string
  readonly status: unknown
}

/** What is in force of the objects of our kinds, in order of their keys. */
export interface Judged {
  readonly resources: readonly Resource[]
  readonly problems: readonly Problem[]
  readonly refused: ReadonlyMap<ResourceKey, ObjectVersion>
  /** Every reference to a Secret of what is in force. */
  readonly secretRefs: readonly SecretKeyRef[]
}

/** The objects of our kinds: what the server told last, and what of it is valid. */
export interface Objects {
  readonly observed: ReadonlyMap<ResourceKey, Observed>
  /** Takes news of one kind over. True when something changed that decides: more than a status. */
  note(kind: string, names: readonly string[], objects: ReadonlyMap<string, ApiObject>): boolean
  /** Judges what was noted since last time, in slices, so that others run in between. */
  judge(): Promise<Judged>
}

/** One object: what its newest version says, and what is in force of it. */
interface Entry {
  readonly uid: string
  /** The last valid version, marked stale when the newest one is not it. */
  readonly resource?: Resource
  readonly refused?: ObjectVersion
  readonly problems: readonly Problem[]
  readonly secretRefs: readonly SecretKeyRef[]
}

/** Checking this many takes a few milliseconds. */
const objectsPerTurn = 100

export function createObjects(kinds: Pick<Kinds, 'validate' | 'secretRefs'>): Objects {
  const observed = new Map<ResourceKey, Observed>()
  const newest = new Map<ResourceKey, ApiObject>()
  const entries = new Map<ResourceKey, Entry>()
  const pending = new Set<ResourceKey>()
  let judged: Judged | undefined

  function noteOne(kind: string, name: string, object: ApiObject | undefined): boolean {
    const key: ResourceKey = `${kind}/${name}`
    const before = newest.get(key)
    if (object === undefined) {
      newest.delete(key)
      observed.delete(key)
    } else {
      newest.set(key, object)
      observed.set(key, observe(kind, object))
    }
    if (object !== undefined && before !== undefined && decidesTheSame(before, object)) return false
    pending.add(key)
    return before !== object
  }

  function judgeOne(key: ResourceKey): void {
    const object = newest.get(key)
    if (object === undefined) entries.delete(key)
    else entries.set(key, entryOf(kinds, object, entries.get(key)))
  }

  return {
    observed,
    note: (kind, names, objects) => names.map((name) => noteOne(kind, name, objects.get(name))).includes(true),
    async judge() {
      for (let count = 1; pending.size > 0; count += 1) {
        const [key = '/'] = pending
        pending.delete(key)
        judgeOne(key)
        judged = undefined
        if (count % objectsPerTurn === 0) await nextTurn()
      }
      judged ??= collect(entries)
      return judged
    },
  }
}

function observe(kind: string, { metadata, ['status']: status }: ApiObject): Observed {
  const { name, uid = '', generation = 0, resourceVersion = '' } = metadata
  return { kind, name, uid, generation, resourceVersion, status }
}

/** The server counts `generation` up with each change outside of metadata and status, and labels are in the metadata. */
function decidesTheSame({ metadata: one }: ApiObject, { metadata: other }: ApiObject): boolean {
  const same = one.uid === other.uid && one.generation === other.generation && one.generation !== undefined
  return same && isDeepStrictEqual(one.labels ?? {}, other.labels ?? {})
}

/** An object that was deleted and made anew has another uid, and nothing of the old one is kept. */
function entryOf(kinds: Pick<Kinds, 'validate' | 'secretRefs'>, object: ApiObject, before: Entry | undefined): Entry {
  const { uid = '', generation = 0 } = object.metadata
  const { resource, problems } = kinds.validate(object)
  if (resource !== undefined) return { uid, resource, problems, secretRefs: refsOf(kinds, resource) }
  const refused = { uid, generation }
  if (before?.resource === undefined || before.uid !== uid) return { uid, refused, problems, secretRefs: [] }
  const stale = before.resource.stale === true ? before.resource : { ...before.resource, stale: true }
  return { uid, resource: stale, refused, problems, secretRefs: before.secretRefs }
}

function refsOf(kinds: Pick<Kinds, 'secretRefs'>, resource: Resource): readonly SecretKeyRef[] {
  return kinds.secretRefs(resource).map(({ ref }) => ref)
}

function collect(entries: ReadonlyMap<ResourceKey, Entry>): Judged {
  const sorted = [...entries].sort(([one], [other]) => compareText(one, other))
  return {
    resources: sorted.flatMap(([, { resource }]) => (resource === undefined ? [] : [resource])),
    problems: sorted.flatMap(([, { problems }]) => problems),
    refused: new Map(sorted.flatMap(([key, { refused }]) => (refused === undefined ? [] : [[key, refused] as const]))),
    secretRefs: sorted.flatMap(([, { secretRefs }]) => secretRefs),
  }
}
