import { type KubeConfig } from '@kubernetes/client-node'
import { type Clock } from '../model/ports.ts'
import { tokenFileAuthenticator } from './client-token-file.ts'

/** What TLS to the API server is made with, PEM. */
export interface TlsMaterial {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

/** How a request reaches the API server and says who it is from. */
export interface Access {
  readonly server: URL
  readonly proxy?: string
  readonly tls: TlsMaterial
  /** `authorization`, and whom to impersonate. */
  readonly headers: Readonly<Record<string, string>>
}

/** The credentials of one kubeconfig or service account. */
export interface Credentials {
  readonly server: URL
  /** What is in force now: files are read anew. Throws what the file system or a credential plugin throws. */
  current(): Promise<Access>
  /** What to try after the server refused these with 401; undefined when there is nothing newer. */
  renew(refused: Access): Promise<Access | undefined>
}

/** What client-node writes into the options of a request of Node's own client. */
interface RequestOptions {
  readonly headers: Record<string, unknown>
  readonly auth?: string
  readonly ca?: unknown
  readonly cert?: unknown
  readonly key?: unknown
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

/** So that a refused credential does not make every request read the configuration and run its credential plugin. */
const minReloadMs = 1_000

/** Credentials out of what `load` reads; it is called again when the server refuses what was read before. */
export function createCredentials(load: () => KubeConfig, clock: Clock): Credentials {
  let config = withTokenFiles(load())
  let loadedAt = clock.now()

  function reload(): void {
    if (Math.abs(clock.now() - loadedAt) < minReloadMs) return
    loadedAt = clock.now()
    try {
      config = withTokenFiles(load())
    } catch {
      // The file is being rewritten, or broken: what was read before stays, and the 401 is what the caller sees.
    }
  }

  return {
    server: serverOf(config),
    current: () => accessOf(config),
    async renew(refused) {
      const present = await accessOf(config)
      if (!sameIdentity(present, refused)) return present
      reload()
      const loaded = await accessOf(config)
      return sameIdentity(loaded, refused) ? undefined : loaded
    },
  }
}

function withTokenFiles(config: KubeConfig): KubeConfig {
  config.addAuthenticator(tokenFileAuthenticator)
  return config
}

function serverOf(config: KubeConfig): URL {
  return new URL(config.getCurrentCluster()?.server ?? '')
}

async function accessOf(config: KubeConfig): Promise<Access> {
  const options: RequestOptions = { headers: {} }
  try {
    await config.applyToHTTPSOptions(options)
  } catch (error) {
    throw new Error(describeFailure(error, config))
  }
  const proxy = config.getCurrentCluster()?.proxyUrl
  return {
    server: serverOf(config),
    ...(proxy === undefined ? {} : { proxy }),
    tls: {
      ...pem('ca', options.ca),
      ...pem('cert', options.cert),
      ...pem('key', options.key),
      ...(options.servername === undefined ? {} : { servername: options.servername }),
      ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
    },
    headers: headersOf(options),
  }
}

/** What a credential plugin printed may hold the credential itself; the errors of the operating system name files only. */
function describeFailure(error: unknown, config: KubeConfig): string {
  if (error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string') {
    return `the credentials cannot be read: ${error.message}`
  }
  const { command } = (config.getCurrentUser()?.exec ?? {}) as { readonly command?: unknown }
  return typeof command === 'string'
    ? `the credential plugin ${command} failed: run it by hand to see why`
    : 'the credentials cannot be read, or their provider did not renew them'
}

function pem<Name extends string>(name: Name, value: unknown): { readonly [name in Name]?: string } {
  if (!Buffer.isBuffer(value) && typeof value !== 'string') return {}
  return { [name]: value.toString() } as { readonly [name in Name]?: string }
}

function headersOf({ headers, auth }: RequestOptions): Readonly<Record<string, string>> {
  const basic = auth === undefined ? {} : { authorization: `Basic ${Buffer.from(auth).toString('base64')}` }
  const given = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), String(value)])
  return { ...basic, ...Object.fromEntries(given) }
}

function sameIdentity(one: Access, other: Access): boolean {
  return JSON.stringify([one.headers, one.tls]) === JSON.stringify([other.headers, other.tls])
}
