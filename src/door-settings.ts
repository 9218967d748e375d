import { defaults } from './cli/defaults.ts'
import { SettingsError } from './model/errors.ts'
import { type Flags } from './flags.ts'

/** The door's files, and how much one address may post. */
export interface DoorSettings {
  readonly credentials: {
    readonly ingest: string | undefined
    readonly read: string | undefined
    readonly admin: string | undefined
  }
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa: string | undefined } | undefined
  /** Posts a second that one address may send; 0 for any number. */
  readonly postsPerSecond: number
}

/** Flags → DoorSettings. Throws SettingsError. */
export function readDoorSettings(flags: Flags): DoorSettings {
  return Object.freeze({
    credentials: {
      ingest: file(flags['ingestCredentials']),
      read: file(flags['readCredentials']),
      admin: file(flags['adminCredentials']),
    },
    tls: tls(file(flags['tlsCert']), file(flags['tlsKey']), file(flags['tlsClientCa'])),
    postsPerSecond: rate(file(flags['sourceRate']) ?? defaults.sourceRate),
  })
}

function file(value: Flags[string]): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function tls(cert: string | undefined, key: string | undefined, clientCa: string | undefined): DoorSettings['tls'] {
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa }
  if (cert !== undefined) throw new SettingsError('--tls-cert needs --tls-key, the private key of the certificate')
  if (key !== undefined) throw new SettingsError('--tls-key needs --tls-cert, the certificate of the key')
  if (clientCa !== undefined) throw new SettingsError('--tls-client-ca needs --tls-cert and --tls-key')
  return undefined
}

function rate(value: string): number {
  if (/^\d{1,9}$/u.test(value)) return Number(value)
  throw new SettingsError(`--source-rate: ${JSON.stringify(value)} is not a whole number of posts a second`)
}
