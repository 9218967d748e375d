import { type SecretKeyRef } from '../model/fragments.ts'
import { type Part, type SendContext, type Sender } from '../channels/channel.ts'
import { type Delivery } from '../model/delivery.ts'
import { AddressRefusedError, SecretNotFoundError } from '../model/errors.ts'
import { type Clock, type Logger, type Secrets } from '../model/ports.ts'
import { type SecretText } from '../model/secret.ts'
import { type CompiledReceiver } from '../rules/ruleset.ts'
import { type Attempt, type Progress } from './attempt.ts'
import { withDeadline, type Timed } from './deadline.ts'
import { type DispatchLimits } from './limits.ts'
import { type Claim } from './outbox.ts'
import { ownTurn } from './slices.ts'
import { createScrub, scrubRefusals, type Scrub } from './scrub.ts'
import { createPassage } from './throttle/passage.ts'
import { createSteadyTime } from './throttle/steady-time.ts'
import { type Throttle } from './throttle/throttle.ts'

export interface SendPartsDeps {
  readonly secrets: Secrets
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: Pick<DispatchLimits, 'maxPartMs' | 'maxAttemptMs'>
  readonly throttle: Throttle
}

export interface SendPartsRequest {
  readonly claim: Claim
  readonly receiver: CompiledReceiver
  readonly sender: Sender
  readonly parts: readonly Part[]
  /** Deadline of one part, milliseconds. */
  readonly timeoutMs: number
  readonly stop: AbortSignal
}

const partsPerTurn = 32

/** Summaries that go into the detail; one mail an address would make a long list. */
const maxSummaries = 5

/** What became of the parts so far. */
interface Course {
  progress: Progress
  /**
   * A part that is to be tried again, or whose turn has not come, speaks for the attempt: the first that was tried, for that is
   * what an attempt counts by, else the first of all.
   */
  held: Extract<Delivery, { outcome: 'retry' | 'deferred' }> | undefined
  readonly heldTargets: Set<string>
}

/**
 * Sends parts one after another. A part that is refused for good is noted and the others go on; one that is to be tried again, or
 * whose turn has not come, holds back those of its target (or all that follow), and what has arrived stays marked.
 */
export async function sendParts(deps: SendPartsDeps, request: SendPartsRequest): Promise<Attempt> {
  const { claim, parts } = request
  const revealed: SecretText[] = []
  const scrub = createScrub(revealed)
  const time = createSteadyTime(deps.clock)
  const startedAt = time()
  const course: Course = {
    progress: { done: claim.done, failed: claim.failed, refusals: [] },
    held: undefined,
    heldTargets: new Set(),
  }
  for (const [place, part] of parts.entries()) {
    // A far side that refuses without a call, a part after the other, must not keep the event loop.
    if (place % partsPerTurn === partsPerTurn - 1) await ownTurn()
    if (part.target !== undefined && course.heldTargets.has(part.target)) continue
    if (place > 0 && time() - startedAt >= deps.limits.maxAttemptMs) {
      // Who must not be asked before some time must not be asked by the next attempt either.
      if (course.held !== undefined) break
      const detail = `${place} of ${parts.length} parts sent; the rest follows at once`
      return { outcome: 'retry', reason: 'other', detail, goesOn: true, ...course.progress }
    }
    const delivery = await sendPart(deps, request, { part, revealed, scrub })
    if (delivery === 'stopped') return { outcome: 'stopped', ...course.progress }
    if (!goesOn(course, part, delivery, scrub)) break
  }
  const { held, progress } = course
  if (held === undefined) return finish(parts, progress)
  return held.outcome === 'retry' ? retry(held, progress, scrub) : { ...held, ...progress }
}

/** Takes in what a part ended with; whether parts after it may go on. */
function goesOn(course: Course, part: Part, delivery: Delivery, scrub: Scrub): boolean {
  course.progress = advance(course.progress, part, delivery, scrub)
  if (delivery.outcome !== 'retry' && delivery.outcome !== 'deferred') return true
  if (course.held?.outcome !== 'retry' && (course.held === undefined || delivery.outcome === 'retry')) {
    course.held = delivery
  }
  if (part.target !== undefined) course.heldTargets.add(part.target)
  return part.target !== undefined
}

interface PartRun {
  readonly part: Part
  /** Takes the credentials that the sender reads. */
  readonly revealed: SecretText[]
  readonly scrub: Scrub
}

