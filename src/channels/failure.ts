import { type Delivery } from '../model/delivery.ts'
import { AddressRefusedError, SecretNotFoundError } from '../model/errors.ts'
import { ConnectError } from './egress.ts'
import { HttpError } from './http-error.ts'
import { CredentialError } from './tls.ts'

/**
 * How an attempt ends that met one of the named errors of the way out; undefined for any other error. What a later change of a
 * Secret, a policy or the network mends is retried.
 */
export function knownDelivery(error: unknown): Delivery | undefined {
  if (error instanceof HttpError) {
    const outcome = error.permanent ? 'failed' : 'retry'
    return { outcome, reason: error.reason, detail: error.message, ...(error.unreached ? { unreached: true } : {}) }
  }
  if (error instanceof ConnectError) {
    return { outcome: 'retry', reason: error.reason, detail: error.message, unreached: true }
  }
  if (error instanceof AddressRefusedError) return { outcome: 'retry', reason: 'addressRefused', detail: error.message }
  if (error instanceof SecretNotFoundError) return { outcome: 'retry', reason: 'secretNotFound', detail: error.message }
  if (error instanceof CredentialError) return { outcome: 'retry', reason: 'authError', detail: error.message }
  return undefined
}

/** As `knownDelivery`; any other error is a bug (or an abort) and thrown on. */
export function deliveryOfError(error: unknown): Delivery {
  const delivery = knownDelivery(error)
  if (delivery === undefined) throw error
  return delivery
}
