import { type AnyChannel } from '../channels/channel.ts'
import { type MailboxView } from '../model/mailbox.ts'
import { type Clock, type Logger, type Metrics } from '../model/ports.ts'
import { type Accept } from '../notify/accept.ts'
import { type Outbox } from '../notify/outbox.ts'
import { type MissingSecret } from '../rules/readiness.ts'
import { type Compilation } from '../rules/ruleset.ts'
import { type Access } from './guard.ts'
import { type Limits } from './limits.ts'
import { type TlsMaterial } from './tls.ts'

/** Metrics that can be read. */
export interface RenderedMetrics extends Metrics {
  /** Prometheus' text format. */
  render(): Promise<string>
}

/** What the server asks of the rest. */
export interface ServerDeps {
  /** Resolves when the group is stored. Throws a RefusalError when the sender should try again. */
  readonly accept: Accept
  /** Undefined until the first ruleset is compiled. */
  current(): Compilation | undefined
  /** Reads the resources again and puts them in force; resolves with what is in force then. */
  reload(signal: AbortSignal): Promise<Compilation>
  readonly outbox: Outbox
  /** Why a Secret cannot be read now, so that listings say so; without it none is taken to be missing. */
  missingSecret?: MissingSecret
  /** Called when a dead letter was put back into the outbox. */
  stored?(): void
  readonly channels: readonly AnyChannel[]
  readonly metrics: RenderedMetrics
  readonly logger: Logger
  readonly clock: Clock
  readonly version: string
  /** True once the process is stopping; posts are refused from then on. `drain()` of the server says the same of itself. */
  draining?(): boolean
  /** Whom the door lets in; everybody when absent. */
  readonly access?: Access
  /** Serves HTTPS with these instead of HTTP. */
  readonly tls?: TlsMaterial
  /** Shown under `/mailbox` when there is one. */
  readonly mailbox?: MailboxView
  readonly limits?: Partial<Limits>
}