async function sendPart(
  deps: SendPartsDeps,
  { claim, receiver, sender, timeoutMs, stop }: SendPartsRequest,
  { part, revealed, scrub }: PartRun,
): Promise<Delivery | 'stopped'> {
  const { secrets, clock, logger, limits } = deps
  const { notification, lease } = claim
  const asking = { lane: receiver.key, channel: receiver.channel.name, lease }
  const passage = createPassage(deps.throttle, asking)
  const ms = Math.min(timeoutMs, limits.maxPartMs)
  const send = (signal: AbortSignal): Promise<Delivery> => {
    const context: SendContext = {
      signal,
      notificationId: notification.id,
      receiver: receiver.key,
      secret: async (ref) => {
        const value = await secrets.read({ ...ref, namespace: namespaceOf(ref, receiver.secretNamespace) }, signal)
        revealed.push(value)
        return value
      },
      admit: (...destinations) => passage.admit(destinations, signal),
      logger,
    }
    return sender.send(part, context)
  }
  const timed = await withDeadline(send, { clock, ms, stop, notCounted: passage.waitedMs })
  const delivery = fromTimed(timed, { ms, logger, scrub })
  // What one receiver's attempt ends with is shown to all who wait for the same destination.
  passage.end(delivery === 'stopped' ? undefined : { ...delivery, detail: scrub(delivery.detail ?? '') })
  return delivery
}

function fromTimed(
  timed: Timed<Delivery>,
  { ms, logger, scrub }: { readonly ms: number; readonly logger: Logger; readonly scrub: Scrub },
): Delivery | 'stopped' {
  switch (timed.ended) {
    case 'done':
      return timed.result
    case 'stopped':
      return 'stopped'
    case 'deadline':
      return { outcome: 'retry', reason: 'contextDeadlineExceeded', detail: `no answer within ${ms / 1_000} s` }
    case 'threw':
      return fromError(timed.error, logger, scrub)
  }
}

/** What a sender throws rather than says: things that people can mend, and bugs. Neither may cost an alert. */
function fromError(error: unknown, logger: Logger, scrub: Scrub): Delivery {
  if (error instanceof SecretNotFoundError) return { outcome: 'retry', reason: 'secretNotFound', detail: error.message }
  if (error instanceof AddressRefusedError) return { outcome: 'retry', reason: 'addressRefused', detail: error.message }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  logger.error({ error: scrub(text) }, 'a sender threw; this is a bug')
  return { outcome: 'retry', reason: 'other', detail: 'the channel failed unexpectedly; the log says more' }
}

function advance(progress: Progress, part: Part, delivery: Delivery, scrub: Scrub): Progress {
  const refusals = [...progress.refusals, ...scrubRefusals(delivery.refusals, scrub)]
  switch (delivery.outcome) {
    case 'sent':
      return { ...progress, done: [...progress.done, ...part.marks], refusals }
    case 'retry':
      return { ...progress, done: [...progress.done, ...(delivery.done ?? [])], refusals }
    case 'deferred':
      return progress
    case 'failed': {
      const { reason, detail } = delivery
      const failure = { target: part.summary, reason, detail: scrub(detail), marks: part.marks }
      return { ...progress, failed: [...progress.failed, failure], refusals }
    }
  }
}

function retry(delivery: Extract<Delivery, { outcome: 'retry' }>, progress: Progress, scrub: Scrub): Attempt {
  const { reason, detail, afterMs } = delivery
  const wish = afterMs === undefined ? {} : { afterMs }
  return { outcome: 'retry', reason, detail: scrub(detail), ...wish, ...progress }
}

function finish(parts: readonly Part[], progress: Progress): Attempt {
  const [first] = progress.failed
  if (first === undefined) return { outcome: 'sent', detail: summarize(parts), ...progress }
  const detail = progress.failed
    .slice(0, maxSummaries)
    .map((failure) => `${failure.target}: ${failure.detail} (${failure.reason})`)
  return { outcome: 'failed', reason: first.reason, detail: detail.join('; '), ...progress }
}

function summarize(parts: readonly Part[]): string {
  if (parts.length === 0) return 'nothing was left to send'
  const shown = parts.slice(0, maxSummaries).map(({ summary }) => summary)
  return parts.length > maxSummaries ? `${shown.join('; ')}; and ${parts.length - maxSummaries} more` : shown.join('; ')
}

/** An empty namespace is none. */
function namespaceOf({ namespace }: SecretKeyRef, otherwise: string): string {
  return namespace === undefined || namespace === '' ? otherwise : namespace
}
