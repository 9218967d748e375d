import { join } from 'node:path'
import { isRecord, own } from '../api/json-schema.ts'
import { type Problem } from '../model/problem.ts'
import { decode } from '../resources/decode.ts'
import { type Document, type DocumentReader } from '../resources/documents.ts'
import { readBounded } from '../resources/read-file.ts'
import { isManifestName } from './folders.ts'
import { buildKustomization, findInputs, type Inputs, type ReferenceCache } from './kustomize.ts'
import {
  createUnitCache,
  readInTurns,
  type LoaderDeps,
  type LoadOptions,
  type Made,
  type Swept,
  type Unit,
} from './unit.ts'

/** A folder that kustomize built. */
export interface FoundKustomization {
  readonly unit: Unit | undefined
  /** Folders to watch, outside ones included. */
  readonly folders: ReadonlyMap<string, string>
}

/** Builds folders with a kustomization, again only when one of the files that they are built from changed. */
export interface KustomizationSource {
  read(folder: string, options: LoadOptions): Promise<FoundKustomization>
  /** Ends a reading. */
  sweep(force: boolean): Swept
}

const buildTimeoutMs = 30_000

/** A failed build is tried again although its files did not change: a remote base may have come back. */
const retryMs = 30_000

export function createKustomizationSource(deps: LoaderDeps): KustomizationSource {
  const { clock, limits } = deps
  const cache = createUnitCache(clock, limits)
  const references: ReferenceCache = new Map()

  async function read(folder: string, { force, signal }: LoadOptions): Promise<FoundKustomization> {
    const inputs = await findInputs(folder, limits, references)
    if (inputs.component) return { unit: undefined, folders: inputs.folders }
    const unit = await cache.get({
      path: folder,
      stamp: inputs.stamp,
      modifiedAt: Math.max(...inputs.files.map((file) => file.modifiedAt)),
      force,
      make: (reader) => make(folder, inputs, reader, signal),
    })
    return { unit, folders: inputs.folders }
  }

  async function make(path: string, inputs: Inputs, reader: DocumentReader, signal: AbortSignal): Promise<Made> {
    const { environment } = deps
    const sources = await readSources(inputs, reader)
    const built = await buildKustomization(path, {
      clock,
      timeoutMs: buildTimeoutMs,
      maxBytes: limits.maxTotalBytes,
      signal,
      secrets: sources.secrets,
      ...(environment === undefined ? {} : { environment }),
    })
    const output = join(path, 'kustomization.yaml')
    reader.retain(new Set([builtText(path), ...inputs.files.map((file) => file.path)]))
    if ('problem' in built) {
      const problems = [built.problem, ...sources.problems]
      return { unit: { path, documents: [], problems }, retryAt: clock.now() + retryMs }
    }
    const set = await readInTurns(reader, built.text, builtText(path))
    const documents = set.documents.map((document) => locate(document, output, sources.documents))
    return { unit: { path, documents, problems: set.problems } }
  }

  /** What the inputs hold by themselves: where objects were written, and syntax errors with their exact places. */
  async function readSources(inputs: Inputs, reader: DocumentReader): Promise<Sources> {
    const documents = new Map<string, Document>()
    const problems: Problem[] = []
    const secrets: string[] = []
    for (const { path } of inputs.files.filter((file) => isManifestName(file.path))) {
      const content = await readBounded(path, limits.maxFileBytes)
      const decoded = content.state === 'read' ? decode(content.bytes) : undefined
      if (decoded === undefined || 'fault' in decoded) continue
      const set = await readInTurns(reader, decoded.text, path)
      problems.push(...set.problems)
      for (const document of set.documents) {
        documents.set(nameOf(document.value), document)
        secrets.push(...secretsIn(document.value))
      }
    }
    return { documents, problems, secrets }
  }

  return { read, sweep: cache.sweep }
}

interface Sources {
  readonly documents: ReadonlyMap<string, Document>
  readonly problems: readonly Problem[]
  /** What kustomize may quote and nobody must see. */
  readonly secrets: readonly string[]
}

/** The values of a Secret, or those that a kustomization gives to one: kustomize quotes a literal without a `=` whole. */
function secretsIn(value: unknown): readonly string[] {
  if (!isRecord(value)) return []
  const generators = own(value, 'secretGenerator')
  const literals = Array.isArray(generators) ? (generators as unknown[]).filter(isRecord).map(literalsOf) : []
  const values = own(value, 'kind') === 'Secret' ? [own(value, 'data'), own(value, 'stringData')] : []
  return [...literals, ...values].flatMap((texts) =>
    isRecord(texts) || Array.isArray(texts) ? Object.values(texts).filter((text) => typeof text === 'string') : [],
  )
}

function literalsOf(generator: Readonly<Record<string, unknown>>): unknown {
  const literals = own(generator, 'literals')
  if (!Array.isArray(literals)) return []
  return literals.flatMap((text) => (typeof text === 'string' ? [text, text.replace(/^[^=]*=/u, '')] : []))
}

/** The name under which the built text is remembered; no file can have it. */
function builtText(folder: string): string {
  return `${folder}\0`
}

/** `Kind/name` as written; a prefix or suffix that kustomize adds hides the source. */
function nameOf(value: unknown): string {
  const metadata = isRecord(value) ? own(value, 'metadata') : undefined
  const name = isRecord(metadata) ? own(metadata, 'name') : undefined
  return JSON.stringify([isRecord(value) ? own(value, 'kind') : undefined, name])
}

/** Points to the file that the object was written in, or else to the kustomization. */
function locate(document: Document, kustomization: string, sources: ReadonlyMap<string, Document>): Document {
  const source = sources.get(nameOf(document.value))
  return {
    value: document.value,
    originOf: (path) => source?.originOf(path) ?? { file: kustomization, line: 1 },
  }
}
