import { type ResourceKey } from '../../model/object.ts'
import { type HistoryRecord } from '../../notify/outbox.ts'
import { type SettledDelivery } from '../../notify/settled.ts'
import { type Observed } from '../objects.ts'
import { createBoard, keyOfRef, type Board, type BoardDeps, type InForceResources } from './board.ts'
import { createDeliveries } from './deliveries.ts'
import { difference, lastDeliveryOf, type ObjectStatus } from './object-status.ts'
import { createWritten } from './written.ts'

/** What inspecting draws on. */
export interface InspectDeps extends BoardDeps {
  /** Undefined until something is in force and Secrets can be told to be there or not: nothing is overdue before that. */
  current(): InForceResources | undefined
  /** Our objects as the API server showed them last. */
  observed(): ReadonlyMap<ResourceKey, Observed>
  /** The newest lines of the outbox's history, newest first: what was delivered before this process began. */
  readonly history: readonly HistoryRecord[]
}

/** An object whose status is not what it should be. */
export interface Overdue {
  readonly seen: Observed
  readonly desired: ObjectStatus
  readonly difference: 'delivery' | 'other'
}

/** What was found of one object: whether its status is overdue, and when to look again although nothing changed. */
export interface Finding {
  readonly overdue?: Overdue
  readonly againAt?: number
}

/** Compares the statuses that are with those that should be. */
export interface Inspector {
  /** The objects to look at; undefined while nothing can be said. */
  keys(): Iterable<ResourceKey> | undefined
  find(key: ResourceKey, now: number): Finding
  /** A status was written, and this is what the object is then. */
  wrote(overdue: Overdue, written: Observed, now: number): void
  noteDelivery(record: SettledDelivery): void
  /** Forgets the deliveries of receivers that are gone. */
  prune(): void
}

export function createInspector(deps: InspectDeps): Inspector {
  const deliveries = createDeliveries(deps.history)
  const written = createWritten()
  /** What the server did not take as it was applied: not applied again until the object or what it should say changes. */
  const untaken = new Map<ResourceKey, string>()
  let known: { readonly inForce: InForceResources; readonly board: Board } | undefined

  function currentBoard(): Board | undefined {
    const inForce = deps.current()
    if (inForce === undefined) return undefined
    if (known?.inForce !== inForce) known = { inForce, board: createBoard(inForce, deps) }
    return known.board
  }

  function forget(key: ResourceKey): void {
    written.forget(key)
    untaken.delete(key)
  }

  return {
    keys: () => (currentBoard() === undefined ? undefined : deps.observed().keys()),

    find(key, now) {
      const shown = deps.observed().get(key)
      if (shown === undefined) {
        forget(key)
        return {}
      }
      const seen = written.latest(shown)
      const { delivery, againAt } = deliveries.shown(key, seen.status, now)
      const again = againAt === undefined ? {} : { againAt }
      const desired = currentBoard()?.statusOf(seen, delivery, now)
      if (desired === undefined) return again
      const found = difference(seen.status, desired)
      if (found === 'none' || untaken.get(key) === signature(seen, desired)) return again
      return { ...again, overdue: { seen, desired, difference: found } }
    },

    wrote({ seen, desired }, object, now) {
      const key = keyOfRef(object)
      written.wrote(object)
      if (lastDeliveryOf(seen.status)?.time !== desired.lastDelivery?.time) deliveries.written(key, now)
      if (difference(object.status, desired) === 'none') untaken.delete(key)
      else untaken.set(key, signature(object, desired))
    },

    noteDelivery: deliveries.note,

    prune() {
      const observed = deps.observed()
      deliveries.prune((key) => observed.has(key))
    },
  }
}

/** One version of an object, and what it should say; the time of a transition that was not taken changes nothing. */
function signature({ uid, resourceVersion }: Observed, { conditions: [ready], ...others }: ObjectStatus): string {
  return JSON.stringify([uid, resourceVersion, { ...ready, lastTransitionTime: '' }, others])
}
