import { isRecord, own } from '../api/json-schema.ts'
import { askFor, askForOne, countOf, recordsOf, textOf, type Fields } from './server-answers.ts'
import { maxRecords } from './server-flags.ts'
import { type RemoteServer } from './toolbox.ts'

/** What is done to dead letters. */
export type Change = 'replay' | 'discard'

/** Those that have all of this; without anything, all of them. */
export interface Matching {
  readonly filter: Readonly<Record<string, string>>
  /** How many at most, the oldest. */
  readonly limit: number | undefined
}

/** How far a change is, or what it would change. */
export interface Progress {
  readonly count: number
  /** Ids that are no dead letters. */
  readonly missing: readonly string[]
  /** Others match. */
  readonly more: boolean
  /** Those that would be changed, where nothing is. */
  readonly deadLetters?: readonly Fields[]
}

/** Where every change begins. */
export const nothingYet: Progress = { count: 0, missing: [], more: false }

const path = 'api/v1/dead-letters'

/** Changes dead letters one by one. */
export async function* changeEach(
  server: RemoteServer,
  change: Change,
  ids: readonly string[],
): AsyncGenerator<Progress> {
  let progress = nothingYet
  for (const id of ids) {
    const question =
      change === 'replay'
        ? ({ method: 'POST', path: `${path}/${id}/replay` } as const)
        : ({ method: 'DELETE', path: `${path}/${id}` } as const)
    const found = (await askForOne(server, question)) !== undefined
    progress = found ? { ...progress, count: progress.count + 1 } : { ...progress, missing: [...progress.missing, id] }
    yield progress
  }
}

/**
 * Changes all that match, the oldest first, in as many batches as that takes. A replayed one that dies again is the youngest then, so
 * the one that was the youngest before is the last that is taken; and never are there more than were dead when it began.
 */
export async function* changeMatching(
  server: RemoteServer,
  change: Change,
  matching: Matching,
): AsyncGenerator<Progress> {
  const { filter } = matching
  const [last] = await list(server, filter, { limit: 1, order: 'youngest' })
  if (last === undefined) return
  const limit = matching.limit ?? (await countDead(server))
  let progress: Progress = { ...nothingYet, more: true }
  let ended = false
  while (!ended && progress.more && progress.count < limit) {
    const batch = await list(server, filter, { limit: Math.min(maxRecords, limit - progress.count), order: 'oldest' })
    const border = batch.findIndex((letter) => idOf(letter) === idOf(last))
    const amount = border === -1 ? batch.length : border + 1
    if (amount === 0) return
    const body = { ...(Object.keys(filter).length === 0 ? { all: true } : filter), limit: amount }
    const answer = await askFor(server, { method: 'POST', path: `${path}/${change}`, body })
    const count = countOf(answer, 'count')
    progress = { ...progress, count: progress.count + count, more: own(answer, 'more') === true }
    ended = border !== -1 || count === 0
    yield progress
  }
}

/** What `changeEach` would change. */
export async function* findEach(server: RemoteServer, ids: readonly string[]): AsyncGenerator<Progress> {
  const found: Fields[] = []
  const missing: string[] = []
  for (const id of ids) {
    const letter = await askForOne(server, { method: 'GET', path: `${path}/${id}`, query: { limit: '1' } })
    if (letter === undefined) missing.push(id)
    else found.push(letter)
  }
  yield { count: found.length, missing, more: false, deadLetters: found }
}

/** What `changeMatching` would change, as far as one answer tells. */
export async function* findMatching(server: RemoteServer, { filter, limit }: Matching): AsyncGenerator<Progress> {
  const amount = Math.min(maxRecords, limit ?? maxRecords)
  const deadLetters = await list(server, filter, { limit: amount, order: 'oldest' })
  yield { count: deadLetters.length, missing: [], more: deadLetters.length === amount && amount !== limit, deadLetters }
}

async function list(
  server: RemoteServer,
  filter: Readonly<Record<string, string>>,
  { limit, order }: { readonly limit: number; readonly order: 'youngest' | 'oldest' },
): Promise<readonly Fields[]> {
  const query = { ...filter, order, limit: String(limit) }
  return recordsOf(await askFor(server, { method: 'GET', path, query }), 'deadLetters')
}

async function countDead(server: RemoteServer): Promise<number> {
  const counts = own(await askFor(server, { method: 'GET', path: 'api/v1/outbox', query: { limit: '1' } }), 'counts')
  return isRecord(counts) ? countOf(counts, 'dead') : 0
}

function idOf(letter: Fields): string {
  return textOf(letter, 'notification')
}
