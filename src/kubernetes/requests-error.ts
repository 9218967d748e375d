import { isRecord } from './requests-json.ts'
import { ApiError } from './cluster.ts'

/** The reason of an ApiError when the server knows neither the group nor the kind, as before its CRD is installed. */
export const notServed = 'NotServed'
/** The reason of an ApiError when a connection stayed open and nothing at all was heard on it. */
export const silent = 'Silent'

/** Whether the API server does not serve the kind (yet): worth asking again, since GitOps may install the CRD after us. */
export function isNotServed(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404 && error.reason === notServed
}

/** Whether the version to watch from, or the page to go on with, is too old, so that everything must be listed anew. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && error.status === 410
}

/** An answer that refuses. */
export interface Refusal {
  readonly status: number
  /** The `Retry-After` header. */
  readonly retryAfter?: string | undefined
  readonly body: string
}

const maxMessageLength = 1_000

/** The ApiError of an answer; `where` is the verb and the path. */
export function refusalError(where: string, { status, retryAfter, body }: Refusal): ApiError {
  const told = statusOf(body)
  if (status === 404 && told === undefined) {
    return new ApiError(
      `${where}: the API server does not serve this kind: is its CustomResourceDefinition installed?`,
      {
        status,
        reason: notServed,
      },
    )
  }
  return statusError(where, { code: status, message: told === undefined ? body : undefined, ...told }, retryAfter)
}

/** The ApiError of a Kubernetes Status object: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export function statusError(where: string, status: object, retryAfter?: string): ApiError {
  const { code, reason, message, details } = status as Readonly<Record<string, unknown>>
  const number = typeof code === 'number' ? code : 500
  const name = typeof reason === 'string' ? reason : ''
  const text = typeof message === 'string' ? message.trim().slice(0, maxMessageLength) : ''
  const wished = isRecord(details) ? details['retryAfterSeconds'] : undefined
  const seconds = retryAfter === undefined ? wished : Number(retryAfter)
  return new ApiError([`${where}: ${number}`, name, text].filter((part) => part !== '').join(' '), {
    status: number,
    reason: name,
    ...(typeof seconds === 'number' && seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  })
}

/** The ApiError of a request that got no whole answer. */
export function unansweredError(where: string, error: unknown): ApiError {
  return new ApiError(`${where}: ${describe(error)}`, {
    status: 0,
    ...(error instanceof Error ? { cause: error } : {}),
  })
}

/** Node hides the reason of a failed connection in `cause`, and of several addresses in `errors`. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0])
  if (!(error instanceof Error)) return 'no answer'
  const { code } = error as NodeJS.ErrnoException
  const text = error.message === '' ? (code ?? error.name) : error.message
  return error.cause === undefined ? text : `${text}: ${describe(error.cause)}`
}

function statusOf(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return isRecord(value) && value['kind'] === 'Status' ? value : undefined
  } catch {
    return undefined
  }
}
