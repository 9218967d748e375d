import { type AnyChannel } from '../channels/channel.ts'
import { type Alert } from '../model/alert.ts'
import { type LabelSelector } from '../model/fragments.ts'
import { type ObjectRef, type Resource, type ResourceKey } from '../model/object.ts'
import { type Problem, type ProblemReason } from '../model/problem.ts'
import { type TenantSource } from './snapshot.ts'

/** A receiver with everything decided about it that the resources decide. */
export interface CompiledReceiver {
  readonly key: ResourceKey
  readonly resource: Resource
  readonly channel: AnyChannel
  readonly class: 'global' | 'tenant'
  /** Set for class tenant. */
  readonly tenant?: string
  readonly alertSelector?: LabelSelector
  /** The config in force; absent when none is needed or none was found. */
  readonly config?: Resource
  /** How the config was chosen. */
  readonly configReason: 'Selected' | 'DefaultConfig' | 'SelectorMatchedNothing' | 'ConfigNotFound' | 'NotNeeded'
  /** The block `spec.receivers.options.<channel>`, or `{}`. */
  readonly options: unknown
  /** Template names by purpose, by precedence. */
  readonly templates: Readonly<Record<string, string>>
  /** Where a Secret reference without a namespace points. */
  readonly secretNamespace: string
  /** Why it cannot be delivered now, as far as the resources tell; empty when deliverable. */
  readonly undeliverable: readonly Problem[]
}

/** A receiver that no alert can reach, and why. */
export interface ExcludedReceiver {
  readonly ref: ObjectRef
  /** Absent when no channel has this kind, or no NotificationManager is in force. */
  readonly channel?: string
  readonly reason: ProblemReason
  readonly message: string
}

/** What becomes of one alert. */
export interface Routing {
  /** The alert with the labels that `cluster` and the platform rules set. */
  readonly alert: Alert
  /** The platform rule that dropped it; then `receivers` is empty. */
  readonly droppedBy?: string
  /** Global ones first, then the tenants'; each once; within a class in order of key. */
  readonly receivers: readonly CompiledReceiver[]
}

/** One requirement, and what the alert had. */
export interface Clause {
  /** What was looked at: a label's name, `tenants`, or `alert`. */
  readonly subject: string
  readonly operator: string
  readonly wanted: readonly string[]
  readonly found: readonly string[] | undefined
  readonly holds: boolean
}

/** Why one receiver is told, or not. */
export interface ReceiverExplanation {
  readonly receiver: ResourceKey
  readonly channel: string
  readonly class: 'global' | 'tenant' | 'excluded'
  readonly tenant?: string
  readonly matched: boolean
  /** The clause that decided: the first that failed, or all that held. */
  readonly clauses: readonly Clause[]
  /** One sentence for people. */
  readonly because: string
}

/** The whole story of one alert against one ruleset. */
export interface Explanation {
  readonly ruleset: string
  readonly alert: Alert
  readonly tenants: readonly { readonly tenant: string; readonly source: TenantSource }[]
  readonly platform: readonly {
    readonly rule: string
    readonly effect: 'drop' | 'label' | 'notify'
    readonly detail: string
  }[]
  readonly droppedBy?: string
  readonly receivers: readonly ReceiverExplanation[]
}

/** Resources compiled: who is told about what. Immutable. */
export interface Ruleset {
  /** The snapshot's version. */
  readonly version: string
  /** The NotificationManager in force; without one nothing is routed. */
  readonly manager: ObjectRef | undefined
  readonly receivers: readonly CompiledReceiver[]
  readonly excluded: readonly ExcludedReceiver[]
  receiver(key: ResourceKey): CompiledReceiver | undefined
  /** Throws NotReadyError when there is no manager, or a tenant lookup that this alert needs is unavailable. */
  route(alert: Alert): Promise<Routing>
  explain(alert: Alert): Promise<Explanation>
  /** Stable, diffable JSON: same resources, same bytes. No secrets, references only. */
  dump(): unknown
}

/** What `compile` gives back: always a ruleset, and what should be mended. */
export interface Compilation {
  readonly ruleset: Ruleset
  readonly problems: readonly Problem[]
}
