import { Worker } from 'node:worker_threads'
import { type Part } from '../channels/channel.ts'
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
import { toPlanningRequest, unpack, type PlanningAnswer } from './planning-protocol.ts'
import { Turns } from './turns.ts'

export interface ThreadedPlannerDeps {
  /** The program of the thread; it answers each PlanningRequest by a PlanningAnswer. */
  readonly program: URL
  readonly clock: Pick<Clock, 'sleep'>
  readonly logger: Logger
  /** How long one notification may take, milliseconds. Default 30 s. */
  readonly maxPlanMs?: number
  /** How long one may wait for others, milliseconds. Default 30 s. */
  readonly maxWaitMs?: number
}

/** Ten thousand alerts take the worst of the channels about four seconds. */
const defaultPlanMs = 30_000
const defaultWaitMs = 30_000
/** Memory of the thread: the largest group, its messages and the templates fit several times. */
const heapMebibytes = 512

interface Job {
  readonly party: string
  readonly request: PlannerRequest
  readonly sources: TemplateSources
  readonly done: PromiseWithResolvers<Planned>
}

/**
 * Plans what takes long in a thread of its own, one notification after the other, tenants in turns: neither a large group nor a
 * template that uses up its limits holds up the event loop. The thread starts when it is needed first; whoever takes too long, or
 * too much memory, ends it, and the next in turn gets a new one.
 */
export function createThreadedPlanner(deps: ThreadedPlannerDeps): Planner {
  const { clock, logger, maxPlanMs = defaultPlanMs, maxWaitMs = defaultWaitMs } = deps
  const jobs = new Turns<Job>()
  const cache = createPlanCache()
  let thread: Worker | undefined
  let working: Promise<void> | undefined
  let closed = false

  function open(): Worker {
    thread ??= new Worker(deps.program, {
      argv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: heapMebibytes },
    })
    return thread
  }

  /** Not waited for: whoever is next must not depend on how a thread ends that has not done what it should. */
  function discard(): void {
    const old = thread
    thread = undefined
    void old?.terminate()
  }

  async function work(): Promise<void> {
    for (let job = jobs.take(() => true); job !== undefined; job = jobs.take(() => true)) {
      try {
        job.done.resolve(await perform(job))
      } catch (error) {
        job.done.reject(error)
      }
    }
    working = undefined
  }

  async function perform({ request, sources }: Job): Promise<Planned> {
    const asked = await toPlanningRequest(request, sources)
    const timer = new AbortController()
    const tooLong = clock.sleep(maxPlanMs, timer.signal).then(() => 'too long' as const)
    try {
      const answer = await Promise.race([ask(open(), asked), tooLong])
      if (answer !== 'too long') return await fromAnswer(answer, request)
      throw new PlanningFailedError(`its messages were not ready within ${maxPlanMs / 1_000} s`)
    } catch (error) {
      if (error instanceof PlanningFailedError) discard()
      throw error
    } finally {
      timer.abort()
    }
  }

  async function fromAnswer(answer: PlanningAnswer, request: PlannerRequest): Promise<Planned> {
    if (!('fault' in answer)) return { ...answer, parts: unpack(answer.parts) as readonly Part[] }
    logger.error({ error: answer.fault.stack }, 'a notification is planned in the main thread after a fault')
    return plannerHere.plan(request)
  }

  async function planElsewhere(request: PlannerRequest, sources: TemplateSources): Promise<Planned> {
    const known = cache.find(request)
    if (known !== undefined) return known
    const job: Job = { party: partyOf(request.receiver), request, sources, done: Promise.withResolvers<Planned>() }
    jobs.add(job)
    working ??= work()
    const timer = new AbortController()
    const signal = AbortSignal.any([request.signal, timer.signal])
    // Whoever is being planned is not in the line any more, and is not waited for by this clock.
    const waited = clock.sleep(maxWaitMs, signal).then(() => {
      if (!timer.signal.aborted && jobs.remove(job))
        job.done.reject(new PlanningFailedError('others were planned first', { goesOn: true }))
    })
    const planned = await job.done.promise.finally(() => timer.abort())
    await waited
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
      discard()
      await working
    },
  }
}

function ask(thread: Worker, request: Awaited<ReturnType<typeof toPlanningRequest>>): Promise<PlanningAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<PlanningAnswer>()
  const onEnd = (): void => reject(new PlanningFailedError('the thread that plans messages has ended'))
  thread.once('message', resolve)
  thread.once('error', onEnd)
  thread.once('exit', onEnd)
  thread.postMessage(
    request,
    request.alerts.map(({ buffer }) => buffer),
  )
  return promise.finally(() => {
    thread.off('message', resolve)
    thread.off('error', onEnd)
    thread.off('exit', onEnd)
  })
}

function partyOf({ key, tenant }: CompiledReceiver): string {
  return tenant === undefined ? key : `tenant ${tenant}`
}
