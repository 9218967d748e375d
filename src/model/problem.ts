import { describeRef, type ObjectRef, type Origin } from './object.ts'
import { visible } from './readable.ts'

/** Why something is wrong, in CamelCase, as Kubernetes conditions spell reasons. */
export type ProblemReason =
  | 'InvalidSyntax'
  | 'InvalidObject'
  | 'UnknownField'
  | 'UnknownKind'
  | 'DuplicateObject'
  | 'InvalidSelector'
  | 'InvalidRule'
  | 'TenantLabelMissing'
  | 'NotSelected'
  | 'AmbiguousClass'
  | 'ConfigNotFound'
  | 'SelectorMatchedNothing'
  | 'SecretNotFound'
  | 'SecretNamespaceNotAllowed'
  | 'TemplateNotFound'
  | 'TemplateInvalid'
  | 'KustomizeFailed'
  | 'SourceUnreadable'
  | 'ManagerNotFound'
  | 'Superseded'

/** Something a person should mend. An error takes its object (or its newest version) out of force, a warning does not. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly reason: ProblemReason
  readonly object?: ObjectRef
  /** Path inside the object, dotted, array places in brackets: `spec.to[0]`. Empty for the object as a whole. */
  readonly path: string
  /** What is wrong, without a full stop. */
  readonly message: string
  /** What would be right, without a full stop. */
  readonly remedy: string
  readonly origin?: Origin
}

/**
 * One line for people: `file:line: error: Kind/name: path: what is wrong; what would be right (Reason)`. It may quote what somebody
 * wrote, so what could move a terminal's cursor or turn the writing is written out.
 */
export function formatProblem(problem: Problem): string {
  const { origin, object } = problem
  const parts = [
    ...(origin === undefined ? [] : [`${origin.file}:${origin.line}`]),
    problem.severity,
    ...(object === undefined ? [] : [describeRef(object)]),
    ...(problem.path === '' ? [] : [problem.path]),
    `${problem.message}; ${problem.remedy} (${problem.reason})`,
  ]
  return visible(parts.join(': ')).replace(/[\n\t\u2028\u2029]/gu, ' ')
}
