import { type SenderDeps } from '../../../src/channels/channel.ts'

/** What a peer can be told to do; each protocol has its own words for it. */
export type PeerMood =
  | 'accept'
  /** Refuses the credential: 401, 403, 535. */
  | 'refuseCredential'
  | 'rateLimit'
  | 'serverError'
  /** Refuses the message for good. */
  | 'clientError'
  | 'reset'
  | 'hang'
  /** Refuses the message, and repeats what it was told, credentials included. */
  | 'echo'

/** A peer on loopback that speaks one channel's protocol, and the resources that lead there. */
export interface ChannelDriver {
  readonly receiver: unknown
  readonly config: unknown
  /** Base addresses of the vendor's API, for a channel whose resources cannot say it. */
  readonly apis?: SenderDeps['apis']
  /** Values by `name/key`; every one of them is a credential that must never be seen. */
  readonly secrets: Readonly<Record<string, string>>
  /** What a rate limit asks for, when the protocol can say it. */
  readonly rateLimitAfterMs: number | undefined
  mood(mood: PeerMood): void
  /** Everything that was taken, as text. */
  taken(): readonly string[]
  /** Resolves when the peer has been asked for something it does not answer. */
  hanging(): Promise<undefined>
  stop(): Promise<void>
}

/** What a driver file exports under the name `start`. */
export type StartDriver = () => Promise<ChannelDriver>
