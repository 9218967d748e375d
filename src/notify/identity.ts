import { hash } from 'node:crypto'
import { type ResourceKey } from '../model/object.ts'

/** What a group of alerts towards a receiver is told apart by. */
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
 * Names one group towards one receiver: equal for HA peers and retries, so nothing that differs between them (externalURL, endsAt,
 * annotations) goes in.
 */
export function scopeOf({ source, postedTo, groupKey, receiver }: IdentityScope): string {
  return digest([source, postedTo, groupKey, receiver])
}

/** Alertmanager's fingerprints have 16 digits; those of other senders are whatever they like. */
const longestFingerprint = 64

/** Names an alert within its group. */
export function alertKey(fingerprint: string): string {
  return fingerprint.length > longestFingerprint ? `#${digest([fingerprint])}` : `=${fingerprint}`
}
