import { isRecord, own } from '../../api/json-schema.ts'
import { type Readiness } from '../../rules/readiness.ts'

/** The condition that sums up the state of an object. */
export interface ReadyCondition {
  readonly type: 'Ready'
  readonly status: Readiness['status']
  readonly observedGeneration?: number
  /** RFC 3339. */
  readonly lastTransitionTime: string
  readonly reason: string
  readonly message: string
}

/** How the last attempt to tell a receiver ended. */
export interface LastDelivery {
  /** RFC 3339, with milliseconds. */
  readonly time: string
  readonly outcome: 'sent' | 'retry' | 'dead' | 'cancelled'
  readonly reason?: string
}

/** Everything that we write about an object; other conditions and fields are other people's. */
export interface ObjectStatus {
  readonly observedGeneration?: number
  readonly conditions: readonly [ReadyCondition]
  readonly tenant?: string
  readonly config?: string
  readonly lastDelivery?: LastDelivery
}

/** The condition `Ready` as somebody wrote it, which may have been anybody. */
export function readyOf(status: unknown): Readonly<Record<string, unknown>> | undefined {
  const conditions = field(status, 'conditions')
  if (!Array.isArray(conditions)) return undefined
  return conditions.filter(isRecord).find((condition) => own(condition, 'type') === 'Ready')
}

const outcomes: readonly string[] = ['sent', 'retry', 'dead', 'cancelled'] satisfies LastDelivery['outcome'][]

/** Whether something of this outcome was a delivery, rather than a wait for its turn or something done to a dead letter. */
export function isDelivery(outcome: unknown): outcome is LastDelivery['outcome'] {
  return typeof outcome === 'string' && outcomes.includes(outcome)
}

/** The last delivery as somebody wrote it; undefined when it is none that can be read. */
export function lastDeliveryOf(status: unknown): LastDelivery | undefined {
  const delivery = field(status, 'lastDelivery')
  const [time, outcome, reason] = ['time', 'outcome', 'reason'].map((name) => field(delivery, name))
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time))) return undefined
  if (!isDelivery(outcome)) return undefined
  return { time, outcome, ...(typeof reason === 'string' ? { reason } : {}) }
}

/** What of the observed status is not as it should be: nothing, only the last delivery, or more. */
export function difference(observed: unknown, desired: ObjectStatus): 'none' | 'delivery' | 'other' {
  const isSame =
    (['observedGeneration', 'tenant', 'config'] as const).every((name) => field(observed, name) === desired[name]) &&
    isSameReady(readyOf(observed), desired.conditions[0])
  if (!isSame) return 'other'
  const delivery = field(observed, 'lastDelivery')
  const names = ['time', 'outcome', 'reason'] as const
  const isSameDelivery =
    (delivery === undefined) === (desired.lastDelivery === undefined) &&
    names.every((name) => field(delivery, name) === desired.lastDelivery?.[name])
  return isSameDelivery ? 'none' : 'delivery'
}

function isSameReady(observed: unknown, desired: ReadyCondition): boolean {
  const names = ['status', 'observedGeneration', 'lastTransitionTime', 'reason', 'message'] as const
  return names.every((name) => field(observed, name) === desired[name])
}

/** Texts of ours that stand in the observed status although they should not: another field manager holds them. */
export function leftovers(observed: unknown, desired: ObjectStatus): readonly ('tenant' | 'config')[] {
  return (['tenant', 'config'] as const).filter(
    (name) => desired[name] === undefined && field(observed, name) !== undefined,
  )
}

function field(value: unknown, name: string): unknown {
  return isRecord(value) ? own(value, name) : undefined
}
