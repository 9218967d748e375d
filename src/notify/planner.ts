import { type Part } from '../channels/channel.ts'
import { type TemplateFile } from '../model/template-file.ts'
import { plan, type PlanRequest } from './plan.ts'

/** The texts that a template library was made of: with them another thread makes the same one. */
export interface TemplateSources {
  readonly builtin: readonly TemplateFile[]
  /** The files in force, in their order: of each its newest version, or its last good one. */
  readonly files: readonly TemplateFile[]
}

/** One notification to be planned, and for whom. */
export interface PlannerRequest extends Omit<PlanRequest, 'fallbacks'> {
  /** Absent when the library cannot be made again; then it is planned in this thread. */
  readonly sources: TemplateSources | undefined
  readonly signal: AbortSignal
}

/** The parts that a notification still needs. */
export interface Planned {
  readonly parts: readonly Part[]
  /** A line for each template that failed. */
  readonly fallbacks: readonly string[]
}

/** A notification could not be planned now: there was too much to do, or the thread that did it ended. */
export class PlanningFailedError extends Error {
  override readonly name = 'PlanningFailedError'
  /** Nothing is wrong with it: it is to be tried again at once. */
  readonly goesOn: boolean

  constructor(message: string, { goesOn }: { readonly goesOn: boolean } = { goesOn: false }) {
    super(message)
    this.goesOn = goesOn
  }
}

/** Plans notifications somewhere. Rejects with PlanningFailedError, or with what a channel throws when it has a bug. */
export interface Planner {
  plan(request: PlannerRequest): Promise<Planned>
  close(): Promise<void>
}

/** Plans everything in this thread, at once. */
export const plannerHere: Planner = {
  plan: (request) => {
    const fallbacks: string[] = []
    return Promise.resolve({ parts: plan({ ...request, fallbacks }), fallbacks })
  },
  close: () => Promise.resolve(),
}

/** Groups up to this size are planned at once: messages about them take a few milliseconds to render. */
const fewAlerts = 20
const fewCharacters = 64 * 1_024

/**
 * Whether planning may take so long that it must not hold up the event loop: the group is large, or a template is not one of ours
 * and may do what it likes within its limits.
 */
export function takesLong({ notification, receiver, templates }: PlannerRequest): boolean {
  const { alerts } = notification.group
  if (alerts.length > fewAlerts) return true
  if (!Object.values(receiver.templates).every((name) => templates.isBuiltIn(name))) return true
  let characters = 0
  for (const { labels, annotations } of alerts) {
    for (const pairs of [labels, annotations]) for (const [, value] of pairs) characters += value.length
  }
  return characters > fewCharacters
}
