import { type Part, type Render, type Sender } from '../channels/channel.ts'
import { type DeliveryReason } from '../model/delivery.ts'
import { type Clock, type Logger, type Metrics, type Secrets } from '../model/ports.ts'
import { type ProblemReason } from '../model/problem.ts'
import { type CompiledReceiver, type Ruleset } from '../rules/ruleset.ts'
import { type TemplateLibrary } from '../templates/library.ts'
import { type Attempt } from './attempt.ts'
import { type InForce } from './in-force.ts'
import { type DispatchLimits } from './limits.ts'
import { type Claim } from './outbox.ts'
import { sendParts } from './send-parts.ts'

/** The open senders, by channel name. A channel that is not built yet, or not open, is not in it. */
export type Senders = ReadonlyMap<string, Sender>

export interface DeliverDeps {
  readonly senders: Senders
  readonly secrets: Secrets
  readonly clock: Clock
  readonly metrics: Metrics
  readonly logger: Logger
  readonly limits: DispatchLimits
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
  const { ruleset, templates } = inForce
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
  const fallbacks: string[] = []
  const logger = deps.logger.child({ notification: claim.notification.id, receiver: receiver.key })
  let parts: readonly Part[]
  let timeoutMs: number
  try {
    parts = plan({ claim, receiver, templates, fallbacks })
    timeoutMs = receiver.channel.timeoutMs(receiver.options as never)
  } catch (error) {
    logger.error({ err: error }, 'the channel could not plan a notification; this is a bug')
    const detail = 'the channel could not turn the notification into messages; the log says more'
    return { outcome: 'retry', reason: 'other', detail, ...untouched }
  }
  const channel = receiver.channel.name
  if (fallbacks.length > 0) deps.metrics.count('template_fallbacks_total', { channel }, fallbacks.length)
  const attempt = await sendParts({ ...deps, logger }, { claim, receiver, sender, parts, timeoutMs, stop })
  return withFallbacks(attempt, fallbacks)
}

interface PlanRequest {
  readonly claim: Claim
  readonly receiver: CompiledReceiver
  readonly templates: TemplateLibrary
  /** Takes a line for each template that failed. */
  readonly fallbacks: string[]
}

function plan({ claim, receiver, templates, fallbacks }: PlanRequest): readonly Part[] {
  const { notification, done, failed } = claim
  const { channel, resource, config, options } = receiver
  const render: Render = (name, format, group) => {
    const told = group === undefined ? notification : { ...notification, group }
    const rendered = templates.render({
      name,
      format,
      fallback: defaultTemplate(receiver, name, format),
      notification: told,
    })
    const line = `template ${name} was replaced: ${rendered.fallback ?? ''}`
    // A notification that is split renders a template many times.
    if (rendered.fallback !== undefined && !fallbacks.includes(line)) fallbacks.push(line)
    return rendered
  }
  // The specs were validated by this channel's own schemas when the snapshot was made.
  return channel.plan({
    notification,
    receiver: resource.spec as never,
    config: config?.spec as never,
    options: options as never,
    templates: receiver.templates,
    render,
    done: new Set([...done, ...failed.flatMap(({ marks }) => marks)]),
  })
}

/** The channel's own template for the purpose that `name` was chosen for. */
function defaultTemplate({ channel, templates }: CompiledReceiver, name: string, format: string): string {
  const purposes = Object.entries(channel.templates).filter(([, template]) => template.format === format)
  const chosen = purposes.find(([purpose]) => templates[purpose] === name) ?? purposes[0]
  return chosen?.[1].name ?? name
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
  if (fallbacks.length === 0 || attempt.outcome === 'stopped') return attempt
  return { ...attempt, detail: [attempt.detail, ...fallbacks].join('; ') }
}
