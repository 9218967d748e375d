import { isRecord, own } from '../api/json-schema.ts'
import { exitCode } from './exit-code.ts'
import { printable, quoted } from './printable.ts'
import { paint, plural, printJson } from './print.ts'
import { askForOne, countOf, recordsOf, textOf, timeOf, type Fields } from './server-answers.ts'
import { checkedId, limitOf, maxRecords } from './server-flags.ts'
import { type RemoteServer, type Terminal, type VerbFlags } from './toolbox.ts'

/** `dead-letters show`: what it was to tell, and why it was given up. */
export async function showDeadLetter(
  terminal: Terminal,
  server: RemoteServer,
  { id, flags }: { readonly id: string; readonly flags: VerbFlags },
): Promise<number> {
  const path = `api/v1/dead-letters/${checkedId('show', id)}`
  const query = { limit: String(limitOf(flags, maxRecords)) }
  const letter = await askForOne(server, { method: 'GET', path, query })
  if (letter === undefined) {
    terminal.err(`There is no dead letter ${id}.\n`)
    return exitCode.problems
  }
  if (flags['output'] === 'json') printJson(terminal, letter)
  else printLetter(terminal, letter)
  return exitCode.ok
}

function printLetter(terminal: Terminal, letter: Fields): void {
  const alerts = recordsOf(letter, 'alerts')
  const lines: readonly (readonly [string, string])[] = [
    ['id', textOf(letter, 'notification')],
    ['receiver', textOf(letter, 'receiver')],
    ['tenant', textOf(letter, 'tenant') || 'none: a global receiver'],
    ['channel', textOf(letter, 'channel')],
    ['accepted', timeOf(letter, 'acceptedAt')],
    ['died', `${timeOf(letter, 'diedAt')}, after ${plural(countOf(letter, 'attempts'), 'attempt')}`],
    ['reason', textOf(letter, 'reason') || '-'],
    ['detail', textOf(letter, 'detail')],
    ['group', textOf(letter, 'groupKey')],
    ['alerts', textOf(letter, 'alertCount')],
  ]
  for (const [name, value] of lines) terminal.out(`${paint(terminal, 'bold', name.padEnd(8))}  ${printable(value)}\n`)
  for (const alert of alerts) printAlert(terminal, alert)
  const hidden = countOf(letter, 'alertCount') - alerts.length
  if (hidden > 0) terminal.out(paint(terminal, 'dim', `…and ${plural(hidden, 'other alert')}; --limit shows more\n`))
}

function printAlert(terminal: Terminal, alert: Fields): void {
  const status = textOf(alert, 'status')
  const mark = paint(terminal, status === 'resolved' ? 'green' : 'red', printable(status).padEnd(8))
  terminal.out(`${mark}  ${pairsOf(alert, 'labels').join(' ')} since ${printable(textOf(alert, 'startsAt'))}\n`)
  for (const pair of pairsOf(alert, 'annotations')) terminal.out(`          ${pair}\n`)
}

function pairsOf(alert: Fields, field: string): readonly string[] {
  const pairs = own(alert, field)
  return isRecord(pairs) ? Object.keys(pairs).map((name) => `${printable(name)}=${quoted(textOf(pairs, name))}`) : []
}
