import { defaults } from './cli/defaults.ts'
import { SettingsError } from './model/errors.ts'
import { type Environment, type Flags } from './flags.ts'

/** Which running server is asked, and the files that prove who asks. */
export interface RemoteSettings {
  /** Ends in a slash. */
  readonly url: URL
  readonly credentials: string | undefined
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly tlsServerName: string | undefined
}

/** Flags and environment → RemoteSettings. Throws SettingsError. */
export function readRemoteSettings(flags: Flags, environment: Environment): RemoteSettings {
  const named = text(flags['server'])
  const settings = {
    url: readUrl(named ?? text(environment['NOTIFICATION_MANAGER_SERVER']) ?? defaults.server),
    credentials: text(flags['credentials']),
    ca: text(flags['ca']),
    cert: text(flags['cert']),
    key: text(flags['key']),
    tlsServerName: text(flags['tlsServerName']),
  }
  const { ca, cert, key, tlsServerName } = settings
  if (cert !== undefined && key === undefined) throw new SettingsError('--cert needs --key, its private key')
  if (key !== undefined && cert === undefined) throw new SettingsError('--key needs --cert, the certificate of the key')
  if (settings.url.protocol === 'http:' && (ca ?? cert ?? tlsServerName) !== undefined) {
    throw new SettingsError('--ca, --cert, --key and --tls-server-name are for an https address of --server')
  }
  return Object.freeze(settings)
}

function text(value: Flags[string]): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function readUrl(value: string): URL {
  const url = URL.parse(value)
  if (url === null || !/^https?:$/u.test(url.protocol) || url.search + url.hash !== '') {
    throw new SettingsError(`--server: ${JSON.stringify(value)} is not an address such as ${defaults.server}`)
  }
  if (url.username + url.password !== '') {
    throw new SettingsError('--server: leave user and password out of the address; give a file with --credentials')
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}
