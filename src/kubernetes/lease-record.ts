import { type ApiObject } from './cluster.ts'
import { isRecord } from './requests-json.ts'

/** What a Lease says; absent fields as their empty values. */
export interface LeaseRecord {
  /** Empty when nobody holds it. */
  readonly holder: string
  readonly durationMs: number
  readonly acquireTime: string | undefined
  readonly transitions: number
  /** Changes with every write. */
  readonly resourceVersion: string
}

/** Reads a Lease: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
export function readRecord(lease: ApiObject): LeaseRecord {
  const spec = isRecord(lease['spec']) ? lease['spec'] : {}
  const { holderIdentity, leaseDurationSeconds, acquireTime, leaseTransitions } = spec
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1_000 : 0,
    acquireTime: typeof acquireTime === 'string' ? acquireTime : undefined,
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    resourceVersion: lease.metadata.resourceVersion ?? '',
  }
}

/** Who writes a Lease, and when. */
export interface LeaseClaim {
  readonly identity: string
  readonly durationMs: number
  readonly now: number
}

/** The spec with which `identity` takes the Lease, or keeps what it holds already. */
export function claimedSpec(former: LeaseRecord | undefined, { identity, durationMs, now }: LeaseClaim): object {
  const kept = former?.holder === identity
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.max(1, Math.ceil(durationMs / 1_000)),
    acquireTime: kept && former.acquireTime !== undefined ? former.acquireTime : microTime(now),
    renewTime: microTime(now),
    leaseTransitions: former === undefined ? 0 : former.transitions + (kept ? 0 : 1),
  }
}

/** The spec with which the holder gives the Lease up: anyone may take it at once. */
export function releasedSpec(former: LeaseRecord, now: number): object {
  return {
    holderIdentity: '',
    // The API server takes nothing below 1.
    leaseDurationSeconds: 1,
    acquireTime: former.acquireTime ?? microTime(now),
    renewTime: microTime(now),
    leaseTransitions: former.transitions,
  }
}

/** Kubernetes' MicroTime wants six digits of a second. */
function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z')
}
