import { type Clock, type Random } from '../model/ports.ts'

/** What a queue needs. */
export interface QueueDeps {
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  /** How many keys are worked on at once. */
  readonly concurrency: number
  /** Works on a key. Must not reject. */
  work(key: string, signal: AbortSignal): Promise<WorkResult>
}

/** How a round of work ended. */
export interface WorkResult {
  /**
   * Whether it is to be tried again although nothing changed, after a pause that grows with each try: up to seconds for what is
   * over by itself, up to minutes for what somebody has to mend.
   */
  readonly again?: 'transient' | 'stalled'
  /** Whether something was written; a key for which that happens all the time is fought over, and is slowed down. */
  readonly wrote: boolean
}

/** Keys that wait for work; each at most once, and never worked on twice at a time. */
export interface Queue {
  add(key: string): void
  /** Works until the signal; then waits for the rounds that have begun. */
  run(signal: AbortSignal): Promise<void>
}

const firstRetryMs = 1_000
const maxRetryMs = { transient: 15_000, stalled: 300_000 } as const
/** Several changes of a moment make one round. */
const minPauseMs = 100
const maxPauseMs = 30_000
/** So many writing rounds within a minute are an ordinary roll-out; more slow down. */
const freeWrites = 10
const writesWindowMs = 60_000

interface Entry {
  /** When it is next worked on; undefined while nothing is to be done. */
  dueAt: number | undefined
  /** No round begins earlier. */
  notBefore: number
  failures: number
  /** When rounds wrote something, lately. */
  writes: readonly number[]
  running: boolean
}

/** Makes a queue; nothing is worked on before `run`, and what was added by then waits. */
export function createQueue(deps: QueueDeps): Queue {
  const { clock, random, concurrency, work } = deps
  const entries = new Map<string, Entry>()
  const begun = new Set<Promise<void>>()
  let wake = (): void => undefined

  async function round(key: string, entry: Entry, signal: AbortSignal): Promise<void> {
    Object.assign(entry, { dueAt: undefined, running: true })
    const result = await work(key, signal)
    Object.assign(entry, { ...after(entry, result, { now: clock.now(), chance: random.next() }), running: false })
    wake()
  }

  /** Starts what is due, earliest first; tells when the next one is, if there is room for it. */
  function startDue(signal: AbortSignal): number | undefined {
    for (const key of idle(entries, clock.now() - writesWindowMs)) entries.delete(key)
    for (const { key, entry, at } of waiting(entries)) {
      if (begun.size >= concurrency) return undefined
      if (at > clock.now()) return at
      const ended = round(key, entry, signal).finally(() => begun.delete(ended))
      begun.add(ended)
    }
    return undefined
  }

  return {
    add(key) {
      const entry = entries.get(key) ?? { dueAt: undefined, notBefore: 0, failures: 0, writes: [], running: false }
      entry.dueAt = clock.now()
      entries.set(key, entry)
      wake()
    },
    async run(signal) {
      const end = (): void => wake()
      signal.addEventListener('abort', end, { once: true })
      while (!signal.aborted) {
        const { promise: rung, resolve } = Promise.withResolvers<undefined>()
        wake = () => resolve(undefined)
        const next = startDue(signal) ?? clock.now() + writesWindowMs
        const stop = new AbortController()
        await Promise.race([rung, clock.sleep(next - clock.now(), stop.signal)])
        stop.abort()
      }
      signal.removeEventListener('abort', end)
      await Promise.all(begun)
    },
  }
}

/** An entry after a round of work. A change that came meanwhile stays due. */
function after(
  entry: Entry,
  { again, wrote }: WorkResult,
  { now, chance }: { readonly now: number; readonly chance: number },
): Omit<Entry, 'running'> {
  const writes = [...entry.writes.filter((at) => at > now - writesWindowMs), ...(wrote ? [now] : [])]
  const failures = again === undefined ? 0 : entry.failures + 1
  const retryAt = again === undefined ? undefined : now + retryAfter(failures, maxRetryMs[again], chance)
  return { dueAt: entry.dueAt ?? retryAt, notBefore: now + pauseAfter(writes.length), failures, writes }
}

/** Keys of which nothing has to be remembered. */
function idle(entries: ReadonlyMap<string, Entry>, since: number): readonly string[] {
  return [...entries].flatMap(([key, { dueAt, running, writes }]) =>
    dueAt === undefined && !running && writes.every((at) => at <= since) ? [key] : [],
  )
}

/** What has to be worked on and is not being worked on, with the time at which that may begin, earliest first. */
function waiting(
  entries: ReadonlyMap<string, Entry>,
): readonly { readonly key: string; readonly entry: Entry; readonly at: number }[] {
  return [...entries]
    .flatMap(([key, entry]) => {
      const { dueAt, running, notBefore } = entry
      return dueAt === undefined || running ? [] : [{ key, entry, at: Math.max(dueAt, notBefore) }]
    })
    .toSorted((a, b) => a.at - b.at)
}

/** Between half of it and the whole, so that what failed together is not tried again together. */
function retryAfter(failures: number, maxMs: number, chance: number): number {
  const whole = Math.min(maxMs, firstRetryMs * 2 ** Math.min(failures - 1, 20))
  return whole * (0.5 + chance / 2)
}

function pauseAfter(writes: number): number {
  return Math.min(maxPauseMs, minPauseMs * 2 ** Math.max(0, Math.min(writes, freeWrites + 20) - freeWrites))
}
