import { RefusalError } from '../model/errors.ts'

/** The body, or the group in it, is larger than the door takes. */
export class TooLargeError extends RefusalError {
  override readonly name = 'TooLargeError'
  readonly code = 'TOO_LARGE'
  readonly status = 413
}

/** The body is not JSON by its Content-Type, or it is compressed. */
export class MediaTypeError extends RefusalError {
  override readonly name = 'MediaTypeError'
  readonly code = 'UNSUPPORTED_MEDIA_TYPE'
  readonly status = 415
}

/** Too much is being read at once: the sender should try again. */
export class BusyError extends RefusalError {
  override readonly name = 'BusyError'
  readonly code = 'BUSY'
  readonly status = 503
}

/** Handling took too long: the sender should try again; what was stored meanwhile is recognised as a duplicate. */
export class DeadlineError extends RefusalError {
  override readonly name = 'DeadlineError'
  readonly code = 'DEADLINE'
  readonly status = 503
}

/** A query, path or body of one of the reading endpoints that makes no sense. */
export class RequestError extends RefusalError {
  override readonly name = 'RequestError'
  readonly code = 'BAD_REQUEST'
  readonly status = 400
}

/** No such thing. */
export class NotFoundError extends RefusalError {
  override readonly name = 'NotFoundError'
  readonly code = 'NOT_FOUND'
  readonly status = 404
}

/** The credentials are missing (401) or wrong (403). */
export class CredentialsError extends RefusalError {
  override readonly name = 'CredentialsError'
  readonly code: 'UNAUTHORIZED' | 'FORBIDDEN'
  readonly status: 401 | 403

  constructor(status: 401 | 403) {
    super(status === 401 ? 'Credentials are missing or unknown' : 'These credentials do not open this')
    this.status = status
    this.code = status === 401 ? 'UNAUTHORIZED' : 'FORBIDDEN'
  }
}

/** A change that somebody is made to send for another. */
export class ErrandError extends RefusalError {
  override readonly name = 'ErrandError'
  readonly code = 'FORBIDDEN'
  readonly status = 403
}
