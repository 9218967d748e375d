import { type LabelSelector } from '../model/fragments.ts'
import { type Origin, type Resource, type ResourceKey } from '../model/object.ts'
import { type Problem } from '../model/problem.ts'
import { type TemplateFile } from '../model/template-file.ts'

export { type TemplateFile }

/** The ways from an alert to its tenants. */
export type TenantSource = 'alertLabel' | 'roleBinding' | 'namespaceLabel'

/** What `rules/` reads of a NotificationManager's spec; the whole schema is api/notification-manager.ts. */
export interface ManagerSpec {
  readonly defaultConfigSelector?: LabelSelector
  readonly defaultSecretNamespace?: string
  readonly receivers: {
    readonly tenantKey: string
    readonly tenantSources?: readonly TenantSource[]
    readonly tenantSubjectKinds?: readonly ('User' | 'Group')[]
    readonly globalReceiverSelector?: LabelSelector
    readonly tenantReceiverSelector?: LabelSelector
    readonly options?: {
      readonly global?: {
        readonly template?: string
        readonly cluster?: string
        readonly templateFile?: readonly string[]
      }
    } & Readonly<Record<string, unknown>>
  }
}

/** A RoleBinding, as far as tenancy needs it. */
export interface RoleBinding {
  readonly namespace: string
  readonly name: string
  readonly subjects: readonly { readonly kind: string; readonly name: string }[]
}

/** A Namespace, as far as tenancy needs it. */
export interface NamespaceLabels {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** A rule document, parsed but not yet checked. */
export interface RuleDocument {
  readonly document: unknown
  readonly origin: Origin
}

/**
 * Every resource at one moment. Only objects that their schema accepts are in it: the source keeps an object's last valid
 * version (`stale`) and puts the Problem of the newest beside it. Immutable.
 */
export interface Snapshot {
  /** Changes exactly when something that matters changes: a hash of `uid@generation`, or of content for files. */
  readonly version: string
  readonly managers: readonly Resource<ManagerSpec>[]
  /** The name given with `--name`: that NotificationManager is in force rather than the oldest. */
  readonly managerName?: string
  readonly receivers: readonly Resource[]
  readonly configs: readonly Resource[]
  /** `unavailable`: the lookup cannot be made now, so a group that needs it must be refused with 503. */
  readonly roleBindings: readonly RoleBinding[] | 'unavailable'
  readonly namespaces: readonly NamespaceLabels[] | 'unavailable'
  readonly platformRules: readonly RuleDocument[]
  readonly templateFiles: readonly TemplateFile[]
  /** What the source found wrong: unreadable files, invalid objects. */
  readonly problems: readonly Problem[]
  /**
   * The newest version of each object that was refused, whether or not a last good one stays in force: what the status of the
   * object is about. Only of sources whose objects have generations.
   */
  readonly refused?: ReadonlyMap<ResourceKey, ObjectVersion>
}

/** Which version of an object was read. */
export interface ObjectVersion {
  readonly uid: string
  readonly generation: number
}
