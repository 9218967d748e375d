import { type DeliveryReason } from '../model/delivery.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Logger, type Metrics } from '../model/ports.ts'
import { type Lanes } from './lanes.ts'
import { type OutboxLimits } from './limits.ts'
import { type Queued } from './sqlite-put.ts'
import { type Writer } from './writer.ts'

export interface CrowdingDeps {
  readonly writer: Writer
  readonly lanes: Lanes
  /** A time of the clock in the lanes' steady milliseconds. */
  readonly toSteady: (at: number, now: number) => number
  readonly limits: Pick<OutboxLimits, 'maxPending' | 'maxPerReceiver' | 'maxPerTenantShare'>
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Keeps one receiver, or one tenant, from filling the outbox for all. */
export interface Crowding {
  /**
   * Turns what is too much into dead letters, the oldest of a receiver first: they can be seen and replayed. The post is stored by
   * now, so a failure here is not the sender's: the next put tries again.
   */
  thin(stored: readonly Queued[], now: number): Promise<void>
}

/** Notifications that one put pushes out of a lane at most; the limit is reached again by the next puts. */
const maxGivingWay = 64
/** Lanes of one tenant that one put thins. */
const maxLanes = 16

interface Excess {
  readonly receiver: ResourceKey
  readonly amount: number
  readonly reason: DeliveryReason
  readonly detail: string
}

export function createCrowding(deps: CrowdingDeps): Crowding {
  const { writer, lanes, toSteady, limits, logger, metrics } = deps
  const maxPerTenant = Math.max(1, Math.floor(limits.maxPending * limits.maxPerTenantShare))

  async function giveWay({ receiver, amount, reason, detail }: Excess, now: number): Promise<number> {
    const withHead = lanes.beginGivingWay(receiver)
    const limit = Math.min(maxGivingWay, amount)
    try {
      const { left, channel } = await writer.run(
        'giveWay',
        { receiver, limit, keepHead: !withHead, reason, detail, now },
        ({ left, next }) => {
          // Whoever comes next was never put off; see steadyHead in sqlite-changes.ts.
          const head = next === undefined ? {} : { next: { ...next, dueAt: toSteady(Math.min(next.dueAt, now), now) } }
          lanes.finishGivingWay(receiver, { left, withHead, ...head })
        },
      )
      if (left === 0) return 0
      metrics.count('notifications_settled_total', { channel, outcome: 'dead', reason }, left)
      logger.warn({ receiver, left, reason, detail }, 'too many notifications wait; the oldest became dead letters')
      return left
    } catch (error) {
      lanes.finishGivingWay(receiver, { left: 0, withHead })
      logger.error({ receiver, err: error }, 'too many notifications wait, and they could not be moved')
      return 0
    }
  }

  const excessOf = (receiver: ResourceKey): number => lanes.sizeOf(receiver) - limits.maxPerReceiver
  const excessOfTenant = (tenant: string): number => (tenant === '' ? 0 : lanes.sizeOfTenant(tenant) - maxPerTenant)

  async function thinReceiver(receiver: ResourceKey, now: number): Promise<void> {
    const amount = excessOf(receiver)
    if (amount <= 0) return
    const detail = `more than ${limits.maxPerReceiver} notifications waited for this receiver; the oldest gave way`
    await giveWay({ receiver, amount, reason: 'other', detail }, now)
  }

  async function thinTenant(tenant: string, now: number): Promise<void> {
    const detail = `more than ${maxPerTenant} notifications waited for the receivers of this tenant; the oldest gave way`
    for (let count = 0; count < maxLanes; count += 1) {
      const amount = excessOfTenant(tenant)
      const receiver = lanes.longestOf(tenant)
      if (amount <= 0 || receiver === undefined) return
      if ((await giveWay({ receiver, amount, reason: 'quotaExceeded', detail }, now)) === 0) return
    }
  }

  async function thinAll(stored: readonly Queued[], now: number): Promise<void> {
    for (const receiver of new Set(stored.map((one) => one.receiver))) await thinReceiver(receiver, now)
    for (const tenant of new Set(stored.map((one) => one.tenant))) await thinTenant(tenant, now)
  }

  const isCrowded = ({ receiver, tenant }: Queued): boolean => excessOf(receiver) > 0 || excessOfTenant(tenant) > 0
  const inTurn = createSequence()
  return {
    async thin(stored, now) {
      if (stored.some(isCrowded)) await inTurn(() => thinAll(stored, now))
    },
  }
}

/** One after another: posts that were stored together must not each move what all of them are too many. */
function createSequence(): (work: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve()
  return (work) => {
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done
  }
}
