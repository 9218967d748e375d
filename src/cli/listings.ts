import { isRecord, own } from '../api/json-schema.ts'
import { exitCode } from './exit-code.ts'
import { alignColumns, printable, shortened } from './printable.ts'
import { paint, plural, printJson } from './print.ts'
import { askFor, countOf, recordsOf, textOf, timeOf, type Fields } from './server-answers.ts'
import { checkedId, filterOf, limitOf, maxRecords } from './server-flags.ts'
import { type RemoteServer, type Terminal, type VerbFlags } from './toolbox.ts'

/** More of a detail than this would break the lines of most terminals; `-o json` has it whole. */
const maxDetail = 100

/** Title of a column → what stands in it. */
type Columns = Readonly<Record<string, (record: Fields) => string>>

const id = (record: Fields): string => textOf(record, 'notification')
const receiver = (record: Fields): string => textOf(record, 'receiver')
const tenant = (record: Fields): string => textOf(record, 'tenant') || '-'
const reason = (record: Fields): string => textOf(record, 'reason') || '-'
const detail = (record: Fields): string => shortened(textOf(record, 'detail'), maxDetail)

const deadLetters: Columns = {
  id,
  receiver,
  tenant,
  reason,
  died: (record) => timeOf(record, 'diedAt'),
  alerts: (record) => textOf(record, 'alertCount'),
  detail,
}
const pending: Columns = {
  id,
  receiver,
  tenant,
  accepted: (record) => timeOf(record, 'acceptedAt'),
  attempts: (record) => textOf(record, 'attempts'),
  next: (record) => timeOf(record, 'nextAttemptAt'),
  reason,
  detail,
}
const history: Columns = {
  at: (record) => timeOf(record, 'at'),
  id,
  receiver,
  tenant,
  alerts: (record) => textOf(record, 'alerts'),
  attempt: (record) => textOf(record, 'attempt'),
  outcome: (record) => textOf(record, 'outcome'),
  reason,
  detail,
}

/** `dead-letters list`. */
export async function listDeadLetters(terminal: Terminal, server: RemoteServer, flags: VerbFlags): Promise<number> {
  const query = { ...filterOf(flags), limit: String(limitOf(flags, maxRecords)) }
  const answer = await askFor(server, { method: 'GET', path: 'api/v1/dead-letters', query })
  const records = recordsOf(answer, 'deadLetters')
  if (flags['output'] === 'json') printJson(terminal, answer)
  else printDeadLetters(terminal, records)
  return finish(terminal, records, flags, 'dead letter')
}

/** Dead letters as a table. */
export function printDeadLetters(terminal: Terminal, records: readonly Fields[]): void {
  printTable(terminal, deadLetters, records)
}

/** `outbox list`. */
export async function listOutbox(terminal: Terminal, server: RemoteServer, flags: VerbFlags): Promise<number> {
  const query = { ...filterOf(flags), limit: String(limitOf(flags, maxRecords)) }
  const answer = await askFor(server, { method: 'GET', path: 'api/v1/outbox', query })
  const records = recordsOf(answer, 'pending')
  if (flags['output'] === 'json') printJson(terminal, answer)
  else {
    printTable(terminal, pending, records)
    const counts = own(answer, 'counts')
    if (isRecord(counts)) terminal.out(`${countOf(counts, 'pending')} waiting, ${countOf(counts, 'dead')} dead\n`)
  }
  return finish(terminal, records, flags, 'waiting notification')
}

/** `history`. */
export async function listHistory(terminal: Terminal, server: RemoteServer, flags: VerbFlags): Promise<number> {
  const { notification } = flags
  const query = {
    ...filterOf(flags),
    ...(typeof notification === 'string' ? { notification: checkedId('--notification', notification) } : {}),
    limit: String(limitOf(flags, maxRecords)),
  }
  const answer = await askFor(server, { method: 'GET', path: 'api/v1/history', query })
  const records = recordsOf(answer, 'history')
  if (flags['output'] === 'json') printJson(terminal, answer)
  else printTable(terminal, history, records)
  return finish(terminal, records, flags, 'history record')
}

function printTable(terminal: Terminal, columns: Columns, records: readonly Fields[]): void {
  if (records.length === 0) return
  const cells = records.map((record) => Object.values(columns).map((cell) => printable(cell(record))))
  const [head = '', ...lines] = alignColumns([Object.keys(columns).map((title) => title.toUpperCase()), ...cells])
  terminal.out(`${paint(terminal, 'bold', head)}\n${lines.map((line) => `${line}\n`).join('')}`)
}

/** Says on standard error what a table cannot: that it is empty, or that it was cut. */
function finish(terminal: Terminal, records: readonly Fields[], flags: VerbFlags, what: string): number {
  if (records.length === 0) {
    terminal.err(`No ${what} matches.\n`)
    return exitCode.problems
  }
  if (records.length === limitOf(flags)) {
    terminal.err(`These are ${plural(records.length, what)}, as many as --limit says; there may be more.\n`)
  }
  return exitCode.ok
}
