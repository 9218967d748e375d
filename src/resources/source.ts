import { type Logger } from '../model/ports.ts'
import { formatProblem } from '../model/problem.ts'
import { type Snapshot } from '../rules/snapshot.ts'
import { type HeldSecrets } from './secret-store.ts'

/** Takes a snapshot; the next one is not handed over before it resolves. */
export type OnSnapshot = (snapshot: Snapshot) => void | Promise<void>

/** Where resources come from. */
export interface ResourceSource {
  /**
   * Reads, hands the first snapshot over, and from then on each one that differs from the last in content or problems. Resolves
   * when the first was handed over; watching ends with the signal or `close`.
   */
  start(onSnapshot: OnSnapshot, signal: AbortSignal): Promise<void>
  /** Reads everything anew, hands the snapshot over when it differs, and gives it back. */
  reload(): Promise<Snapshot>
  readonly secrets: HeldSecrets
  close(): Promise<void>
}

const maxLogged = 20

/** Logs the problems of a snapshot that were not there before, the first of them only when there are many. */
export function logNewProblems(logger: Logger, snapshot: Snapshot, before: Snapshot | undefined): void {
  const known = new Set(before?.problems.map(formatProblem))
  const lines = snapshot.problems.map(formatProblem).filter((line) => !known.has(line))
  for (const line of lines.slice(0, maxLogged)) logger.warn({ problem: line }, 'a manifest has a problem')
  if (lines.length > maxLogged) logger.warn({ more: lines.length - maxLogged }, 'more manifests have problems')
}
