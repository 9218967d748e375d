/** A refusal at a boundary: expected, named, and answered with its HTTP status. */
export abstract class RefusalError extends Error {
  abstract readonly code: string
  abstract readonly status: number
}

/** Nothing can be routed yet, or a tenant lookup failed: the sender should try again. */
export class NotReadyError extends RefusalError {
  override readonly name = 'NotReadyError'
  readonly code = 'NOT_READY'
  readonly status = 503
}

/** The outbox is at its limit: the sender should try again. */
export class OutboxFullError extends RefusalError {
  override readonly name = 'OutboxFullError'
  readonly code = 'OUTBOX_FULL'
  readonly status = 503
}

/** The group is larger than the outbox takes: sending it again would not help. */
export class GroupTooLargeError extends RefusalError {
  override readonly name = 'GroupTooLargeError'
  readonly code = 'GROUP_TOO_LARGE'
  readonly status = 413
}

/** The outbox cannot write (disk full, I/O error, closed): nothing was stored, the sender should try again. */
export class OutboxUnavailableError extends RefusalError {
  override readonly name = 'OutboxUnavailableError'
  readonly code = 'OUTBOX_UNAVAILABLE'
  readonly status = 503
}

/** The process is stopping: the sender should try again, elsewhere or later. */
export class DrainingError extends RefusalError {
  override readonly name = 'DrainingError'
  readonly code = 'DRAINING'
  readonly status = 503
}

/** The resources cannot be read anew now; what is in force stays. The caller should try again. */
export class SourceUnavailableError extends RefusalError {
  override readonly name = 'SourceUnavailableError'
  readonly code = 'SOURCE_UNAVAILABLE'
  readonly status = 503
}

/** The body is not the payload that this endpoint takes. */
export class PayloadError extends RefusalError {
  override readonly name = 'PayloadError'
  readonly code = 'BAD_PAYLOAD'
  readonly status = 400
}

/** A referenced Secret or a key of it is not there (yet), or may not be read. The message names it, never a value. */
export class SecretNotFoundError extends Error {
  override readonly name = 'SecretNotFoundError'
}

/** An outgoing address that the egress policy refuses. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError'
}

/** A server that could not be asked, or would not answer. The message says what would help: exit code 2. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError'
}

/** A wrong flag, environment variable or argument: exit code 2. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}
