import { type Clock, type Logger, type Metrics, type Random } from '../model/ports.ts'
import { createBackoff } from './backoff.ts'
import { ApiError, type Cluster } from './cluster.ts'
import { createEventBook, eventLimits, type EventLimits } from './events-book.ts'
import { eventNamespace, toEvent, type EventFact, type EventRecord, type EventSource } from './events-fact.ts'
import { eventKind } from './kinds.ts'

export { type EventFact, type EventObject, type EventSource } from './events-fact.ts'

/** What the recorder needs. */
export interface EventsDeps {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
  readonly limits?: Partial<EventLimits>
}

/** Writes Kubernetes Events, at its leisure. */
export interface EventRecorder {
  /** Takes a fact down. Never throws, never waits; facts beyond the limits are counted and not written. */
  record(fact: EventFact): void
  /** Writes what was recorded, until the signal. */
  run(signal: AbortSignal): Promise<void>
}

/** As often as client-go tries: https://github.com/kubernetes/client-go/blob/master/tools/record/event.go */
const maxAttempts = 12
const backoffLimits = { baseMs: 1_000, capMs: 30_000 }

/**
 * A recorder in the name of `source`. The same fact about the same object raises the count of the Event that is there. Its
 * account needs `create` and `patch` on core `events`, in `default` for objects without a namespace.
 */
export function createEvents(source: EventSource, deps: EventsDeps): EventRecorder {
  const { clock, random, metrics } = deps
  const limits = { ...eventLimits, ...deps.limits }
  const book = createEventBook({ limits, now: () => clock.now(), uuid: () => random.uuid() })
  let bell = Promise.withResolvers<undefined>()

  const settle = (outcome: Outcome): void => metrics.count('kubernetes_events_total', { outcome })
  const write = createWriter(source, deps, settle)

  return {
    record(fact) {
      if (book.note(fact)) bell.resolve(undefined)
      else settle('limited')
    },
    async run(signal) {
      const stop = (): void => bell.resolve(undefined)
      signal.addEventListener('abort', stop)
      try {
        while (!signal.aborted) {
          const event = book.next()
          if (event !== undefined) {
            await write(event, signal)
            continue
          }
          await bell.promise
          bell = Promise.withResolvers()
        }
      } finally {
        signal.removeEventListener('abort', stop)
      }
    },
  }
}

type Outcome = 'written' | 'limited' | 'refused' | 'unreachable'

/** Writes one event, however often it takes, until the signal. */
function createWriter(
  source: EventSource,
  { cluster, clock, random, logger }: EventsDeps,
  settle: (outcome: Outcome) => void,
): (event: EventRecord, signal: AbortSignal) => Promise<void> {
  let failing = false

  async function write(event: EventRecord, signal: AbortSignal): Promise<void> {
    const target = { kind: eventKind, namespace: eventNamespace(event.fact.object), name: event.name }
    const apply = { fieldManager: source.component, force: true }
    const backoff = createBackoff(backoffLimits, random)
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const error = await attemptOf(() => cluster.apply(target, toEvent(event, source), apply, signal), signal)
      if (error === undefined) return
      if (!isPassing(error) || attempt === maxAttempts) {
        settle(isPassing(error) ? 'unreachable' : 'refused')
        return
      }
      await clock.sleep(Math.max(backoff.next(), error.retryAfterMs ?? 0), signal)
    }
  }

  async function attemptOf(apply: () => Promise<unknown>, signal: AbortSignal): Promise<ApiError | undefined> {
    try {
      await apply()
      failing = false
      settle('written')
      return undefined
    } catch (error) {
      if (signal.aborted) return undefined
      if (!(error instanceof ApiError)) throw error
      logger[failing ? 'debug' : 'warn']({ error: error.message }, 'a Kubernetes Event cannot be written')
      failing = true
      return error
    }
  }

  return write
}

/** Whether trying again may help: nobody answered, or the server is busy or failing. */
function isPassing({ status }: ApiError): boolean {
  return status === 0 || status === 401 || status === 409 || status === 429 || status >= 500
}
