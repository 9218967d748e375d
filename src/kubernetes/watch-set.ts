import { type ApiObject, type ApiQuery } from './cluster.ts'
import { startWatch, type Tap, type WatchDeps, type Watched, type WatchListener } from './watched.ts'

/** One watch to have. */
export interface WantedWatch {
  readonly query: ApiQuery
  readonly tap?: Tap
  onChange(objects: ReadonlyMap<string, ApiObject>, changed: readonly string[]): void
}

/** Watches that come and go. */
export interface WatchSet {
  /** Has exactly these from now on; those of the same name go on. */
  keep(wanted: ReadonlyMap<string, WantedWatch>): void
  get(name: string): Watched | undefined
  all(): readonly Watched[]
  close(): Promise<void>
}

/** What a set of watches needs. */
export interface WatchSetDeps extends WatchDeps {
  /** Whether the server answers one of them has changed. */
  readonly onHealth: WatchListener['onHealth']
}

export function createWatchSet(deps: WatchSetDeps): WatchSet {
  const watches = new Map<string, Watched>()
  const ending = new Set<Promise<void>>()

  function begin(name: string, { query, tap = {}, onChange }: WantedWatch): void {
    const watched = startWatch(
      query,
      deps,
      { onChange: (changed) => onChange(watched.objects, changed), onHealth: deps.onHealth },
      tap,
    )
    watches.set(name, watched)
  }

  function end(name: string, watched: Watched): void {
    watches.delete(name)
    const ended = watched.stop().finally(() => ending.delete(ended))
    ending.add(ended)
  }

  return {
    keep(wanted) {
      for (const [name, watched] of watches) if (!wanted.has(name)) end(name, watched)
      for (const [name, watch] of wanted) if (!watches.has(name)) begin(name, watch)
    },
    get: (name) => watches.get(name),
    all: () => [...watches.values()],
    async close() {
      for (const [name, watched] of watches) end(name, watched)
      await Promise.all(ending)
    },
  }
}
