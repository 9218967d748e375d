import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Clock } from '../model/ports.ts'
import { type Problem } from '../model/problem.ts'
import { createDocumentReader, type Document, type DocumentReader, type DocumentSet } from '../resources/documents.ts'
import { type Limits } from './limits.ts'

/** What reading needs of the world. */
export interface LoaderDeps {
  readonly paths: readonly string[]
  readonly limits: Limits
  readonly clock: Clock
  /** The environment of kustomize; this process's own when absent. */
  readonly environment?: Readonly<Record<string, string>>
}

/** How one reading is made. */
export interface LoadOptions {
  /** Reads files whose stamp did not change, too. */
  readonly force: boolean
  readonly signal: AbortSignal
}

/** One file, or one folder that kustomize built: what it holds and what is wrong with it. */
export interface Unit {
  readonly path: string
  readonly documents: readonly Document[]
  readonly problems: readonly Problem[]
}

/** What making a unit gave. */
export interface Made {
  readonly unit: Unit
  /** When to make it again although nothing changed, milliseconds since the epoch. */
  readonly retryAt?: number
}

/** A unit to be had, and what tells whether it changed. */
export interface Wanted {
  readonly path: string
  readonly stamp: string
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number
  /** Make it even when the stamp is the same. */
  readonly force: boolean
  /**
   * Makes the unit. `undefined` when it is gone, `changing` when it was written to meanwhile. `reader` remembers the documents of the
   * last time.
   */
  make(reader: DocumentReader, before: Unit | undefined): Promise<Made | 'changing' | undefined>
}

/** Keeps units from one reading to the next. */
export interface UnitCache {
  /** The unit as it is now; as it was before, while a newer version is being written. */
  get(wanted: Wanted): Promise<Unit | undefined>
  /**
   * Ends a reading. What was not asked for in it is forgotten, but once, unless forced, it is given back instead: many programs
   * replace a file by deleting it first.
   */
  sweep(force: boolean): Swept
}

/** How a reading ended. */
export interface Swept {
  /** Units that were there last time and may only be absent for a moment. */
  readonly missing: readonly Unit[]
  /** Something was being written or is missing, so that all must be read again soon. */
  readonly unsettled: boolean
}

interface Known {
  readonly stamp: string
  readonly reader: DocumentReader
  readonly unit: Unit
  readonly retryAt: number
  /** True when it was not there last time. */
  readonly missing: boolean
}

/** How long a file must have rested before its content counts. */
const restMs = 100

/** How long a file that never rests is waited for. */
const patienceMs = 1_000

/** A stamp that no file has: whatever carries it is made again. */
const unsure = ''

export function createUnitCache(clock: Clock, limits: Limits): UnitCache {
  let known = new Map<string, Known>()
  let next = new Map<string, Known>()
  let restless = new Map<string, number>()
  let nextRestless = new Map<string, number>()
  let asked = new Set<string>()

  /** For how long a path has been changing without rest; undefined when it rests. */
  function unrest(path: string, modifiedAt: number): number | undefined {
    const now = clock.now()
    if (Math.abs(now - modifiedAt) >= restMs) return undefined
    const since = restless.get(path) ?? now
    nextRestless.set(path, since)
    return now - since
  }

  async function get(wanted: Wanted): Promise<Unit | undefined> {
    const { path, stamp } = wanted
    asked.add(path)
    const before = known.get(path)
    const changingMs = unrest(path, wanted.modifiedAt)
    if (before !== undefined && !wanted.force && (isSame(before, stamp) || mustWait(changingMs)))
      return keep(path, before)
    const reader = before?.reader ?? createDocumentReader(limits)
    const made = await wanted.make(reader, before?.unit)
    if (made === undefined) return undefined
    if (made === 'changing') return retry(path, before)
    const { unit, retryAt = Infinity } = made
    return keep(path, { stamp: changingMs === undefined ? stamp : unsure, reader, unit, retryAt, missing: false })
  }

  function isSame(before: Known, stamp: string): boolean {
    return before.stamp === stamp && before.retryAt > clock.now()
  }

  function retry(path: string, before: Known | undefined): Unit | undefined {
    nextRestless.set(path, restless.get(path) ?? clock.now())
    return before === undefined ? undefined : keep(path, { ...before, stamp: unsure })
  }

  function keep(path: string, entry: Known): Unit {
    next.set(path, { ...entry, missing: false })
    return entry.unit
  }

  function sweep(force: boolean): Swept {
    const missing = force ? [] : [...known].filter(([path, entry]) => !asked.has(path) && !entry.missing)
    for (const [path, entry] of missing) next.set(path, { ...entry, missing: true })
    known = next
    restless = nextRestless
    next = new Map()
    nextRestless = new Map()
    asked = new Set()
    return { missing: missing.map(([, { unit }]) => unit), unsettled: restless.size > 0 || missing.length > 0 }
  }

  return { get, sweep }
}

function mustWait(changingMs: number | undefined): boolean {
  return changingMs !== undefined && changingMs < patienceMs
}

/** Documents are parsed in slices of about this many milliseconds, so that posts are answered in between. */
const turnMs = 10

/** Reads a text without holding up the process. */
export async function readInTurns(reader: DocumentReader, text: string, file: string): Promise<DocumentSet> {
  const steps = reader.read(text, file)
  for (let since = performance.now(); ;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() - since < turnMs) continue
    await nextTurn()
    since = performance.now()
  }
}
