/** One message that an embedded mailbox caught instead of the far side. Credentials are already taken out. */
export interface CaughtMessage {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly channel: 'email' | 'http'
  /** The sender's address; empty for HTTP. */
  readonly from: string
  /** Every recipient of the envelope; for HTTP the one path that was posted to. */
  readonly to: readonly string[]
  readonly subject: string
  /** The text part, or the body of an HTTP request as it came. */
  readonly text: string
  /** The HTML part; empty when there was none. */
  readonly html: string
  /** The body, parsed, when it was JSON. */
  readonly json?: unknown
  /** Lower-case names, in the order of arrival. */
  readonly headers: ReadonlyMap<string, string>
  /** The HTTP path with its query; empty for mail. */
  readonly path: string
  /** What came, unparsed. */
  readonly raw: string
}

/** Which messages to list. */
export interface MailboxQuery {
  readonly limit?: number
  /** Part of a recipient, in any case. */
  readonly to?: string
  readonly channel?: CaughtMessage['channel']
}

/** A mailbox as its readers see it. */
export interface MailboxView {
  /** Newest first. */
  list(query?: MailboxQuery): readonly CaughtMessage[]
  get(id: string): CaughtMessage | undefined
  clear(): void
}
