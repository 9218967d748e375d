import { Worker } from 'node:worker_threads'
import { type Part } from '../channels/channel.ts'
import { type Clock, type Logger } from '../model/ports.ts'
import { PlanningFailedError, type Planned, type TemplateSources } from './planner.ts'
import { nextParts, unpack, type PlanningAnswer, type PlanningRequest } from './planning-protocol.ts'
import { ownTurn } from './slices.ts'

export interface PlanningProgramDeps {
  /** It answers each PlanningRequest by one PlanningAnswer or more. */
  readonly program: URL
  readonly clock: Pick<Clock, 'sleep'>
  readonly logger: Logger
  /** How long one notification may take, milliseconds. */
  readonly maxPlanMs: number
}

/** Why a plan could not be made elsewhere: a bug, to be found out by making it here. */
export type PlanningFault = Extract<PlanningAnswer, { readonly fault: unknown }>

/** Memory of the thread: the largest group, its messages and the templates fit several times. */
const heapMebibytes = 512

/** The thread that plans, one notification at a time. It does not keep the process alive while it has nothing to do. */
export class PlanningProgram {
  readonly #deps: PlanningProgramDeps
  #thread: Worker | undefined
  /** What the thread was sent last. */
  #sources: TemplateSources | undefined

  constructor(deps: PlanningProgramDeps) {
    this.#deps = deps
  }

  /** Throws PlanningFailedError when that takes too long, or too much memory: the thread is ended, and the next request has another. */
  async perform(request: Omit<PlanningRequest, 'sources'>, sources: TemplateSources): Promise<Planned | PlanningFault> {
    const { clock, maxPlanMs } = this.#deps
    const thread = this.open()
    const news = this.#sources === sources ? {} : { sources }
    this.#sources = sources
    thread.ref()
    const timer = new AbortController()
    const tooLong = clock.sleep(maxPlanMs, timer.signal).then(() => undefined)
    try {
      const planned = await Promise.race([collect(thread, { ...request, ...news }), tooLong])
      if (planned !== undefined) return planned
      throw new PlanningFailedError(`its messages were not ready within ${maxPlanMs / 1_000} s`)
    } catch (error) {
      this.end()
      throw error
    } finally {
      timer.abort()
      thread.unref()
    }
  }

  /** Not waited for: whoever is next must not depend on how a thread ends that has not done what it should. */
  end(): void {
    const thread = this.#thread
    this.#thread = undefined
    this.#sources = undefined
    void thread?.terminate()
  }

  /** Starts the thread if there is none: that takes up to a second, which the first large group need not wait for. */
  open(): Worker {
    if (this.#thread !== undefined) return this.#thread
    const resourceLimits = { maxOldGenerationSizeMb: heapMebibytes }
    // Neither the command line nor the environment is the thread's business.
    const thread = new Worker(this.#deps.program, { argv: [], env: {}, resourceLimits })
    thread.unref()
    // Whoever waits for an answer hears of its end, too.
    thread.on('error', (error: unknown) =>
      this.#deps.logger.warn(
        { err: error },
        'the thread that plans messages has ended; the next request starts another',
      ),
    )
    thread.once('exit', () => {
      if (this.#thread === thread) this.end()
    })
    this.#thread = thread
    return thread
  }
}

/** All answers to a request, one in a turn of the event loop. */
async function collect(thread: Worker, request: PlanningRequest): Promise<Planned | PlanningFault> {
  const transfer = request.alerts.map(({ buffer }) => buffer)
  const parts: Part[] = []
  let answer = await ask(thread, request, transfer)
  for (;;) {
    if ('fault' in answer) return answer
    parts.push(...(unpack(answer.parts) as readonly Part[]))
    if (!answer.more) return { parts, fallbacks: answer.fallbacks }
    await ownTurn()
    answer = await ask(thread, nextParts)
  }
}

function ask(thread: Worker, message: unknown, transfer: readonly ArrayBuffer[] = []): Promise<PlanningAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<PlanningAnswer>()
  const onEnd = (): void => reject(new PlanningFailedError('the thread that plans messages has ended'))
  thread.once('message', resolve)
  thread.once('error', onEnd)
  thread.once('exit', onEnd)
  thread.postMessage(message, [...transfer])
  return promise.finally(() => {
    thread.off('message', resolve)
    thread.off('error', onEnd)
    thread.off('exit', onEnd)
  })
}
