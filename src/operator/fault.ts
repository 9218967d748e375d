import { ApiError } from '../kubernetes/cluster.ts'
import { formatProblem, type Problem } from '../model/problem.ts'
import { type Child } from './desired.ts'

/** Why a NotificationManager is not as it asks to be. */
export interface Fault {
  /** In CamelCase, for conditions and events. */
  readonly reason: string
  readonly message: string
  /** Whether somebody has to do something; else trying again may be enough. */
  readonly stalled: boolean
}

/** The API server quotes what it refuses, whole selectors and all. */
const maxMessageLength = 1_000

/** What the API server said about an object. Throws what is no ApiError: that is a bug or the end. */
export function faultOfApply(error: unknown, child: Child): Fault {
  if (!(error instanceof ApiError)) throw error
  const { kind, name, namespace = '' } = child.target
  const said = `${kind.kind} ${namespace}/${name}: ${shorten(error.message)}`
  const verdict = judge(error, child)
  if (verdict === undefined) return { reason: 'Retrying', message: `${said}; it is tried again`, stalled: false }
  return { reason: verdict.reason, message: `${said}; ${verdict.remedy}`, stalled: true }
}

/** The reasons and remedies that we know, or undefined for what may be over by itself. */
function judge(error: ApiError, child: Child): { readonly reason: string; readonly remedy: string } | undefined {
  const { kind, name, namespace = '' } = child.target
  if (error.status === 403) {
    return { reason: 'Forbidden', remedy: `look at the operator's Role, the quotas and the admission of ${namespace}` }
  }
  if (!isRefusal(error)) return undefined
  if (/Only one reference can have Controller set to true/u.test(error.message)) {
    return { reason: 'OwnedByOther', remedy: 'remove it, or give the NotificationManager another name' }
  }
  if (/immutable|updates to statefulset spec/u.test(error.message)) {
    const orphan = kind.kind === 'StatefulSet' ? ' --cascade=orphan' : ''
    const command = `kubectl --namespace ${namespace} delete ${kind.kind.toLowerCase()} ${name}${orphan}`
    return { reason: 'ImmutableField', remedy: `take the change back, or have it made anew: ${command}` }
  }
  return { reason: 'Refused', remedy: 'mend the spec of the NotificationManager' }
}

/** A 4xx says so itself; older servers answer 500 to an apply that does not fit the schema or names a key twice. */
function isRefusal({ status, message }: ApiError): boolean {
  if (status === 500) return message.includes('failed to create typed patch object')
  return [400, 404, 405, 413, 415, 422].includes(status)
}

/** What our own check found. */
export function faultOfProblems(problems: readonly Problem[]): Fault {
  const errors = problems.filter(({ severity }) => severity === 'error')
  return {
    reason: errors[0]?.reason ?? 'InvalidObject',
    message: shorten(`${errors.map(formatProblem).join('; ')}; until then the last deployment stays as it is`),
    stalled: true,
  }
}

function shorten(text: string): string {
  return text.length <= maxMessageLength ? text : `${text.slice(0, maxMessageLength)}…`
}
