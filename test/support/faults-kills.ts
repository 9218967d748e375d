import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Killer } from './faults-killer.ts'
import { start, waitFor, type Program } from './programs/process.ts'

/** When a life of the server ends. */
export const moments = [
  /** At any time, while it serves. */
  'under load',
  /** When a transaction begins to be written. */
  'in a commit',
  /** When a message has arrived, before its sender is told so. */
  'in a send',
  /** When a message has arrived, about when its settlement is stored. */
  'in a settle',
  /** At any time before it serves. */
  'while starting',
  /** When it touches its database for the first time. */
  'in recovery',
] as const
export type Moment = (typeof moments)[number]

export interface LifeOptions {
  readonly args: readonly string[]
  readonly url: string
  /** Where the outbox is. */
  readonly data: string
  readonly env: NodeJS.ProcessEnv
  /** Watches the folder of the outbox. */
  readonly killer: Killer
  /** Calls the listener at the next delivery. */
  readonly onDelivery: (listener: () => void) => void
}

/** How one life of the server went. */
export interface Life {
  /** Milliseconds from its start until it served; undefined when it did not come to that. */
  readonly readyAfterMs: number | undefined
  /** Milliseconds from when it served until its end. */
  readonly servedMs: number
  /** The write-ahead log ended with a transaction that was not committed. */
  readonly cutOff: boolean
}

/** Those that do not wait for the server to serve. */
const starts: ReadonlySet<Moment> = new Set(['while starting', 'in recovery'])

const entry = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
/** It serves at most about so long. */
const loadMs = 300
/** What the moment waits for should not take longer. */
const patienceMs = 2_000

/** Starts a server, without waiting for it. */
export function startServer({ args, env }: Pick<LifeOptions, 'args' | 'env'>): Program {
  return start(process.execPath, [entry, 'serve', ...args], { env })
}

/** Resolves when the server takes alerts; false when it ended before. */
export async function isServing(url: string, program: Program): Promise<boolean> {
  return waitFor(
    'the server taking alerts',
    async () => {
      if (program.child.exitCode !== null || program.child.signalCode !== null) return false
      const answer = await fetch(`${url}/-/ready`).catch(() => undefined)
      return answer?.ok === true ? true : undefined
    },
    { timeoutMs: 60_000, describe: program.output },
  )
}

/** Starts a server, kills it at such a moment, and says how that went. `usualStartMs`: how long it takes until it serves. */
export async function liveUntil(moment: Moment, options: LifeOptions, usualStartMs: number): Promise<Life> {
  const startedAt = performance.now()
  const program = startServer(options)
  let readyAt: number | undefined
  const serving = isServing(options.url, program).then((serves) => {
    if (serves) readyAt = performance.now()
  })
  const killed = Promise.withResolvers<undefined>()
  const kill = (): void => {
    program.child.kill('SIGKILL')
    killed.resolve(undefined)
  }
  const killAtChange = (afterMs: number, file?: string): void => {
    const order = { pid: program.child.pid ?? 0, afterMs, ...(file === undefined ? {} : { file }) }
    options.killer.order(order, () => killed.resolve(undefined))
  }
  const strike: Readonly<Record<Moment, () => void>> = {
    'under load': kill,
    'in a commit': () => killAtChange(0, 'outbox.db-wal'),
    'in a send': () => options.onDelivery(kill),
    'in a settle': () => options.onDelivery(() => setTimeout(kill, Math.random() * 10)),
    'while starting': () => setTimeout(kill, Math.random() * usualStartMs),
    'in recovery': () => killAtChange(Math.random() * 20),
  }
  if (!starts.has(moment)) await serving.then(() => pause(Math.random() * loadMs))
  strike[moment]()
  const late = setTimeout(kill, patienceMs + usualStartMs)
  await killed.promise
  const killedAt = performance.now()
  clearTimeout(late)
  options.killer.cancel()
  await program.stop('SIGKILL')
  await serving
  if (program.child.signalCode !== 'SIGKILL') throw new Error(`the server ended by itself\n${program.output()}`)
  return {
    readyAfterMs: readyAt === undefined ? undefined : readyAt - startedAt,
    servedMs: readyAt === undefined ? 0 : Math.max(0, killedAt - readyAt),
    cutOff: hasCutOffTransaction(join(options.data, 'outbox.db-wal')),
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Bytes of the log's header and of each frame's: https://www.sqlite.org/fileformat.html#the_write_ahead_log */
const headerBytes = 32
const frameHeaderBytes = 24

/** Whether the last frames of a write-ahead log belong to a transaction without its end. */
function hasCutOffTransaction(file: string): boolean {
  if (!existsSync(file)) return false
  const log = readFileSync(file)
  if (log.length < headerBytes) return false
  const frameBytes = frameHeaderBytes + log.readUInt32BE(8)
  const salt = log.subarray(16, 24)
  let ended = true
  for (let at = headerBytes; at + frameHeaderBytes <= log.length; at += frameBytes) {
    if (!log.subarray(at + 8, at + 16).equals(salt)) break
    ended = log.readUInt32BE(at + 4) !== 0 && at + frameBytes <= log.length
  }
  return !ended
}
