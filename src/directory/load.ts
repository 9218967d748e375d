import { type Problem } from '../model/problem.ts'
import { decode, type Fault } from '../resources/decode.ts'
import { type DocumentReader } from '../resources/documents.ts'
import { readBounded } from '../resources/read-file.ts'
import { isManifestName, list } from './folders.ts'
import { createKustomizationSource } from './kustomization-unit.ts'
import { unreadable } from './problems.ts'
import { createUnitCache, readInTurns, type LoaderDeps, type LoadOptions, type Made, type Unit } from './unit.ts'

/** Everything below the given paths, as it was found. */
export interface Reading {
  readonly units: readonly Unit[]
  /** Paths of which nothing is known now; what was known of them before still holds. */
  readonly unreadable: readonly string[]
  readonly problems: readonly Problem[]
  /** Folders to watch, each with its identity. */
  readonly folders: ReadonlyMap<string, string>
  /** Something was written so recently that it may be half-written: read again soon. */
  readonly unsettled: boolean
}

/** Reads the same paths again and again, and only what changed. One reading at a time. */
export interface Loader {
  /** Throws the signal's reason when it aborts. `force` reads files whose stamp did not change, too, and builds kustomizations anew. */
  load(options: LoadOptions): Promise<Reading>
}

export function createLoader(deps: LoaderDeps): Loader {
  const { limits } = deps
  const files = createUnitCache(deps.clock, limits)
  const kustomizations = createKustomizationSource(deps)

  async function load(options: LoadOptions): Promise<Reading> {
    const listing = await list(deps.paths, { accept: isManifestName, stopAtKustomization: true, limits })
    const missed: { path: string; why: string }[] = []
    const units: Unit[] = []
    const folders = new Map(listing.folders)
    const maxBytes = limits.maxFileBytes
    let bytes = 0
    for (const file of listing.files) {
      options.signal.throwIfAborted()
      bytes += file.bytes
      if (bytes > limits.maxTotalBytes) {
        missed.push({ path: file.path, why: `lies beyond the first ${limits.maxTotalBytes} bytes and is not read` })
        continue
      }
      const unit = await files.get({
        ...file,
        force: options.force,
        make: (reader, before) =>
          makeFile({
            path: file.path,
            maxBytes,
            reader,
            before,
            miss: (why) => void missed.push({ path: file.path, why }),
          }),
      })
      if (unit !== undefined) units.push(unit)
    }
    for (const folder of listing.kustomizations) {
      options.signal.throwIfAborted()
      const found = await kustomizations.read(folder, options)
      for (const [path, identity] of found.folders) folders.set(path, identity)
      if (found.unit !== undefined) units.push(found.unit)
    }
    const swept = [files.sweep(options.force), kustomizations.sweep(options.force)]
    return {
      units: [...units, ...swept.flatMap(({ missing }) => missing)],
      unreadable: [...listing.unreadable, ...missed.map(({ path }) => path)],
      problems: [...listing.problems, ...missed.slice(0, maxMissed).map(({ path, why }) => unreadable(path, why))],
      folders,
      unsettled: swept.some(({ unsettled }) => unsettled),
    }
  }

  return { load }
}

interface FileToMake {
  readonly path: string
  readonly maxBytes: number
  readonly reader: DocumentReader
  readonly before: Unit | undefined
  /** Told why the file cannot be read. */
  readonly miss: (why: string) => void
}

async function makeFile({ path, maxBytes, reader, before, miss }: FileToMake): Promise<Made | 'changing' | undefined> {
  const content = await readBounded(path, maxBytes)
  if (content.state === 'changing' || content.state === 'gone') return 'changing'
  if (content.state === 'unreadable') {
    miss(content.why)
    return undefined
  }
  if (content.bytes.length === 0 && before !== undefined && before.documents.length > 0) return faulty(path, emptied)
  const decoded = decode(content.bytes)
  if ('fault' in decoded) return faulty(path, decoded.fault)
  return { unit: { path, ...(await readInTurns(reader, decoded.text, path)) } }
}

const maxMissed = 50

const emptied: Fault = {
  line: 1,
  column: 1,
  message: 'the file held objects and now is empty, as if it were half-written',
  remedy: 'write the objects again, or delete the file to take them out',
}

function faulty(path: string, fault: Fault): Made {
  const { line, column, message, remedy } = fault
  const origin = { file: path, line, column }
  const problem: Problem = { severity: 'error', reason: 'InvalidSyntax', path: '', message, remedy, origin }
  return { unit: { path, documents: [], problems: [problem] } }
}
