import { type Socket } from 'node:net'

/** Where a connection is to go, as a tenant wrote it. */
export interface Destination {
  readonly host: string
  readonly port: number
}

/** The one place that decides which addresses may be reached. */
export interface Egress {
  /**
   * Resolves the host, refuses every address the policy refuses, and connects to one that it allows: the address that was
   * checked is the address that is used. Throws AddressRefusedError.
   */
  connect(destination: Destination, signal: AbortSignal): Promise<Socket>
}
