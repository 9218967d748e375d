import { type Trouble } from '../../channels/channel.ts'
import { type Delivery, type DeliveryReason } from '../../model/delivery.ts'

/** What the end of a call tells about one of the destinations that it went to. */
export type Evidence =
  /** It has answered. */
  | { readonly says: 'up' }
  | { readonly says: 'nothing' }
  | {
      readonly says: 'down' | 'limited'
      readonly reason: DeliveryReason
      readonly detail: string
      /** For how long the far side wants no calls, milliseconds. */
      readonly afterMs?: number
    }

/** Troubles in which somebody has answered. */
const answers: ReadonlySet<Trouble> = new Set(['serverError', 'rateLimited'])

/** Reasons of a retry that are an outage or a limit; the others (credentials, addresses) keep us from asking at all. */
const troubles: ReadonlySet<DeliveryReason> = new Set<Trouble & DeliveryReason>([
  'connectionError',
  'serverError',
  'contextDeadlineExceeded',
  'rateLimited',
])

/** What a delivery tells about a destination that is blamed for these troubles (all, when absent). */
export function evidenceOf(delivery: Delivery | undefined, blamedFor?: readonly Trouble[]): Evidence {
  if (delivery === undefined || delivery.outcome === 'deferred') return { says: 'nothing' }
  if (delivery.outcome === 'sent') return { says: 'up' }
  if (delivery.outcome === 'failed') return { says: delivery.unreached === true ? 'nothing' : 'up' }
  const trouble = troubleOf(delivery)
  if (trouble === undefined) return { says: 'nothing' }
  if (blamedFor?.includes(trouble) === false) return { says: answers.has(trouble) ? 'up' : 'nothing' }
  return wishOf(delivery, trouble)
}

/** Who says when to come back (503 with Retry-After, too) asks for a pause, which a probe must not cut short. */
function wishOf({ reason, detail, afterMs }: Extract<Delivery, { outcome: 'retry' }>, trouble: Trouble): Evidence {
  if (afterMs !== undefined) return { says: 'limited', reason, detail, afterMs }
  return { says: trouble === 'rateLimited' ? 'limited' : 'down', reason, detail }
}

function troubleOf({ reason, unreached }: Extract<Delivery, { outcome: 'retry' }>): Trouble | undefined {
  if (!troubles.has(reason)) return undefined
  const trouble = reason as Trouble & DeliveryReason
  return unreached === true && !answers.has(trouble) ? 'unreached' : trouble
}
