import { type TObject } from 'typebox'
import { type AlertGroup } from '../model/alert.ts'
import { type Deferred, type Delivery } from '../model/delivery.ts'
import { type SecretKeyRef } from '../model/fragments.ts'
import { type Notification } from '../model/notification.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Clock, type Logger } from '../model/ports.ts'
import { type SecretText } from '../model/secret.ts'
import { type HttpClient } from './http-client.ts'
import { type Egress } from './egress.ts'

/** How the values that a template prints are escaped; `mrkdwn` is Slack's, where they can neither link nor mention anybody. */
export type Format = 'text' | 'html' | 'json' | 'mrkdwn'

/** A template name chosen by precedence: receiver, type option, global option, channel default. */
export interface Rendered {
  readonly text: string
  /** Why the channel's default was used instead of the template that was asked for. */
  readonly fallback?: string
}

/**
 * Renders the template `name` over the notification at hand; falls back to the channel's default rather than fail. `group` is what
 * to render instead of the notification's own group: a part of it, made with `narrow`, for a message that is split.
 */
export type Render = (name: string, format: Format, group?: AlertGroup) => Rendered

/** What a channel needs to turn a notification into requests. All of it is already validated by the channel's schemas. */
export interface PlanInput<Config, Receiver, Options> {
  readonly notification: Notification
  readonly receiver: Receiver
  /** Absent only for receivers of which `needsConfig` says false. */
  readonly config: Config | undefined
  readonly options: Options
  /** The template names in force for this receiver, by the keys of `templates` below. */
  readonly templates: Readonly<Record<string, string>>
  readonly render: Render
  /**
   * Whether a template of that name is as it was shipped, with all that it calls: a channel may then lay the message out by itself.
   * When absent, every template is.
   */
  readonly isBuiltIn?: (name: string) => boolean
  /** Marks settled by earlier attempts; the plan leaves their targets out. */
  readonly done: ReadonlySet<string>
}

/** One request to the far side; a notification is sent when all its parts are. */
export interface Part<Request = unknown> {
  /** What this part settles, by stable names (`to:a@example.com`), so that a retry leaves out what has arrived. Never empty. */
  readonly marks: readonly string[]
  /**
   * Parts of one target hold one another back: what must be tried again is tried before those that follow it. Parts of other targets
   * go on. When absent, all that follow are held back.
   */
  readonly target?: string
  /** For people: `1 mail to 3 addresses`. No credentials. */
  readonly summary: string
  /** The request without credentials: references only, so that it can be shown. */
  readonly request: Request
}

/** At most `limit` calls in any `perMs` milliseconds. */
export interface RateLimit {
  readonly limit: number
  readonly perMs: number
}

/** What the end of a call can say against a destination. `unreached`: no connection came to be (name, port, proxy, TLS). */
export type Trouble = 'unreached' | 'connectionError' | 'serverError' | 'contextDeadlineExceeded' | 'rateLimited'

/** What the far side limits as one, or what goes down as one: a robot, an application, a mail account, an address. */
export interface Destination {
  /** Tells it from all others of its label; may hold credentials, for only a hash with a salt of this process is kept of it. */
  readonly key: string
  /** For people, as in `DingTalk robot`: the same for all of a sort, without address, name or credential. */
  readonly label: string
  /** All of them hold; none when absent. */
  readonly limits?: readonly RateLimit[]
  /** How long a call may wait for its turn within its attempt, milliseconds. One second when absent. */
  readonly maxWaitMs?: number
  /** The troubles that are laid at its door, and close it for all who use it; every one when absent. */
  readonly blamedFor?: readonly Trouble[]
}

/** What the far side will show of one part, for people who want to see it before it is sent. */
export interface Preview {
  /** Addresses, users, a chat, or the origin of a URL. */
  readonly to: readonly string[]
  readonly title?: string
  readonly text?: string
  readonly html?: string
  /** The body as data, when the far side takes JSON. */
  readonly json?: unknown
}

/** What a sender may use during one attempt. */
export interface SendContext {
  /** Aborted at the attempt's deadline or when the process stops. */
  readonly signal: AbortSignal
  readonly notificationId: string
  readonly receiver: ResourceKey
  /** Reads a credential now; throws SecretNotFoundError. Namespace and permission are settled by the caller. */
  secret(ref: SecretKeyRef): Promise<SecretText>
  /**
   * To be asked right before each call that the far side counts, with everything that the call goes to. Undefined: go ahead, now.
   * Otherwise there is no room for the call, and the answer is what `send` gives back. A turn that comes soon is waited for; that
   * time does not count against the attempt's deadline.
   */
  admit(...destinations: readonly Destination[]): Promise<Deferred | undefined>
  readonly logger: Logger
}

/** What a channel may use for as long as it is open. */
export interface SenderDeps {
  readonly http: HttpClient
  readonly egress: Egress
  readonly clock: Clock
  readonly uuid: () => string
  /** Base addresses of vendors' APIs, where they are not the public ones: GovSlack, relays. */
  readonly apis?: { readonly slack?: string; readonly dingtalk?: string }
}

/** The stateful half of a channel: pools and tokens live here. */
export interface Sender<Request = unknown> {
  /** One part, once. Expected ends are values; a throw is a bug (or an abort, which the caller turns into a retry). */
  send(part: Part<Request>, context: SendContext): Promise<Delivery>
  close(): Promise<void>
}

/** A problem of one spec that a schema cannot express. */
export interface SpecFault {
  readonly path: string
  readonly message: string
  readonly remedy: string
}

/** One kind of a channel: its spec's schema, its names, and what only code can check. */
export interface ChannelKind {
  readonly kind: string
  readonly plural: string
  readonly shortNames: readonly string[]
  readonly description: string
  readonly spec: TObject
  /** CEL rules on `spec`, for what the schema cannot say; `check` says the same offline. */
  readonly rules?: readonly { readonly rule: string; readonly message: string }[]
  check?(spec: never): readonly SpecFault[]
}

/**
 * One way out. A folder under `channels/` and one line in `channels/index.ts`. Everything here is pure; `open` makes the half
 * that talks.
 */
export interface Channel<Config = never, Receiver = never, Options = never, Request = unknown> {
  /** Lower case, as in `spec.receivers.options`, metrics and `GET /receivers?type=`. */
  readonly name: string
  readonly config: ChannelKind
  /** Without the selectors and `template`, which every receiver has and api/ adds. */
  readonly receiver: ChannelKind
  /** The receiver's field that selects its config, for example `emailConfigSelector`. */
  readonly configSelectorField: string
  /** The block under `spec.receivers.options`. */
  readonly options: TObject
  /** Default template names by purpose (`body`, `subject`), with the format each is rendered in. */
  readonly templates: Readonly<
    Record<string, { readonly name: string; readonly format: Format; readonly option: string }>
  >
  /** Whether this receiver can be delivered without a config. */
  needsConfig(receiver: Receiver): boolean
  /** Turns a notification into requests. Throws only on bugs. */
  plan(input: PlanInput<Config, Receiver, Options>): readonly Part<Request>[]
  /** What a planned request will look like. */
  preview(request: Request): Preview
  /** How long one attempt may take, milliseconds. */
  timeoutMs(options: Options): number
  /** The half that talks; absent while a channel is not built yet. */
  open?(deps: SenderDeps): Sender<Request>
}

/** A channel whose type parameters were forgotten: its inputs were validated by its own schemas. */
export type AnyChannel = Channel
