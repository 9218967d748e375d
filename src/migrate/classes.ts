import { isRecord, own } from '../api/json-schema.ts'

/** How the predecessor tells global and tenants' objects apart. */
export interface Classes {
  readonly tenantKey: string | undefined
  /** Any one pair of the selector's matchLabels is enough for receivers. */
  isGlobal(labels: ReadonlyMap<string, string>): boolean
  /** The tenant of a receiver or config; global comes first. */
  tenantOf(labels: ReadonlyMap<string, string>): string | undefined
  /** All pairs must match for a silence that holds for everybody. */
  isGlobalSilence(labels: ReadonlyMap<string, string>): boolean
}

/** The classes as a NotificationManager of v2beta2 defines them. Without one nothing is known, and nothing is in a class. */
export function readClasses(manager: unknown): Classes {
  const spec = isRecord(manager) ? own(manager, 'spec') : undefined
  const receivers = isRecord(spec) ? own(spec, 'receivers') : undefined
  const part = isRecord(receivers) ? receivers : {}
  const key = own(part, 'tenantKey')
  const tenantKey = typeof key === 'string' && key !== '' ? key : undefined
  const global = pairsOf(own(part, 'globalReceiverSelector'))
  const tenant = pairsOf(own(part, 'tenantReceiverSelector'))
  const isGlobal: Classes['isGlobal'] = (labels) => global.some(([name, value]) => labels.get(name) === value)
  return {
    tenantKey,
    isGlobal,
    tenantOf(labels) {
      if (tenantKey === undefined || isGlobal(labels)) return undefined
      return tenant.some(([name, value]) => labels.get(name) === value) ? labels.get(tenantKey) : undefined
    },
    isGlobalSilence: (labels) => global.length > 0 && global.every(([name, value]) => labels.get(name) === value),
  }
}

function pairsOf(selector: unknown): readonly (readonly [string, string])[] {
  const pairs = isRecord(selector) ? own(selector, 'matchLabels') : undefined
  if (!isRecord(pairs)) return []
  return Object.entries(pairs).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
}
