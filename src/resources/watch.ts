import { watch, type FSWatcher } from 'node:fs'
import { basename } from 'node:path'
import { type Logger } from '../model/ports.ts'
import { errorCode } from './read-file.ts'

/** Tells when something in one of a set of folders changes; not what, for the events of file systems do not say reliably. */
export interface FolderWatch {
  /** Watches exactly these folders, each with its identity. True when one was added, which may have changed before. */
  update(folders: ReadonlyMap<string, WatchedFolder>): boolean
  close(): void
}

/** One folder to watch. */
export interface WatchedFolder {
  /** Tells a folder from another that took its place. */
  readonly identity: string
  /** The names whose changes matter; all when absent. */
  readonly only?: ReadonlySet<string>
}

interface Watched {
  readonly identity: string
  readonly watcher: FSWatcher
}

/** One watcher a folder: Node's recursive mode on Linux would hold one for each file. */
export function createFolderWatch(deps: { readonly logger: Logger; readonly onChange: () => void }): FolderWatch {
  const watched = new Map<string, Watched>()
  let complained = false

  function update(folders: ReadonlyMap<string, WatchedFolder>): boolean {
    for (const [path, { identity }] of watched) if (folders.get(path)?.identity !== identity) drop(path)
    const missing = [...folders].filter(([path]) => !watched.has(path))
    return missing.map(([path, folder]) => add(path, folder)).includes(true)
  }

  function add(path: string, { identity, only }: WatchedFolder): boolean {
    try {
      const watcher = watch(path, (_event, name) => {
        // A folder that is deleted or renamed reports its own name, and its watcher is deaf from then on.
        if (name === basename(path) && only === undefined) drop(path)
        if (only === undefined || name === null || only.has(name)) deps.onChange()
      })
      watcher.on('error', () => {
        drop(path)
        deps.onChange()
      })
      watched.set(path, { identity, watcher })
      return true
    } catch (error) {
      complain(path, errorCode(error))
      return false
    }
  }

  /** Once: with too few watches every folder would say the same. Polling goes on all the same. */
  function complain(path: string, code: string): void {
    if (code === 'ENOENT' || complained) return
    complained = true
    deps.logger.warn({ path, code }, 'cannot watch a folder; changes in it are found by polling only')
  }

  function drop(path: string): void {
    watched.get(path)?.watcher.close()
    watched.delete(path)
  }

  return {
    update,
    close() {
      for (const path of [...watched.keys()]) drop(path)
    },
  }
}
