import { type EmailConfigSpec } from './schema.ts'

/** One mail to one or more addresses, without credentials: the config holds references to Secrets only. */
export interface EmailRequest {
  readonly config: EmailConfigSpec
  /** Addresses as the receiver spells them. */
  readonly to: readonly string[]
  readonly subject: string
  readonly html: string
  readonly text: string
  /** The same for every attempt, so that a mail that arrives twice is seen as one. */
  readonly messageId: string
  /** The same for all mails of one group of alerts to one receiver on one day, so that mail programs show them together. */
  readonly threadId: string
  readonly notificationId: string
  readonly status: 'firing' | 'resolved'
  /** A critical alert fires. */
  readonly important: boolean
  /** Bounds connecting, TLS and the server's greeting together. */
  readonly dialTimeoutMs: number
}
