import { type Validation } from '../api/validate.ts'
import { ApiError, type ApiKind, type ApiObject, type Cluster, type Discovery } from '../kubernetes/cluster.ts'
import { type Reflector } from '../kubernetes/reflector.ts'
import { type Clock, type Logger, type Metrics, type Random } from '../model/ports.ts'
import { disruptionBudgetKinds } from './api-kinds.ts'
import { createChildren } from './children.ts'
import { createCopies, type Copies } from './copies.ts'
import { type ServerDefaults } from './manager.ts'
import { createQueue, type Queue, type WorkResult } from './queue.ts'
import { reconcile } from './reconcile.ts'
import { createStatusWriter } from './status-writer.ts'
import { type EventRecorder } from './tell.ts'

/** What the operator needs. */
export interface OperatorDeps {
  readonly cluster: Cluster & Discovery
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  readonly logger: Logger
  readonly metrics: Metrics
  readonly events: EventRecorder
  /** The check of one object against its kind. */
  validate(object: unknown): Validation
  readonly defaults: ServerDefaults
  /**
   * Does the work whenever this process leads, until the signal; the work's own signal ends when the lead is lost. Of several
   * operators one writes, and all of them watch.
   */
  lead(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>
}

/** Turns NotificationManagers into servers. */
export interface Operator {
  /** Runs until the signal. Rejects only when the election does. */
  run(signal: AbortSignal): Promise<void>
  /** True once everything that is watched has been read; a process that does not lead is ready too. */
  ready(): boolean
}

/** NotificationManagers that are worked on at once. */
const concurrency = 4
/** Everything is looked at afresh from time to time, whatever the watches told; a tenth more or less. */
const resyncMs = 600_000
const pollMs = 50
const firstPauseMs = 500
const maxPauseMs = 15_000

/** Makes an operator; nothing is asked of the API server before `run`. */
export function createOperator(deps: OperatorDeps): Operator {
  let watched: readonly Reflector[] = []
  const ready = (): boolean => watched.length > 0 && watched.every((reflector) => reflector.synced())

  return {
    ready,
    async run(signal) {
      const disruptionBudget = await discoverBudget(deps, signal)
      if (disruptionBudget === undefined) return
      const copies = createCopies(disruptionBudget, { ...deps, namespace: deps.defaults.namespace })
      watched = copies.reflectors
      const leading = deps.lead(async (lead) => {
        while (!lead.aborted && !ready()) await deps.clock.sleep(pollMs, lead)
        await work(copies, disruptionBudget, deps, lead)
      }, signal)
      await Promise.all([copies.run(signal), leading])
    },
  }
}

/** The newest PodDisruptionBudget that the server serves; asked until it answers, undefined when the signal came first. */
async function discoverBudget(deps: OperatorDeps, signal: AbortSignal): Promise<ApiKind | undefined> {
  const { cluster, clock, random, logger } = deps
  const [newest, oldest] = disruptionBudgetKinds
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
    try {
      return (await cluster.hasKind(newest, signal)) ? newest : oldest
    } catch (err) {
      logger.warn({ err, server: cluster.server }, 'The API server does not say what it serves')
      await clock.sleep(pauseMs * (0.5 + random.next() / 2), signal)
    }
  }
  return undefined
}

/** Works while this process leads. What another leader wrote before is not known, so everything is looked at afresh. */
async function work(copies: Copies, disruptionBudget: ApiKind, deps: OperatorDeps, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const { clock, random, logger } = deps
  const live = (kind: ApiKind, name: string): ApiObject | undefined => copies.live(kind, name)
  const children = createChildren({ ...deps, live })
  const round = { ...deps, disruptionBudget, live, children, status: createStatusWriter(deps.cluster, clock) }
  const queue = createQueue({
    clock,
    random,
    concurrency,
    work: (name, ending) => attempt(name, () => reconcile(name, round, ending), { logger, signal: ending }),
  })
  copies.onChange = (names) => addAll(queue, names)
  addAll(queue, copies.managers())
  const resyncing = resync()
  await queue.run(signal)
  copies.onChange = () => undefined
  await resyncing

  async function resync(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(resyncMs * (0.9 + random.next() / 5), signal)
      children.forget()
      addAll(queue, copies.managers())
    }
  }
}

function addAll(queue: Queue, names: Iterable<string>): void {
  for (const name of names) queue.add(name)
}

/** A round that fails as a whole, because the API server does not answer or the object has changed meanwhile, is tried again. */
async function attempt(
  name: string,
  round: () => Promise<WorkResult>,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<WorkResult> {
  try {
    return await round()
  } catch (err) {
    const isNews = err instanceof ApiError && err.status === 409
    if (!signal.aborted && !isNews) {
      logger.warn({ err, notificationManager: name }, 'A NotificationManager could not be looked after')
    }
    return { wrote: false, again: 'transient' }
  }
}
