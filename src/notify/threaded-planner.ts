import { type Clock, type Logger } from '../model/ports.ts'
import { type CompiledReceiver } from '../rules/ruleset.ts'
import { createPlanCache } from './plan-cache.ts'
import {
  plannerHere,
  PlanningFailedError,
  takesLong,
  type Planned,
  type Planner,
  type PlannerRequest,
  type TemplateSources,
} from './planner.ts'
import { PlanningProgram } from './planning-program.ts'
import { toPlanningRequest } from './planning-protocol.ts'
import { Turns } from './turns.ts'

export interface ThreadedPlannerDeps {
  /** The program of the thread; it answers each PlanningRequest by one PlanningAnswer or more. */
  readonly program: URL
  readonly clock: Pick<Clock, 'sleep'>
  readonly logger: Logger
  /** How long one notification may take, milliseconds. Default two minutes. */
  readonly maxPlanMs?: number
  /** How long one may wait for others, milliseconds. Default 30 s. */
  readonly maxWaitMs?: number
}

/** Ten thousand alerts take the worst of the channels about four seconds, and a machine that has much else to do many times that. */
const defaultPlanMs = 120_000
const defaultWaitMs = 30_000

interface Job {
  readonly party: string
  readonly request: PlannerRequest
  readonly sources: TemplateSources
  readonly done: PromiseWithResolvers<Planned>
}

/**
 * Plans what takes long in a thread of its own, one notification after the other, tenants in turns: neither a large group nor a
 * template that uses up its limits holds up the event loop.
 */
export function createThreadedPlanner(deps: ThreadedPlannerDeps): Planner {
  const { clock, logger, maxPlanMs = defaultPlanMs, maxWaitMs = defaultWaitMs } = deps
  const program = new PlanningProgram({ program: deps.program, clock, logger, maxPlanMs })
  program.open()
  const jobs = new Turns<Job>()
  const cache = createPlanCache()
  let working: Promise<void> | undefined
  let closed = false

  async function work(): Promise<void> {
    for (let job = jobs.take(() => true); job !== undefined; job = jobs.take(() => true)) {
      const { request, sources, done } = job
      await perform(request, sources).then(done.resolve, done.reject)
    }
    working = undefined
  }

  async function perform(request: PlannerRequest, sources: TemplateSources): Promise<Planned> {
    const planned = await program.perform(await toPlanningRequest(request), sources)
    if (!('fault' in planned)) return planned
    logger.error({ error: planned.fault.stack }, 'a notification is planned in the main thread after a fault')
    return plannerHere.plan(request)
  }

  async function planElsewhere(request: PlannerRequest, sources: TemplateSources): Promise<Planned> {
    const known = cache.find(request)
    if (known !== undefined) return known
    const job: Job = { party: partyOf(request.receiver), request, sources, done: Promise.withResolvers<Planned>() }
    jobs.add(job)
    working ??= work()
    const timer = new AbortController()
    // Whoever is being planned is not in the line any more, and is not waited for by this clock.
    void clock.sleep(maxWaitMs, AbortSignal.any([request.signal, timer.signal])).then(() => {
      if (timer.signal.aborted || !jobs.withdraw(job)) return
      job.done.reject(new PlanningFailedError('others were planned first', { goesOn: true }))
    })
    const planned = await job.done.promise.finally(() => timer.abort())
    cache.keep(request, planned)
    return planned
  }

  return {
    plan(request) {
      const { sources } = request
      if (closed || sources === undefined || !takesLong(request)) return plannerHere.plan(request)
      return planElsewhere(request, sources)
    },
    async close() {
      closed = true
      program.end()
      await working
    },
  }
}

function partyOf({ key, tenant }: CompiledReceiver): string {
  return tenant === undefined ? key : `tenant ${tenant}`
}
