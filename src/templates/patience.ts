import { type NamedTemplate } from './parse.ts'

/** Longer than this is long: nothing else in the process is to take so long at one time. */
const slowMs = 50
/** So many slow failures in a row may be an accident. */
const maxSlowFailures = 3
/** One rendering in so many is tried all the same: the machine may have been busy, or the notifications large. */
const tryEvery = 10

/** How one rendering of a template ended. */
export interface Ending {
  readonly tookMs: number
  /** Why it failed; absent when it did not. */
  readonly reason?: string
}

/**
 * Remembers which templates fail only after they have used up their time, so that whoever wrote one pays for it a few times and not
 * with each message.
 */
export interface Patience {
  /** Why the template is not to be tried now; undefined when it is. */
  refuse(template: NamedTemplate): string | undefined
  ended(template: NamedTemplate, ending: Ending): void
}

interface Failures {
  count: number
  refused: number
  last: string
}

export function createPatience(): Patience {
  const failing = new WeakMap<NamedTemplate, Failures>()
  return {
    refuse(template) {
      const failures = failing.get(template)
      if (failures === undefined || failures.count < maxSlowFailures) return undefined
      failures.refused += 1
      if (failures.refused % tryEvery === 0) return undefined
      return `it took too long ${maxSlowFailures} times in a row and is tried only now and then; the last time: ${failures.last}`
    },
    ended(template, { tookMs, reason }) {
      if (reason === undefined) failing.delete(template)
      else if (tookMs >= slowMs) {
        const failures = failing.get(template) ?? { count: 0, refused: 0, last: reason }
        failing.set(template, { ...failures, count: failures.count + 1, last: reason })
      }
    },
  }
}

/** The time that all messages of one notification together may take of templates that are not ours. */
export interface Allowance {
  /** Whether the notification has used it up. */
  isSpent(notification: string): boolean
  spend(notification: string, tookMs: number): void
}

/** Notifications are rendered one after the other, so that the last one is the only one to remember. */
export function createAllowance(maxMs: number): Allowance {
  let current = ''
  let spentMs = 0
  return {
    isSpent: (notification) => notification === current && spentMs >= maxMs,
    spend(notification, tookMs) {
      spentMs = tookMs + (notification === current ? spentMs : 0)
      current = notification
    },
  }
}
