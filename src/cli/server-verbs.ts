import { type Command } from 'commander'
import { changeDeadLetters } from './dead-letter-changes.ts'
import { type Change } from './dead-letter-steps.ts'
import { showDeadLetter } from './dead-letter.ts'
import { listDeadLetters, listHistory, listOutbox } from './listings.ts'
import { addConnectionFlags, addFilterFlags, addOutputFlag, addReceiverFlag } from './server-flags.ts'
import { type RemoteServer, type Terminal, type Toolbox, type VerbFlags } from './toolbox.ts'

const reach = `
In a cluster, \`kubectl port-forward -n notification-manager-system svc/notification-manager-svc 19093\` brings the server to where
--server looks for it. No proxy is used, and no redirect followed.`

const listHelp = `${reach}

Exit codes: 0 something is listed, 1 nothing matches, 2 the server could not be asked.`

const groupHelp = `
Examples:
  notification-manager dead-letters list --tenant payments
  notification-manager dead-letters show 2f1e6a52-58c4-4c0e-9a4e-0d7f1f0c8f11
  notification-manager dead-letters replay --receiver EmailReceiver/payments-on-call --dry-run
  notification-manager dead-letters discard --reason tooOld --server https://notify.example.com --credentials ./token
${listHelp}`

const showHelp = `${reach}

Exit codes: 0 shown, 1 there is no such dead letter, 2 the server could not be asked.`

const examples: Readonly<Record<Change, string>> = {
  replay: `
Examples:
  notification-manager dead-letters replay 2f1e6a52-58c4-4c0e-9a4e-0d7f1f0c8f11
  notification-manager dead-letters replay --receiver EmailReceiver/payments-on-call --dry-run
  notification-manager dead-letters replay --reason authError --limit 50
  notification-manager dead-letters replay --all

The oldest go first. What dies again meanwhile is not replayed a second time.`,
  discard: `
Examples:
  notification-manager dead-letters discard 2f1e6a52-58c4-4c0e-9a4e-0d7f1f0c8f11
  notification-manager dead-letters discard --tenant shop --reason tooOld --dry-run
  notification-manager dead-letters discard --all

The oldest go first. What is discarded is gone; history remembers that there was something.`,
}

/** Carries a code out. */
type Done = (code: number) => void

/** The verbs that ask a running server. */
export function addServerVerbs(program: Command, toolbox: Toolbox, done: Done): void {
  addDeadLetters(program, toolbox, done)
  const outbox = program.command('outbox').description('See what waits to be told by a running server')
  addReceiverFlag(addListing(outbox.command('list')))
    .description('List what waits, oldest first, with why and until when')
    .action(async (flags: VerbFlags) => done(await ask(toolbox, flags, listOutbox)))
  addReceiverFlag(addListing(program.command('history')))
    .description('List what became of notifications of a running server, youngest first: every attempt and its outcome')
    .option('--notification <id>', 'of this notification only')
    .action(async (flags: VerbFlags) => done(await ask(toolbox, flags, listHistory)))
}

function addDeadLetters(program: Command, toolbox: Toolbox, done: Done): void {
  const group = program
    .command('dead-letters')
    .description('List, show, replay and discard what a running server has given up to deliver')
    .addHelpText('after', groupHelp)
  addFilterFlags(addListing(group.command('list')))
    .description('List dead letters, youngest first')
    .action(async (flags: VerbFlags) => done(await ask(toolbox, flags, listDeadLetters)))
  addOutputFlag(addConnectionFlags(group.command('show').argument('<id>', 'of a dead letter, as `list` prints it')))
    .description('Show one dead letter: what it was to tell whom, and why it was given up')
    .option('--limit <alerts>', 'how many of its alerts are shown, at most 1000', '100')
    .addHelpText('after', showHelp)
    .action(async (id: string, flags: VerbFlags) =>
      done(await ask(toolbox, flags, (terminal, server) => showDeadLetter(terminal, server, { id, flags }))),
    )
  addChange(group, 'replay', toolbox, done).description('Put dead letters back into the outbox, due at once')
  addChange(group, 'discard', toolbox, done).description('Delete dead letters for good')
}

function addListing(command: Command): Command {
  return addOutputFlag(addConnectionFlags(command))
    .option('--limit <count>', 'how many are listed, at most 1000', '100')
    .addHelpText('after', listHelp)
}

function addChange(group: Command, change: Change, toolbox: Toolbox, done: Done): Command {
  const command = addConnectionFlags(
    group.command(change).argument('[id...]', 'of dead letters, as `list` prints them'),
  )
  return addOutputFlag(addFilterFlags(command))
    .option('--all', `${change} every dead letter`)
    .option('--limit <count>', `${change} no more of those that match (default: all of them)`)
    .option('--dry-run', `list what it would ${change}, and change nothing`)
    .addHelpText('after', `${examples[change]}\n${changeHelp}`)
    .action(async (ids: string[], flags: VerbFlags) =>
      done(
        await ask(toolbox, flags, (terminal, server) => changeDeadLetters(terminal, server, { change, ids, flags })),
      ),
    )
}

const changeHelp = `${reach}

Exit codes: 0 done, 1 nothing matches or an id is no dead letter's, 2 the server could not be asked, or refused.`

async function ask(
  toolbox: Toolbox,
  flags: VerbFlags,
  verb: (terminal: Terminal, server: RemoteServer, flags: VerbFlags) => Promise<number>,
): Promise<number> {
  const server = await toolbox.connect(flags)
  try {
    return await verb(toolbox.terminal, server, flags)
  } finally {
    await server.close()
  }
}
