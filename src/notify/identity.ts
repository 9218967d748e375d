import { hash } from 'node:crypto'
import { type ResourceKey } from '../model/object.ts'

/** What an alert's identity towards a receiver is made of, besides the alert's own fingerprint. */
export interface IdentityScope {
  readonly source: string
  /** Alertmanager's receiver. */
  readonly postedTo: string
  readonly groupKey: string
  /** Our receiver. */
  readonly receiver: ResourceKey
}

/** Length-prefixed, so that no two lists of parts give the same text; cut to 132 bit, which keeps collisions out of reach. */
function digest(parts: readonly string[]): string {
  return hash('sha256', parts.map((part) => `${part.length}:${part}`).join(''), 'base64url').slice(0, 22)
}

/**
 * Makes the identities of alerts of one group towards one receiver: equal for HA peers and retries, so nothing that differs
 * between them (externalURL, endsAt, annotations) goes in.
 */
export function createIdentity(scope: IdentityScope): (fingerprint: string) => string {
  const prefix = digest([scope.source, scope.postedTo, scope.groupKey, scope.receiver])
  return (fingerprint) => digest([prefix, fingerprint])
}
