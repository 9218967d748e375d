import { type Sender } from '../channels/channel.ts'
import { type DeliveryReason } from '../model/delivery.ts'
import { type Clock, type Logger, type Metrics, type Secrets } from '../model/ports.ts'
import { type ProblemReason } from '../model/problem.ts'
import { type CompiledReceiver, type Ruleset } from '../rules/ruleset.ts'
import { type Attempt } from './attempt.ts'
import { type InForce } from './in-force.ts'
import { type DispatchLimits } from './limits.ts'
import { type Claim } from './outbox.ts'
import { PlanningFailedError, plannerHere, type Planned, type Planner } from './planner.ts'
import { sendParts } from './send-parts.ts'
import { type Throttle } from './throttle/throttle.ts'

/** The open senders, by channel name. A channel that is not built yet, or not open, is not in it. */
export type Senders = ReadonlyMap<string, Sender>

export interface DeliverDeps {
  readonly senders: Senders
  readonly secrets: Secrets
  readonly clock: Clock
  readonly metrics: Metrics
  readonly logger: Logger
  readonly limits: DispatchLimits
  readonly throttle: Throttle
  /** How long ago something happened that was noted by the clock, milliseconds. */
  readonly ageOf: (then: number) => number
  /** Turns notifications into messages; in this thread when absent. */
  readonly planner?: Planner
}

/** One claim to be tried once, by what is in force at that moment. */
export interface DeliverRequest {
  readonly claim: Claim
  readonly inForce: InForce
  /** Ends the attempt when the process stops. */
  readonly stop: AbortSignal
}

/** Tries one claim. Never throws: a bug of a channel is logged and becomes a retry. */
export async function deliver(deps: DeliverDeps, { claim, inForce, stop }: DeliverRequest): Promise<Attempt> {
  const { ruleset } = inForce
  const { done, failed } = claim
  const untouched = { done, failed, refusals: [] }
  const receiver = ruleset.receiver(claim.notification.receiver)
  if (receiver === undefined) return { outcome: 'cancelled', detail: whyGone(ruleset, claim) }
  const [problem] = receiver.undeliverable
  if (problem !== undefined) {
    const detail = `${problem.message}; ${problem.remedy}`
    return { outcome: 'retry', reason: reasonOf(problem.reason), detail, ...untouched }
  }
  const sender = deps.senders.get(receiver.channel.name)
  if (sender === undefined) {
    const detail = `this version cannot send over the channel ${receiver.channel.name} yet; the notification waits`
    return { outcome: 'retry', reason: 'channelUnavailable', detail, ...untouched }
  }
  const logger = deps.logger.child({ notification: claim.notification.id, receiver: receiver.key })
  const planned = await planFor(
    { ...deps, logger },
    { claim: withDelay(claim, deps.ageOf(claim.notification.acceptedAt)), inForce, stop },
    receiver,
  )
  if ('outcome' in planned) return { ...planned, ...untouched }
  const { parts, fallbacks, timeoutMs } = planned
  const channel = receiver.channel.name
  const attempt = await sendParts({ ...deps, logger }, { claim, receiver, sender, parts, timeoutMs, stop })
  if (fallbacks.length === 0 || attempt.outcome === 'deferred') return attempt
  deps.metrics.count('template_fallbacks_total', { channel }, fallbacks.length)
  return withFallbacks(attempt, fallbacks)
}

/** A message that comes later than this says so: what it tells may be over. */
const lateMs = 600_000

function withDelay(claim: Claim, delayedMs: number): Claim {
  return delayedMs < lateMs ? claim : { ...claim, notification: { ...claim.notification, delayedMs } }
}

type Unplanned =
  | { readonly outcome: 'retry'; readonly reason: 'other'; readonly detail: string; readonly goesOn?: true }
  | { readonly outcome: 'stopped' }

async function planFor(
  { planner = plannerHere, logger }: Pick<DeliverDeps, 'planner' | 'logger'>,
  { claim, inForce, stop }: DeliverRequest,
  receiver: CompiledReceiver,
): Promise<(Planned & { readonly timeoutMs: number }) | Unplanned> {
  const { notification } = claim
  const { templates, templateSources: sources } = inForce
  const stopped = Promise.withResolvers<Unplanned>()
  const onStop = (): void => stopped.resolve({ outcome: 'stopped' })
  stop.addEventListener('abort', onStop, { once: true })
  try {
    const request = { notification, receiver, templates, sources, done: settled(claim), signal: stop }
    const planned = await Promise.race([planner.plan(request), stopped.promise])
    return 'outcome' in planned
      ? planned
      : { ...planned, timeoutMs: receiver.channel.timeoutMs(receiver.options as never) }
  } catch (error) {
    if (error instanceof PlanningFailedError) {
      const { message: detail, goesOn } = error
      return { outcome: 'retry', reason: 'other', detail, ...(goesOn ? { goesOn } : {}) }
    }
    logger.error({ err: error }, 'the channel could not plan a notification; this is a bug')
    const detail = 'the channel could not turn the notification into messages; the log says more'
    return { outcome: 'retry', reason: 'other', detail }
  } finally {
    stop.removeEventListener('abort', onStop)
  }
}

/** What earlier attempts told or gave up. */
function settled({ done, failed }: Claim): ReadonlySet<string> {
  return new Set([...done, ...failed.flatMap(({ marks }) => marks)])
}

function whyGone(ruleset: Ruleset, { notification }: Claim): string {
  const excluded = ruleset.excluded.find(({ ref }) => `${ref.kind}/${ref.name}` === notification.receiver)
  return excluded === undefined
    ? 'the receiver was deleted'
    : `the receiver is not routable any more (${excluded.reason}): ${excluded.message}`
}

function reasonOf(reason: ProblemReason): DeliveryReason {
  switch (reason) {
    case 'ConfigNotFound':
    case 'SelectorMatchedNothing':
      return 'configNotFound'
    case 'SecretNotFound':
    case 'SecretNamespaceNotAllowed':
      return 'secretNotFound'
    default:
      return 'configNotFound'
  }
}

function withFallbacks(attempt: Attempt, fallbacks: readonly string[]): Attempt {
  if (attempt.outcome === 'stopped') return attempt
  return { ...attempt, detail: [attempt.detail, ...fallbacks].join('; ') }
}
