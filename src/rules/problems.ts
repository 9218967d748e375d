import { describeRef, type ObjectRef, type Resource } from '../model/object.ts'
import { type Problem, type ProblemReason } from '../model/problem.ts'
import { type SchemaFault } from '../api/fault.ts'
import { type RuleDocument } from './snapshot.ts'

/** What differs from one problem to the next. */
interface Words {
  readonly reason: ProblemReason
  readonly path: string
  readonly message: string
  readonly remedy: string
}

/** The identity of a resource. */
export function refOf({ kind, metadata }: Resource): ObjectRef {
  return { kind, name: metadata.name }
}

/** A problem of one resource. */
export function problemOf(severity: Problem['severity'], resource: Resource, words: Words): Problem {
  const { origin } = resource
  return { severity, ...words, object: refOf(resource), ...(origin === undefined ? {} : { origin }) }
}

/** A problem of a rule document; the rule's name, when it has one, begins the message. */
export function ruleProblem(
  severity: Problem['severity'],
  { document, origin }: RuleDocument,
  words: Omit<Words, 'reason'>,
): Problem {
  const name = nameOf(document)
  const message = name === undefined ? words.message : `rule ${name} ${words.message}`
  return { severity, reason: 'InvalidRule', ...words, message, origin }
}

/** The problems of a rule document that its schema refuses. */
export function schemaProblems(document: RuleDocument, faults: readonly SchemaFault[]): readonly Problem[] {
  return faults.map(({ path, message, remedy }) => ruleProblem('error', document, { path, message, remedy }))
}

function nameOf(document: unknown): string | undefined {
  const isNamed = typeof document === 'object' && document !== null && 'name' in document
  return isNamed && typeof document.name === 'string' && document.name !== '' ? document.name.slice(0, 100) : undefined
}

/** `Kind/name, Kind/name`. */
export function listRefs(resources: readonly Resource[]): string {
  return resources.map((resource) => describeRef(refOf(resource))).join(', ')
}
