import { isMap, isSeq } from 'yaml'
import { isRecord, own } from '../api/json-schema.ts'
import { type ObjectRef, type Origin } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { type Fault } from './decode.ts'
import { parse, parseTree, type Parsed, type Tree } from './parse.ts'
import { offsetOf } from './positions.ts'
import { splitDocuments, type Segment } from './split.ts'
import { findHereDocument } from './syntax.ts'
import { createPlaces, firstContentLine, type Place } from './text-lines.ts'

/** One object as it was written. Values are not checked yet; own keys such as `__proto__` are ordinary keys. */
export interface Document {
  readonly value: unknown
  /** Where the document begins, or the place of a Problem's path in it; the nearest thing above when the path is not there. */
  originOf(path: string): Origin
}

/** What a text holds. */
export interface DocumentSet {
  readonly documents: readonly Document[]
  /** Documents that could not be read; their `object` is what the text seems to be about. */
  readonly problems: readonly Problem[]
}

/** Turns texts into documents; keeps what it parsed last under each name, so that only changed documents are parsed again. */
export interface DocumentReader {
  /** In steps, so that a caller can let others run between them. */
  read(text: string, file: string): Generator<undefined, DocumentSet>
  /** Forgets everything but these files. */
  retain(files: ReadonlySet<string>): void
}

interface Entry {
  readonly segment: Segment
  readonly parsed: Parsed
  readonly set: DocumentSet
}

