import { SettingsError } from '../model/errors.ts'
import {
  changeEach,
  changeMatching,
  findEach,
  findMatching,
  nothingYet,
  type Change,
  type Matching,
  type Progress,
} from './dead-letter-steps.ts'
import { exitCode } from './exit-code.ts'
import { printDeadLetters } from './listings.ts'
import { plural, printJson } from './print.ts'
import { checkedId, filterOf, limitOf } from './server-flags.ts'
import { type RemoteServer, type Terminal, type VerbFlags } from './toolbox.ts'

/** A change as it was asked for. */
export interface AskedChange {
  readonly change: Change
  readonly ids: readonly string[]
  readonly flags: VerbFlags
}

type Choice = { readonly ids: readonly string[] } | Matching

/** `dead-letters replay` and `dead-letters discard`, of some ids or of all that match. */
export async function changeDeadLetters(terminal: Terminal, server: RemoteServer, asked: AskedChange): Promise<number> {
  const { change, flags } = asked
  const progress = await follow(terminal, change, begin(server, choose(asked), asked))
  if (flags['output'] === 'json') printJson(terminal, progress)
  else printProgress(terminal, change, progress)
  for (const id of progress.missing) terminal.err(`There is no dead letter ${id}.\n`)
  return progress.count === 0 || progress.missing.length > 0 ? exitCode.problems : exitCode.ok
}

function begin(server: RemoteServer, choice: Choice, { change, flags }: AskedChange): AsyncGenerator<Progress> {
  if (flags['dryRun'] === true) return 'ids' in choice ? findEach(server, choice.ids) : findMatching(server, choice)
  return 'ids' in choice ? changeEach(server, change, choice.ids) : changeMatching(server, change, choice)
}

/** The last step's progress; when a step fails, what was changed before it is told at least. */
async function follow(terminal: Terminal, change: Change, steps: AsyncGenerator<Progress>): Promise<Progress> {
  let progress = nothingYet
  try {
    for await (const step of steps) progress = step
    return progress
  } catch (error) {
    if (progress.count > 0) terminal.err(`${sentence(change, progress.count, 'were')}, then:\n`)
    throw error
  }
}

/** Which are meant. Everything only for those who say so. Throws SettingsError. */
function choose({ change, ids, flags }: AskedChange): Choice {
  const filter = filterOf(flags)
  const limit = limitOf(flags)
  const filtered = Object.keys(filter).length > 0
  const all = flags['all'] === true
  if (ids.length > 0) {
    if (!filtered && !all && limit === undefined) return { ids: [...new Set(ids.map((id) => checkedId(change, id)))] }
    throw new SettingsError(`${change} takes ids, or --all or filters with or without --limit, not both`)
  }
  if (filtered && all) throw new SettingsError(`--all means every dead letter; leave it out to ${change} what matches`)
  if (filtered || all) return { filter, limit }
  throw new SettingsError(
    `say which dead letters to ${change}: ids, --receiver, --tenant, --channel or --reason, or --all`,
  )
}

function printProgress(terminal: Terminal, change: Change, { count, more, deadLetters }: Progress): void {
  if (deadLetters !== undefined) {
    printDeadLetters(terminal, deadLetters)
    const beyond = more ? '; there may be more than these' : ''
    terminal.out(`${sentence(change, count, 'would be')}${beyond}; nothing was changed\n`)
    return
  }
  terminal.out(`${sentence(change, count, 'were')}${more ? '; others match' : ''}\n`)
}

function sentence(change: Change, count: number, verb: 'were' | 'would be'): string {
  const said = verb === 'were' && count === 1 ? 'was' : verb
  return `${plural(count, 'dead letter')} ${said} ${change === 'replay' ? 'put back into the outbox' : 'discarded'}`
}
