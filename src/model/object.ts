/** Names one Kubernetes object of a cluster-scoped kind, or one in a namespace. */
export interface ObjectRef {
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

/** `Kind/name`: the identity of a cluster-scoped resource within one snapshot. */
export type ResourceKey = `${string}/${string}`

/** Where in a file an object or a value was written. Lines and columns count from 1. */
export interface Origin {
  readonly file: string
  readonly line: number
  readonly column?: number
}

/** The part of Kubernetes' ObjectMeta that we read. */
export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly labels: Readonly<Record<string, string>>
  readonly uid?: string
  readonly generation?: number
  /** RFC 3339. */
  readonly creationTimestamp?: string
}

/** An object that its kind's schema has accepted; `Spec` is that schema's static type. */
export interface Resource<Spec = unknown> {
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec: Spec
  /** The file it came from, when it came from one. */
  readonly origin?: Origin
  /** True for the last valid version of an object whose newest version is invalid. */
  readonly stale?: boolean
}

/** The key of a resource or reference. */
export function keyOf(object: { readonly kind: string; readonly metadata: { readonly name: string } }): ResourceKey {
  return `${object.kind}/${object.metadata.name}`
}

/** `Kind/name` or `Kind namespace/name`, for people. */
export function describeRef(ref: ObjectRef): string {
  return ref.namespace === undefined ? `${ref.kind}/${ref.name}` : `${ref.kind} ${ref.namespace}/${ref.name}`
}
