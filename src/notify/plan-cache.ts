import { type Planned, type PlannerRequest } from './planner.ts'
import { charactersOf } from './planning-protocol.ts'

/** Plans of notifications that took long, for their next attempts. */
export interface PlanCache {
  /** What is left of a plan that was made for the same receiver and templates. */
  find(request: PlannerRequest): Planned | undefined
  keep(request: PlannerRequest, planned: Planned): void
}

/** Hundreds of messages to a chat take many attempts, with pauses that its service asks for. */
const maxPlans = 16
const maxCharacters = 32 * 1_024 * 1_024

interface Kept {
  readonly request: Pick<PlannerRequest, 'receiver' | 'templates'>
  readonly planned: Planned
  readonly characters: number
}

export function createPlanCache(): PlanCache {
  const plans = new Map<string, Kept>()
  let total = 0

  function drop(id: string): void {
    total -= plans.get(id)?.characters ?? 0
    plans.delete(id)
  }

  return {
    find({ notification, receiver, templates, done }) {
      const kept = plans.get(notification.id)
      if (kept === undefined) return undefined
      const isSame = kept.request.receiver === receiver && kept.request.templates === templates
      const left = isSame ? remaining(kept.planned, done) : undefined
      if (left === undefined) drop(notification.id)
      return left
    },
    keep({ notification, receiver, templates }, planned) {
      const characters = planned.parts.reduce((sum, part) => sum + charactersOf(part.request), 0)
      drop(notification.id)
      plans.set(notification.id, { request: { receiver, templates }, planned, characters })
      total += characters
      for (const oldest of plans.keys()) {
        if (total <= maxCharacters && plans.size <= maxPlans) break
        drop(oldest)
      }
    },
  }
}

/** Parts that are not settled; undefined when one is settled by half, for that is for the channel to cut anew. */
function remaining({ parts, fallbacks }: Planned, done: ReadonlySet<string>): Planned | undefined {
  const left = parts.filter(({ marks }) => !marks.every((mark) => done.has(mark)))
  return left.some(({ marks }) => marks.some((mark) => done.has(mark))) ? undefined : { parts: left, fallbacks }
}
