import { type AlertStatus } from '../model/alert.ts'
import { isLater } from './instant.ts'
import { type OutboxLimits } from './limits.ts'

/** The state of one alert towards one receiver: what duplicate suppression compares. */
export interface AlertState {
  readonly status: AlertStatus
  /** RFC 3339 as sent, or empty. A later one is a re-fire; an earlier one is the same episode. */
  readonly startsAt: string
}

/** What is remembered of one alert towards one receiver. */
export interface KnownState {
  readonly status: AlertStatus
  readonly startsAt: string
  /** When a notification that held it was last stored, milliseconds since the epoch. */
  readonly acceptedAt: number
  /** When a reminder of this very state was last stored. */
  readonly remindedAt: number | undefined
}

/** When, and why, states arrive. */
export interface Arrival {
  readonly acceptedAt: number
  readonly reminder: boolean
}

type Windows = Pick<OutboxLimits, 'windowMs' | 'reminderWindowMs'>

/**
 * Whether this state was told a moment ago: same status, and no later start (Alertmanager merges replicas to the earliest
 * start, so an earlier one is the same episode). A reminder is a duplicate only of another reminder.
 */
export function isDuplicate(
  state: AlertState,
  known: KnownState | undefined,
  arrival: Arrival,
  windows: Windows,
): boolean {
  if (known === undefined || !isSameEpisode(state, known)) return false
  return arrival.reminder
    ? within(arrival.acceptedAt, known.remindedAt, windows.reminderWindowMs)
    : within(arrival.acceptedAt, known.acceptedAt, windows.windowMs)
}

/**
 * What to remember once a notification with this state is stored. Within the window the latest start is kept, so that an HA
 * peer that has not merged its replicas yet does not look like a re-fire.
 */
export function remember(
  state: AlertState,
  known: KnownState | undefined,
  arrival: Arrival,
  windows: Windows,
): KnownState {
  const recent =
    known !== undefined && within(arrival.acceptedAt, known.acceptedAt, windows.windowMs) ? known : undefined
  const same = recent !== undefined && isSameEpisode(state, recent)
  return {
    status: state.status,
    startsAt: recent === undefined || isLater(state.startsAt, recent.startsAt) ? state.startsAt : recent.startsAt,
    acceptedAt: arrival.acceptedAt,
    remindedAt: arrival.reminder ? arrival.acceptedAt : same ? recent.remindedAt : undefined,
  }
}

/** Whether a state can still suppress anything. */
export function isFresh({ acceptedAt, remindedAt }: KnownState, now: number, windows: Windows): boolean {
  return within(now, acceptedAt, windows.windowMs) || within(now, remindedAt, windows.reminderWindowMs)
}

function isSameEpisode(state: AlertState, known: KnownState): boolean {
  return state.status === known.status && !isLater(state.startsAt, known.startsAt)
}

/** Both ways: after the clock was set back, what was accepted "in the future" must not suppress until time catches up. */
function within(now: number, then: number | undefined, windowMs: number): boolean {
  return then !== undefined && Math.abs(now - then) <= windowMs
}
