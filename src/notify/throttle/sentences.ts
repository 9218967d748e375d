import { type RateLimit } from '../../channels/channel.ts'
import { type Deferred } from '../../model/delivery.ts'
import { describeSeconds } from '../../model/duration.ts'
import { type Outage } from './breaker.ts'
import { type ThrottleLimits } from './limits.ts'

/** Now, as the throttle counts and as people do. */
export interface Moment {
  /** Steady milliseconds. */
  readonly now: number
  /** Milliseconds since the epoch. */
  readonly wall: number
}

/** Its turn comes at `turnAt`, because the destination takes only so many calls. */
export function waitsForTurn(
  { label, rates }: { readonly label: string; readonly rates: readonly RateLimit[] },
  { turnAt, now }: { readonly turnAt: number; readonly now: number },
  { leewayMs }: ThrottleLimits,
): Deferred {
  const limits = rates.map(({ limit, perMs }) => `${limit} in ${describeTime(perMs)}`).join(' and ')
  const detail = `waits for its turn: at most ${limits} for one ${label}`
  return { outcome: 'deferred', cause: 'throttle', reason: 'rateLimited', detail, afterMs: turnAt - now + leewayMs }
}

/** As many calls to the destination are under way as may be. */
export function waitsForCalls(
  { label }: { readonly label: string },
  { leewayMs, maxCallsPerDestination }: ThrottleLimits,
): Deferred {
  const detail = `waits for its turn: ${maxCallsPerDestination} calls to one ${label} are under way`
  return { outcome: 'deferred', cause: 'throttle', reason: 'rateLimited', detail, afterMs: leewayMs }
}

/** The destination is down, or wants a pause. */
export function waitsForOutage(
  outage: Outage,
  { probing, now, wall }: Moment & { readonly probing: boolean },
  { leewayMs, parkMs }: ThrottleLimits,
): Deferred {
  const { cause, reason, detail } = outage
  const leftMs = Math.max(0, outage.probeAt - now)
  const probe = probing ? 'a probe is under way' : `next probe at ${new Date(wall + leftMs).toISOString()}`
  const afterMs = leftMs + (cause === 'breaker' ? parkMs : leewayMs)
  return { outcome: 'deferred', cause, reason, detail: `${detail}; ${probe}`, afterMs }
}

/** There are more destinations than can be kept apart. */
export function waitsForRoom({ crowdedMs: afterMs, maxDestinations }: ThrottleLimits): Deferred {
  const detail = `more than ${maxDestinations} destinations were sent to of late`
  return { outcome: 'deferred', cause: 'throttle', reason: 'rateLimited', detail, afterMs }
}

function describeTime(ms: number): string {
  return ms % 1_000 === 0 ? describeSeconds(ms / 1_000) : `${ms}ms`
}
