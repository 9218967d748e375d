import { type DeliveryReason } from '../model/delivery.ts'
import { AddressRefusedError } from '../model/errors.ts'
import { ConnectError } from './egress.ts'
import { CredentialError } from './tls.ts'

/** A request without an answer. The message holds at most `scheme://host:port` of where it went, and no credential. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly reason: DeliveryReason
  /** True when trying again cannot help. */
  readonly permanent: boolean
  /** True when no connection came to be, or no request could be written. */
  readonly unreached: boolean

  constructor(
    message: string,
    options: { readonly reason: DeliveryReason; readonly permanent?: boolean; readonly unreached?: boolean },
  ) {
    super(message)
    this.reason = options.reason
    this.permanent = options.permanent ?? false
    this.unreached = options.unreached ?? false
  }

  /** The HttpError of an error met while connecting; anything unexpected is thrown on. */
  static from(error: unknown): HttpError {
    if (error instanceof AddressRefusedError) return new HttpError(error.message, { reason: 'addressRefused' })
    if (error instanceof ConnectError) return new HttpError(error.message, { reason: error.reason, unreached: true })
    if (error instanceof CredentialError) return new HttpError(error.message, { reason: 'authError' })
    throw error
  }
}
