/** One kind of the API, as its paths need it. */
export interface ApiKind {
  /** Empty for Kubernetes' core. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

/** An object as the API server gives it; everything below `metadata` is as unchecked as it came. */
export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly generation?: number
    readonly resourceVersion?: string
    readonly creationTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

/** Names one object of a kind. */
export interface ApiTarget {
  readonly kind: ApiKind
  readonly name: string
  /** Absent for kinds that live in no namespace. */
  readonly namespace?: string
}

/** Which objects of a kind: all of them, or those of one namespace, narrowed by a field or label selector. */
export interface ApiQuery {
  readonly kind: ApiKind
  readonly namespace?: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

/** A whole list, read page by page. */
export interface ApiList {
  readonly items: readonly ApiObject[]
  /** Where a watch goes on. */
  readonly resourceVersion: string
}

/** What a watch tells. An `ERROR` of the server is thrown as ApiError instead; bookmarks only move the version on. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: ApiObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

/** A request that the API server refused, or that never reached it. Its message holds no credential. */
export class ApiError extends Error {
  /** The HTTP status; 0 when there was no answer at all. */
  readonly status: number
  /**
   * The Kubernetes reason of a Status object: `NotFound`, `Conflict`, `Expired`, `Forbidden`; `NotServed` when the server does not
   * know the kind, `Silent` when a watch was not heard for too long; empty when there is none.
   */
  readonly reason: string
  /** What the server asks us to wait, milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    facts: {
      readonly status: number
      readonly reason?: string
      readonly retryAfterMs?: number
      readonly cause?: unknown
    },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'ApiError'
    this.status = facts.status
    this.reason = facts.reason ?? ''
    this.retryAfterMs = facts.retryAfterMs
  }
}

/** How a server-side apply is made. */
export interface ApplyOptions {
  readonly fieldManager: string
  /** Takes over fields that another manager owns, as controllers do. */
  readonly force?: boolean
  readonly subresource?: 'status'
}

/**
 * A Kubernetes API server. Every call has a deadline of its own and honours the signal; every failure is an ApiError, except the
 * signal's own reason when it was aborted.
 */
export interface Cluster {
  /** The server's address, for logs. */
  readonly server: string
  /** Undefined when there is no such object. */
  get(target: ApiTarget, signal: AbortSignal): Promise<ApiObject | undefined>
  /** Everything as of one moment. Lists and watches leave out `metadata.managedFields`. */
  list(query: ApiQuery, signal: AbortSignal): Promise<ApiList>
  /**
   * Tells a bookmark of `resourceVersion` once the server has taken the watch, and every event after it, in order. Resolves when the server ends the watch (it does so every few minutes);
   * throws ApiError with status 410 when the version is too old, and with status 0 when nothing at all, not even a bookmark, was
   * heard for too long.
   */
  watch(
    query: ApiQuery & { readonly resourceVersion: string },
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void>
  /** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
  apply(target: ApiTarget, object: object, options: ApplyOptions, signal: AbortSignal): Promise<ApiObject>
  create(target: ApiTarget, object: object, signal: AbortSignal): Promise<ApiObject>
  /** Replaces the object; with a `resourceVersion` in it only while that is still the newest (else ApiError 409). */
  replace(target: ApiTarget, object: object, signal: AbortSignal): Promise<ApiObject>
  /** False when there was no such object. */
  remove(target: ApiTarget, signal: AbortSignal): Promise<boolean>
  close(): Promise<void>
}

/** What a server can be asked about itself. */
export interface Discovery {
  /** Whether the server serves the kind: false before its CustomResourceDefinition is installed. Needs no rights. */
  hasKind(kind: ApiKind, signal: AbortSignal): Promise<boolean>
}