/** Documents of one text, at once: for texts that are read once. */
export function readDocuments(text: string, file: string, limits: DocumentLimits): DocumentSet {
  const steps = createDocumentReader(limits).read(text, file)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** The part of the limits that concerns one text. */
export interface DocumentLimits {
  readonly maxDocumentChars: number
  readonly maxDocuments: number
}

export function createDocumentReader(limits: DocumentLimits): DocumentReader {
  const known = new Map<string, ReadonlyMap<string, Entry>>()

  function* read(text: string, file: string): Generator<undefined, DocumentSet> {
    const before = known.get(file)
    const entries = new Map<string, Entry>()
    const sets: DocumentSet[] = []
    const segments = splitDocuments(text)
    for (const segment of segments.slice(0, limits.maxDocuments)) {
      const entry = readSegment(segment, file, before?.get(segment.text))
      entries.set(segment.text, entry)
      sets.push(entry.set)
      yield
    }
    known.set(file, entries)
    const excess = segments[limits.maxDocuments]
    if (excess !== undefined) sets.push({ documents: [], problems: [tooMany(excess, file)] })
    return { documents: sets.flatMap((set) => set.documents), problems: sets.flatMap((set) => set.problems) }
  }

  function readSegment(segment: Segment, file: string, before: Entry | undefined): Entry {
    if (before?.segment.line === segment.line) return before
    const parsed = before?.parsed ?? parseWithin(segment)
    return { segment, parsed, set: toSet(segment, file, parsed) }
  }

  function parseWithin({ text }: Segment): Parsed {
    if (text.length <= limits.maxDocumentChars) return parse(text)
    const message = `the document has ${text.length} characters; at most ${limits.maxDocumentChars} are read`
    return { fault: { line: 1, column: 1, message, remedy: 'split it into several documents with lines `---`' } }
  }

  function tooMany(segment: Segment, file: string): Problem {
    const message = `the file holds more than ${limits.maxDocuments} documents; this one and those after it are not read`
    return toProblem({ line: 1, column: 1, message, remedy: 'split the file' }, segment, file)
  }

  return {
    read,
    retain(files) {
      for (const file of known.keys()) if (!files.has(file)) known.delete(file)
    },
  }
}

function toSet(segment: Segment, file: string, parsed: Parsed): DocumentSet {
  if ('fault' in parsed) return { documents: [], problems: [toProblem(parsed.fault, segment, file)] }
  const { value } = parsed
  if (value === null || value === undefined) return { documents: [], problems: [] }
  if (typeof value !== 'object') return { documents: [], problems: [explainScalar(segment, file)] }
  const items = isRecord(value) && own(value, 'kind') === 'List' ? own(value, 'items') : undefined
  const map = createMap(segment.text)
  if (!Array.isArray(items)) return { documents: [toDocument(segment, file, { value, map })], problems: [] }
  const strays = items.filter((item) => item !== null && typeof item !== 'object').length
  return {
    documents: listItems(segment, file, { items, map }),
    problems: strays === 0 ? [] : [explainStrays(strays, segment, file)],
  }
}

/**
 * The tree of a text and the places in it, made when they are asked for: most texts never are. A tree is many times as large as its
 * text, so it may go once nobody looks at it.
 */
interface TextMap {
  tree(): Tree
  placeAt(offset: number): Place
}

function createMap(text: string): TextMap {
  let held: WeakRef<Tree> | undefined
  let places: ReturnType<typeof createPlaces> | undefined
  return {
    tree() {
      const tree = held?.deref() ?? parseTree(text)
      held = new WeakRef(tree)
      return tree
    },
    placeAt: (offset) => (places ??= createPlaces(text))(offset),
  }
}

/** Objects inside a `kind: List` become documents of their own, which share what is known of the text. */
function listItems(
  segment: Segment,
  file: string,
  { items, map }: { readonly items: readonly unknown[]; readonly map: TextMap },
): readonly Document[] {
  const node = map.tree().contents
  const list: unknown = isMap(node) ? node.get('items') : undefined
  return items.flatMap((value, place) => {
    if (typeof value !== 'object' || value === null) return []
    const item: unknown = isSeq(list) ? list.items[place] : undefined
    const range = typeof item === 'object' && item !== null && 'range' in item ? (item.range as number[] | null) : null
    const { line } = map.placeAt(range?.[0] ?? 0)
    return [toDocument(segment, file, { value, map, item: { line, prefix: `items[${place}]` } })]
  })
}

interface Written {
  readonly value: unknown
  readonly map: TextMap
  readonly item?: { readonly line: number; readonly prefix: string }
}

function toDocument(segment: Segment, file: string, { value, map, item }: Written): Document {
  const first = segment.line - 1 + (item?.line ?? firstContentLine(segment.text))
  return {
    value,
    originOf(path) {
      if (path === '') return { file, line: first }
      const full = item === undefined ? path : `${item.prefix}.${path}`
      const { line, column } = map.placeAt(offsetOf(map.tree(), full) ?? 0)
      return { file, line: Math.max(first, segment.line - 1 + line), column }
    },
  }
}

function explainStrays(count: number, segment: Segment, file: string): Problem {
  const fault = {
    line: firstContentLine(segment.text),
    column: 1,
    message: `the List has ${count} ${count === 1 ? 'item that is' : 'items that are'} no object`,
    remedy: 'write objects with `apiVersion`, `kind`, `metadata` and `spec`',
  }
  return toProblem(fault, segment, file)
}

function explainScalar(segment: Segment, file: string): Problem {
  const lines = segment.text.split('\n')
  const pasted = findHereDocument({ lines })
  const fault = pasted ?? {
    line: firstContentLine(segment.text),
    message: 'the document holds only text, no object',
    remedy: 'write `apiVersion`, `kind`, `metadata` and `spec`, or move the file elsewhere',
  }
  return toProblem({ column: 1, ...fault }, segment, file)
}

function toProblem(fault: Fault, segment: Segment, file: string): Problem {
  const object = guessObject(segment.text)
  return {
    severity: 'error',
    reason: 'InvalidSyntax',
    ...(object === undefined ? {} : { object }),
    path: '',
    message: fault.message,
    remedy: fault.remedy,
    origin: { file, line: segment.line - 1 + fault.line, column: fault.column },
  }
}

/** Which object a text that is not YAML seems to be about, so that its last good version can be kept and named. */
function guessObject(text: string): ObjectRef | undefined {
  const kind = /^["']?kind["']?:[ \t]*["']?(\w{1,63})["']?[ \t]*(?:#.*)?\r?$/mu.exec(text)?.[1]
  const metadata = /^["']?metadata["']?:?[ \t]*\r?\n((?:[ \t]+.*(?:\r?\n|$)|[ \t]*\r?\n)*)/mu.exec(text)?.[1]
  const name = metadata === undefined ? undefined : fieldOf(metadata, 'name')
  if (kind === undefined || name === undefined || metadata === undefined) return undefined
  const namespace = fieldOf(metadata, 'namespace')
  return { kind, name, ...(namespace === undefined ? {} : { namespace }) }
}

/** A field of a block at the block's own level: the name of the object, not a label that happens to be called `name`. */
function fieldOf(block: string, field: string): string | undefined {
  const indent = /^[ \t]+/u.exec(block)?.[0] ?? ''
  const line = block.split('\n').find((other) => other.startsWith(`${indent}${field}:`))
  return line === undefined ? undefined : /:[ \t]*["']?([\w.-]{1,253})["']?/u.exec(line)?.[1]
}
