import { refOf as shownRefOf } from '../api/envelope.ts'
import { isRecord, own } from '../api/json-schema.ts'
import { apiVersion, group } from '../api/kind.ts'
import { type ObjectRef, type Origin, type Resource } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { namespacedKinds, readCoreObject, type CoreEntity } from '../resources/core-kinds.ts'
import { type Document } from '../resources/documents.ts'
import { fingerprint } from '../resources/fingerprint.ts'
import { compareText } from '../rules/order.ts'
import { type Unit } from './unit.ts'

/** Checks an object of our kinds: a resource (there may be warnings), or only problems. `originOf` gives places in its file. */
export type Validate = (
  object: unknown,
  originOf: (path: string) => Origin | undefined,
) => { readonly resource?: Resource; readonly problems: readonly Problem[] }

/** An object that was accepted. */
export type Entity = { readonly type: 'resource'; readonly resource: Resource } | CoreEntity

/** An accepted object, and where it was read from. */
export interface Held {
  readonly entity: Entity
  readonly unit: string
  /** As it was written, with its places. */
  readonly document: Document
}

/** Documents sorted into objects by key: `Kind/name`, with a namespace `Kind/namespace/name`. */
export interface Sorted {
  readonly held: ReadonlyMap<string, Held>
  /** Objects that were there but refused, and the unit of each: their last good version stays. */
  readonly refused: ReadonlyMap<string, string>
  /** Units with something in them that cannot even be named: whatever they held before may still be meant. */
  readonly broken: ReadonlySet<string>
  readonly problems: readonly Problem[]
}

/** Keeps what it found about each document for as long as the document lives. */
export function createSorter(validate: Validate, ownNamespace: string): (units: readonly Unit[]) => Sorted {
  const judged = new WeakMap<Document, Judgement>()

  function judge(document: Document): Judgement {
    const known = judged.get(document)
    if (known !== undefined) return known
    const judgement = judgeDocument(document, validate, ownNamespace)
    judged.set(document, judgement)
    return judgement
  }

  return (units) => sort(units, judge, ownNamespace)
}

/** What a document is. Without a key and without problems it is none of our business. */
interface Judgement {
  readonly key?: string
  readonly entity?: Entity
  readonly problems: readonly Problem[]
}

function judgeDocument(document: Document, validate: Validate, ownNamespace: string): Judgement {
  const core = readCoreObject(document, ownNamespace)
  if (core !== undefined) return core.ref.name === '' ? core : { ...core, key: keyOfRef(core.ref, ownNamespace) }
  const { value } = document
  if (Array.isArray(value)) return { problems: value.some(isOurs) ? [explainList(document)] : [] }
  if (!isRecord(value)) return { problems: [] }
  if (isUnreadList(value)) return { problems: [explainUnreadList(document)] }
  const orphan = explainOrphan(value, document)
  if (orphan !== undefined) return { problems: [orphan] }
  if (!isOurs(value)) return { problems: [] }
  const { resource, problems } = validate(value, (path) => document.originOf(path))
  const located = problems.map((problem) => (problem.origin === undefined ? locate(problem, document) : problem))
  const ref = refOf(value)
  if (resource !== undefined) {
    const { kind, metadata } = resource
    const entity: Entity = { type: 'resource', resource: { ...resource, origin: document.originOf('') } }
    return { key: `${kind}/${metadata.name}`, entity, problems: located }
  }
  if (ref === undefined || located.some(({ reason }) => reason === 'UnknownKind')) return { problems: located }
  return { key: keyOfRef(ref, ownNamespace), problems: located }
}

function locate(problem: Problem, document: Document): Problem {
  return { ...problem, origin: document.originOf(problem.path) }
}

function isOurs(value: unknown): boolean {
  const written = isRecord(value) ? own(value, 'apiVersion') : undefined
  return typeof written === 'string' && (written === group || written.startsWith(`${group}/`))
}

function refOf(value: Readonly<Record<string, unknown>>): ObjectRef | undefined {
  const kind = own(value, 'kind')
  const metadata = own(value, 'metadata')
  const name = isRecord(metadata) ? own(metadata, 'name') : undefined
  return typeof kind === 'string' && typeof name === 'string' && name !== '' ? { kind, name } : undefined
}

