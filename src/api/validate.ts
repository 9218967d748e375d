import { type ObjectMeta, type ObjectRef, type Origin, type Resource } from '../model/object.ts'
import { type Problem, type ProblemReason } from '../model/problem.ts'
import { requirementFault } from '../model/selector.ts'
import { unknownField, type SchemaFault } from './fault.ts'
import { isRecord, own, type JsonSchema } from './json-schema.ts'
import { metadataSchema, type Kind } from './kind.ts'
import { maxDepth, maxValues, prune, type Pruned, type Segments } from './prune.ts'
import { selectorsOf } from './references.ts'
import { formatPath } from './text.ts'
import { createValidator } from './validator.ts'

/** Where a path of an object was written, when it came from a file. */
export type OriginOf = (path: string) => Origin | undefined

/** What became of an object. */
export interface Validation {
  /** Absent exactly when one of the problems is an error. */
  readonly resource?: Resource
  /** Why it is refused, and what should be mended although it is not. */
  readonly problems: readonly Problem[]
}

/** Makes a Problem of one object. */
export type ProblemAt = (
  fault: { readonly path: string; readonly message: string; readonly remedy: string },
  options?: { readonly reason?: ProblemReason; readonly severity?: Problem['severity'] },
) => Problem

/** A maker of Problems that name the object and, when known, file and line. */
export function problemsOf(object: ObjectRef | undefined, origin: OriginOf | undefined): ProblemAt {
  return ({ path, message, remedy }, { reason = 'InvalidObject', severity = 'error' } = {}) => {
    const place = origin?.(path) ?? origin?.('')
    return {
      severity,
      reason,
      ...(object === undefined ? {} : { object }),
      path,
      message,
      remedy,
      ...(place === undefined ? {} : { origin: place }),
    }
  }
}

/** Checks objects of one kind; everything about them but `apiVersion` and `kind`. The schema is compiled at the first object. */
export function createKindValidator(
  kind: Kind,
): (object: Readonly<Record<string, unknown>>, problemAt: ProblemAt) => Validation {
  const schema: JsonSchema = {
    type: 'object',
    required: ['metadata', 'spec'],
    properties: { metadata: metadataSchema, spec: kind.spec },
  }
  let compiled: ReturnType<typeof createValidator> | undefined

  return (object, problemAt) => {
    compiled ??= createValidator(schema)
    const pruned = prune(schema, { metadata: metadataOf(object), spec: own(object, 'spec') ?? {} })
    const warnings = unknownFields(object, pruned, problemAt)
    if (pruned.tooLarge) return { problems: [tooLarge(problemAt), ...warnings] }
    if (pruned.tooDeep) return { problems: [tooDeep(problemAt), ...warnings] }
    const { metadata, spec } = pruned.value as { readonly metadata: unknown; readonly spec: unknown }
    const selectors = selectorsOf(kind.spec, spec)
    const verdict = compiled(pruned.value)
    if (!verdict.ok) {
      const selectorPaths = selectors.map(({ path }) => formatPath(['spec', ...path]))
      const problems = verdict.faults.map((fault) => schemaProblem(fault, selectorPaths, problemAt))
      return { problems: [...problems, ...warnings] }
    }
    const unholdable = selectors.flatMap(unholdableRequirements).slice(0, maxSelectorProblems)
    const problems = unholdable.map((fault) => problemAt(fault, { reason: 'InvalidSelector' }))
    for (const fault of kind.check(spec)) problems.push(problemAt({ ...fault, path: belowSpec(fault.path) }))
    if (problems.length > 0) return { problems: [...problems, ...warnings] }
    const resource: Resource = { kind: kind.kind, metadata: toMeta(metadata), spec: kind.complete(spec) }
    return { resource, problems: warnings }
  }
}

/** `metadata` with empty maps, which tools like to write as null, left out. */
function metadataOf(object: Readonly<Record<string, unknown>>): unknown {
  const metadata = own(object, 'metadata')
  if (!isRecord(metadata)) return metadata
  const empty = ['labels', 'annotations'].filter((field) => own(metadata, field) === null)
  return empty.length === 0
    ? metadata
    : Object.fromEntries(Object.entries(metadata).filter(([field]) => !empty.includes(field)))
}

function toMeta(metadata: unknown): ObjectMeta {
  const meta = isRecord(metadata) ? metadata : {}
  const [uid, generation, created] = [own(meta, 'uid'), own(meta, 'generation'), own(meta, 'creationTimestamp')]
  return {
    name: String(own(meta, 'name')),
    labels: (own(meta, 'labels') ?? {}) as Readonly<Record<string, string>>,
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof generation === 'number' ? { generation } : {}),
    ...(typeof created === 'string' ? { creationTimestamp: created } : {}),
  }
}

const topFields = ['apiVersion', 'kind', 'metadata', 'spec', 'status']
const maxUnknownTop = 5

/** More of them help nobody; the schema's faults have the same bound. */
const maxSelectorProblems = 50

function unknownFields(
  object: Readonly<Record<string, unknown>>,
  pruned: Pruned,
  problemAt: ProblemAt,
): readonly Problem[] {
  const atTop = Object.keys(object).filter((field) => !topFields.includes(field))
  const fields: readonly { readonly path: Segments; readonly known: readonly string[] }[] = [
    ...atTop.slice(0, maxUnknownTop).map((field) => ({ path: [field], known: topFields })),
    ...pruned.unknown,
  ]
  const as = { reason: 'UnknownField', severity: 'warning' } as const
  const warnings = fields.map(({ path, known }) => {
    const [message, remedy] = unknownField(String(path.at(-1)), known)
    return problemAt({ path: formatPath(path), message, remedy }, as)
  })
  const more = atTop.length + pruned.unknownCount - fields.length
  if (more > 0)
    warnings.push(problemAt({ path: '', message: `${more} more unknown fields`, remedy: 'remove them' }, as))
  return warnings
}

function tooLarge(problemAt: ProblemAt): Problem {
  return problemAt({
    path: '',
    message: `holds more than ${maxValues} values`,
    remedy: 'split it into several objects',
  })
}

function tooDeep(problemAt: ProblemAt): Problem {
  return problemAt({ path: '', message: `is nested more than ${maxDepth} levels deep`, remedy: 'flatten it' })
}

function schemaProblem(fault: SchemaFault, selectorPaths: readonly string[], problemAt: ProblemAt): Problem {
  const inSelector = selectorPaths.some((path) => fault.path === path || fault.path.startsWith(`${path}.`))
  return problemAt(fault, { reason: inSelector ? 'InvalidSelector' : fault.reason })
}

function unholdableRequirements({
  path,
  selector,
}: ReturnType<typeof selectorsOf>[number]): Parameters<ProblemAt>[0][] {
  return (selector.matchExpressions ?? []).flatMap((requirement, place) => {
    const message = requirementFault(requirement)
    if (message === undefined) return []
    const at = formatPath(['spec', ...path, 'matchExpressions', place])
    return [{ path: at, message, remedy: selectorRemedy(requirement.operator) }]
  })
}

function selectorRemedy(operator: string): string {
  return operator === 'In' || operator === 'NotIn'
    ? 'list the values, or use operator Exists or DoesNotExist'
    : 'remove the values, or use operator In or NotIn'
}

function belowSpec(path: string): string {
  if (path === '' || path === 'spec') return 'spec'
  return /^spec[.[]/u.test(path) ? path : `spec.${path}`
}
