import { type Alert, type AlertGroup } from '../model/alert.ts'
import { NotReadyError } from '../model/errors.ts'
import { type ResourceKey } from '../model/object.ts'
import { type Clock, type Logger, type Metrics, type Random } from '../model/ports.ts'
import { type CompiledReceiver, type Ruleset } from '../rules/ruleset.ts'
import { scopeOf } from './identity.ts'
import { type CurrentInForce } from './in-force.ts'
import { type NewNotification, type Outbox, type PutResult } from './outbox.ts'
import { ownTurn, placesPerTurn } from './slices.ts'

/** What became of a posted group, in alerts: `accepted + duplicates + unrouted` is their number. */
export interface Accepted {
  /** Alerts in at least one notification that was stored. */
  readonly accepted: number
  /** Alerts all of whose notifications had been accepted a moment ago. */
  readonly duplicates: number
  /** Alerts that no receiver wanted, dropped ones included. */
  readonly unrouted: number
  /** Alerts that a platform rule dropped. */
  readonly dropped: number
  /** The version of the ruleset that decided. */
  readonly ruleset: string
}

/**
 * Routes a group and stores its notifications; they are on disk when it resolves. Throws NotReadyError, OutboxFullError or
 * OutboxUnavailableError (nothing stored), or the signal's reason when it aborts before the group is stored.
 */
export type Accept = (group: AlertGroup, signal?: AbortSignal) => Promise<Accepted>

export interface AcceptDeps {
  readonly current: CurrentInForce
  readonly outbox: Pick<Outbox, 'put'>
  readonly clock: Pick<Clock, 'now'>
  readonly random: Pick<Random, 'uuid'>
  readonly metrics: Metrics
  readonly logger: Logger
  /** Called when something was stored. */
  readonly stored?: () => void
}

/** Alertmanager 0.32+ says so when it repeats an unchanged group: notify/notify.go of that version. */
const reminderReason = 'repeat interval elapsed'

/**
 * Work between two turns of the event loop: an alert costs `alertCost`, a receiver of it one. That is a millisecond: a
 * delivery takes several turns, and each may have to wait for so much of a large group.
 */
const workPerTurn = 50
const alertCost = 10

interface Draft {
  readonly id: string
  readonly receiver: CompiledReceiver
  readonly scope: string
  readonly alerts: number[]
}

interface Routed {
  readonly alerts: readonly Alert[]
  /** How many of them somebody wants. */
  readonly wanted: number
  readonly drafts: readonly Draft[]
  /** The platform rule of each alert that was dropped. */
  readonly droppedBy: readonly string[]
}

/** The way in: a group is routed by the ruleset in force when it arrives, and by that one alone. */
export function createAccept(deps: AcceptDeps): Accept {
  const { current, outbox, clock, metrics, logger } = deps
  return async (group, signal) => {
    const startedAt = clock.now()
    const ruleset = current()?.ruleset
    if (ruleset === undefined) throw new NotReadyError('no ruleset is in force yet; try again')
    const routed = await routeAll({ ruleset, random: deps.random }, group, signal)
    const notifications = routed.drafts.map(toNotification)
    const post = {
      group: { ...group, alerts: routed.alerts },
      acceptedAt: clock.now(),
      reminder: group.notificationReason === reminderReason,
      notifications,
    }
    const result = await outbox.put(post, signal)
    if (result.stored.length > 0) deps.stored?.()
    const accepted = { ...(await tally(routed, result)), dropped: routed.droppedBy.length, ruleset: ruleset.version }
    measure(metrics, { routed, result, accepted, seconds: (clock.now() - startedAt) / 1_000 })
    const { source, groupKey } = group
    logger.debug({ source, groupKey, ...accepted, notifications: result.stored.length }, 'group accepted')
    return accepted
  }
}

async function routeAll(
  { ruleset, random }: { readonly ruleset: Ruleset; readonly random: Pick<Random, 'uuid'> },
  group: AlertGroup,
  signal: AbortSignal | undefined,
): Promise<Routed> {
  const alerts: Alert[] = []
  const droppedBy: string[] = []
  const drafts = new Map<ResourceKey, Draft>()
  let work = 0
  let wanted = 0
  for (const [place, posted] of group.alerts.entries()) {
    const { alert, droppedBy: rule, receivers } = await ruleset.route(posted)
    alerts.push(alert)
    if (rule !== undefined) droppedBy.push(rule)
    if (receivers.length > 0) wanted += 1
    for (const receiver of receivers) {
      const draft = drafts.get(receiver.key) ?? newDraft(group, receiver, random.uuid())
      drafts.set(receiver.key, draft)
      draft.alerts.push(place)
    }
    work += alertCost + receivers.length
    if (work < workPerTurn) continue
    work = 0
    await ownTurn()
    signal?.throwIfAborted()
  }
  signal?.throwIfAborted()
  return { alerts, wanted, drafts: [...drafts.values()], droppedBy }
}

function newDraft({ source, receiver: postedTo, groupKey }: AlertGroup, receiver: CompiledReceiver, id: string): Draft {
  return { id, receiver, scope: scopeOf({ source, postedTo, groupKey, receiver: receiver.key }), alerts: [] }
}

function toNotification({ id, receiver, scope, alerts }: Draft): NewNotification {
  const { key, channel, tenant = '' } = receiver
  return { id, receiver: key, channel: channel.name, tenant, scope, alerts }
}

type Tally = Omit<Accepted, 'dropped' | 'ruleset'>

async function tally({ alerts, wanted, drafts }: Routed, { stored }: PutResult): Promise<Tally> {
  const ids = new Set(stored)
  const accepted =
    stored.length === drafts.length
      ? wanted
      : await countPlaces(
          drafts.filter(({ id }) => ids.has(id)),
          wanted,
        )
  return { accepted, duplicates: wanted - accepted, unrouted: alerts.length - wanted }
}

/** How many alerts at least one of the drafts tells, `most` at most: all of a large group for many receivers take several turns. */
async function countPlaces(drafts: readonly Draft[], most: number): Promise<number> {
  const places = new Set<number>()
  let work = 0
  for (const { alerts } of drafts) {
    if (places.size === most) break
    for (const place of alerts) places.add(place)
    work += alerts.length
    if (work < placesPerTurn) continue
    work = 0
    await ownTurn()
  }
  return places.size
}

interface Measured {
  readonly routed: Routed
  readonly result: PutResult
  readonly accepted: Accepted
  readonly seconds: number
}

function measure(metrics: Metrics, { routed, result, accepted, seconds }: Measured): void {
  const { alerts, drafts, droppedBy } = routed
  const firing = alerts.filter(({ status }) => status === 'firing').length
  if (firing > 0) metrics.count('alerts_received_total', { status: 'firing' }, firing)
  if (firing < alerts.length) metrics.count('alerts_received_total', { status: 'resolved' }, alerts.length - firing)
  if (accepted.duplicates > 0) metrics.count('alerts_duplicate_total', {}, accepted.duplicates)
  if (accepted.unrouted > 0) metrics.count('alerts_unrouted_total', {}, accepted.unrouted)
  for (const rule of droppedBy) metrics.count('alerts_dropped_total', { rule })
  const stored = new Set(result.stored)
  for (const { id, receiver } of drafts) {
    if (stored.has(id)) metrics.count('notifications_accepted_total', { channel: receiver.channel.name })
  }
  metrics.observe('accept_duration_seconds', seconds)
}