/** `Kind/name` for our kinds, whose namespace is ignored, and with a namespace for those that live in one. */
function keyOfRef(ref: ObjectRef, ownNamespace: string): string {
  return namespacedKinds.has(ref.kind)
    ? `${ref.kind}/${ref.namespace ?? ownNamespace}/${ref.name}`
    : `${ref.kind}/${ref.name}`
}

function explainList(document: Document): Problem {
  return {
    severity: 'error',
    reason: 'InvalidObject',
    path: '',
    message: 'the document is a list of objects',
    remedy: 'write each object as a document of its own, between lines `---`, or wrap the list in `kind: List`',
    origin: document.originOf(''),
  }
}

/** A `List` whose items became no documents of their own: they are no list, or it is itself an item. */
function isUnreadList(value: Readonly<Record<string, unknown>>): boolean {
  const isCore = ['v1', undefined].includes(own(value, 'apiVersion') as string | undefined)
  return isCore && own(value, 'kind') === 'List' && (own(value, 'items') ?? null) !== null
}

function explainUnreadList(document: Document): Problem {
  return {
    severity: 'error',
    reason: 'InvalidObject',
    path: 'items',
    message: 'the items of this List are not read, because they are no list or because the List is an item of another',
    remedy: 'write each object as an item of one List, or as a document of its own between lines `---`',
    origin: document.originOf('items'),
  }
}

/** An object that would be ours if it had an apiVersion. */
function explainOrphan(value: Readonly<Record<string, unknown>>, document: Document): Problem | undefined {
  const kind = own(value, 'kind')
  if (typeof own(value, 'apiVersion') === 'string' || typeof kind !== 'string') return undefined
  if (!/^(?:NotificationManager|\w+(?:Receiver|Config))$/u.test(kind) || kind.length > 100) return undefined
  const ref = shownRefOf(value)
  return {
    severity: 'error',
    reason: 'InvalidObject',
    ...(ref === undefined || refOf(value) === undefined ? {} : { object: ref }),
    path: 'apiVersion',
    message: `the ${kind} has no apiVersion`,
    remedy: `write \`apiVersion: ${apiVersion}\``,
    origin: document.originOf(''),
  }
}

function sort(units: readonly Unit[], judge: (document: Document) => Judgement, ownNamespace: string): Sorted {
  const held = new Map<string, Held>()
  const refused = new Map<string, string>()
  const broken = new Set<string>()
  const problems: Problem[] = []

  function add(unit: Unit, document: Document): void {
    const { key, entity, problems: found } = judge(document)
    problems.push(...found)
    if (key === undefined) {
      if (found.length > 0) broken.add(unit.path)
      return
    }
    const first = held.get(key)
    if (entity === undefined) refused.set(key, unit.path)
    else if (first === undefined) held.set(key, { entity, unit: unit.path, document })
    else problems.push(...explainDuplicate(first, document))
  }

  for (const unit of units.toSorted((a, b) => compareText(a.path, b.path))) {
    problems.push(...unit.problems)
    if (unit.problems.length > 0) broken.add(unit.path)
    for (const { object } of unit.problems) {
      if (object !== undefined) refused.set(keyOfRef(object, ownNamespace), unit.path)
    }
    for (const document of unit.documents) add(unit, document)
  }
  return { held, refused, broken, problems }
}

/** Written twice with the same content is tolerated: the same Secret often stands beside each of its users. */
function explainDuplicate(first: Held, second: Document): readonly Problem[] {
  if (fingerprint(first.document.value) === fingerprint(second.value)) return []
  const { file, line } = first.document.originOf('')
  const object = refOfEntity(first.entity)
  return [
    {
      severity: 'error',
      reason: 'DuplicateObject',
      object,
      path: '',
      message: `is already defined at ${file}:${line}, with other content, and that one is in force`,
      remedy: 'keep one of the two, or give this one another name',
      origin: second.originOf(''),
    },
  ]
}

/** Names an accepted object. */
function refOfEntity(entity: Entity): ObjectRef {
  switch (entity.type) {
    case 'resource':
      return { kind: entity.resource.kind, name: entity.resource.metadata.name }
    case 'secret':
      return { kind: 'Secret', name: entity.secret.name, namespace: entity.secret.namespace }
    case 'configMap':
      return { kind: 'ConfigMap', name: entity.configMap.name, namespace: entity.configMap.namespace }
    case 'roleBinding':
      return { kind: 'RoleBinding', name: entity.roleBinding.name, namespace: entity.roleBinding.namespace }
    case 'namespace':
      return { kind: 'Namespace', name: entity.namespace.name }
  }
}
