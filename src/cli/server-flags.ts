import { type Command, Option } from 'commander'
import { SettingsError } from '../model/errors.ts'
import { defaults } from './defaults.ts'
import { type VerbFlags } from './toolbox.ts'

/** Most records of one answer of a server. */
export const maxRecords = 1_000

/** The flags of every verb that asks a running server. */
export function addConnectionFlags(command: Command): Command {
  return command
    .option('--server <url>', `the server's address (default: $NOTIFICATION_MANAGER_SERVER, then "${defaults.server}")`)
    .option('--credentials <file>', 'a file whose first line is a bearer token or user:password')
    .option('--ca <file>', "authorities to trust instead of the system's (PEM)")
    .option('--cert <file>', 'client certificate (PEM)')
    .option('--key <file>', 'private key of --cert (PEM)')
    .option('--tls-server-name <name>', "name in the server's certificate, where --server does not have it")
}

/** Which records: those of one receiver. */
export function addReceiverFlag(command: Command): Command {
  return command.option('--receiver <kind/name>', 'of this receiver only, for example EmailReceiver/administrators')
}

/** Which dead letters: those that have all of these. */
export function addFilterFlags(command: Command): Command {
  return addReceiverFlag(command)
    .option('--tenant <tenant>', 'of this tenant only; "" for global receivers')
    .option('--channel <channel>', 'of this channel only, for example email')
    .option('--reason <reason>', 'given up for this reason only, for example authError')
}

/** `-o text|json`. */
export function addOutputFlag(command: Command): Command {
  const json = 'text for people, json (what the server answers) for machines'
  return command.addOption(new Option('-o, --output <format>', json).choices(['text', 'json']).default('text'))
}

const filters = ['receiver', 'tenant', 'channel', 'reason'] as const

/** The filters that are given, by the names that the API has for them. Throws SettingsError. */
export function filterOf(flags: VerbFlags): Readonly<Record<string, string>> {
  const given = filters.flatMap((name): readonly (readonly [string, string])[] => {
    const value = flags[name]
    return typeof value === 'string' ? [[name, value]] : []
  })
  const filter = Object.fromEntries(given)
  const { receiver } = filter
  if (receiver === undefined || /^[A-Za-z]{1,63}\/[^/]{1,253}$/u.test(receiver)) return filter
  throw new SettingsError(`--receiver: ${JSON.stringify(receiver)} is not Kind/name, as EmailReceiver/administrators`)
}

/** The number of `--limit`, at most `most`; undefined without it. Throws SettingsError. */
export function limitOf(flags: VerbFlags, most: number = Number.MAX_SAFE_INTEGER): number | undefined {
  const value = flags['limit']
  if (typeof value !== 'string') return undefined
  const limit = Number(value)
  if (/^\d+$/u.test(value) && limit >= 1 && limit <= most) return limit
  const range = most === Number.MAX_SAFE_INTEGER ? 'above 0' : `from 1 to ${most}`
  throw new SettingsError(`--limit: ${JSON.stringify(value)} is not a whole number ${range}`)
}

/** An id for a path. Throws SettingsError for what cannot be one. */
export function checkedId(flag: string, id: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/u.test(id)) return id
  throw new SettingsError(`${flag}: ${JSON.stringify(id)} is not an id as \`dead-letters list\` prints them`)
}
