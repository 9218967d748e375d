import { X509Certificate, createPrivateKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import {
  KubeConfig,
  bufferFromFileOrString,
  loadYaml,
  type Cluster,
  type Context,
  type User,
} from '@kubernetes/client-node'
import { SettingsError } from '../model/errors.ts'
import { tokenFileProvider } from './client-token-file.ts'

/** The API server as a pod finds it: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
export interface InCluster {
  readonly host: string
  readonly port: string
  /** Where the service account's token and CA are mounted. */
  readonly folder?: string
}

/** Where the way to the API server is written. */
export interface ConfigOptions {
  /** kubeconfig files as `--kubeconfig` or KUBECONFIG lists them; of a name that stands in several the first one counts. */
  readonly kubeconfigs?: readonly string[]
  /** The context to use instead of the files' current one. */
  readonly context?: string
  /** Used when no kubeconfig is given. */
  readonly inCluster?: InCluster
  /** Whose `.kube/config` is used when nothing else is given. */
  readonly home?: string
}

interface Entries {
  readonly clusters: readonly Cluster[]
  readonly users: readonly User[]
  readonly contexts: readonly Context[]
  readonly current: string | undefined
}

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Reads the way to the API server: the files given, else the pod's own account, else `~/.kube/config`, in the order that
 * controllers know (https://pkg.go.dev/sigs.k8s.io/controller-runtime/pkg/client/config#GetConfig). Throws SettingsError, which
 * names the file and the context, and holds nothing of what the file says about credentials.
 */
export function loadKubeConfig(options: ConfigOptions): KubeConfig {
  const { kubeconfigs = [], context, inCluster, home = homedir() } = options
  if (kubeconfigs.length > 0) return fromFiles(kubeconfigs, context)
  if (inCluster !== undefined && context === undefined) return fromPod(inCluster)
  const own = join(home, '.kube', 'config')
  if (existsSync(own)) return fromFiles([own], context)
  throw new SettingsError(
    `no Kubernetes cluster to talk to: give --kubeconfig FILE or set KUBECONFIG; there is no ${own}, and this is not a pod`,
  )
}

function fromFiles(files: readonly string[], context: string | undefined): KubeConfig {
  const existing = files.filter((file) => existsSync(file))
  if (existing.length === 0) throw new SettingsError(`kubeconfig ${files.join(', ')}: there is no such file`)
  const entries = existing.map(readEntries)
  const name = context ?? entries.find(({ current }) => current !== undefined)?.current
  return assemble(
    {
      clusters: firstOfEachName(entries.flatMap(({ clusters }) => clusters)),
      users: firstOfEachName(entries.flatMap(({ users }) => users)),
      contexts: firstOfEachName(entries.flatMap(({ contexts }) => contexts)),
      current: name,
    },
    `kubeconfig ${existing.join(', ')}`,
  )
}

function fromPod({ host, port, folder = serviceAccountFolder }: InCluster): KubeConfig {
  const tokenFile = join(folder, 'token')
  if (!existsSync(tokenFile)) {
    throw new SettingsError(
      `${tokenFile}: there is no service account token in this pod: automountServiceAccountToken must not be false`,
    )
  }
  const name = 'in-cluster'
  return assemble(
    {
      clusters: [
        {
          name,
          server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
          caFile: join(folder, 'ca.crt'),
          skipTLSVerify: false,
        },
      ],
      users: [{ name, authProvider: tokenFileProvider(tokenFile) }],
      contexts: [{ name, cluster: name, user: name }],
      current: name,
    },
    'the service account of this pod',
  )
}

function readEntries(file: string): Entries {
  const config = new KubeConfig()
  try {
    const text = readFileSync(file, 'utf8')
    config.loadFromString(text)
    config.makePathsAbsolute(dirname(resolve(file)))
    const tokenFiles = tokenFilesOf(loadYaml(text), dirname(resolve(file)))
    return {
      clusters: config.clusters,
      users: config.users.map((user) => withTokenFile(user, tokenFiles.get(user.name))),
      contexts: config.contexts,
      current: typeof config.currentContext === 'string' ? config.currentContext : undefined,
    }
  } catch (error) {
    throw new SettingsError(`kubeconfig ${file}: ${describeFault(error)}`)
  }
}

/** A YAML parser's own message quotes the lines around the fault, which may hold a token. */
function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be read'
  if (error.name !== 'YAMLException') return error.message
  const line = (error as { readonly mark?: { readonly line?: number } }).mark?.line
  return line === undefined ? 'it is not YAML' : `it is not YAML: see line ${line + 1}`
}

/** client-node does not know `tokenFile` of a user: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo */
function tokenFilesOf(document: unknown, folder: string): ReadonlyMap<string, string> {
  const { users } = document as { readonly users?: unknown }
  if (!Array.isArray(users)) return new Map()
  const named = users as readonly { readonly name?: unknown; readonly user?: { readonly tokenFile?: unknown } | null }[]
  return new Map(
    named.flatMap(({ name, user }) =>
      typeof name === 'string' && typeof user?.tokenFile === 'string' ? [[name, resolve(folder, user.tokenFile)]] : [],
    ),
  )
}

function withTokenFile(user: User, tokenFile: string | undefined): User {
  if (tokenFile === undefined) return user
  const provided = { ...user, authProvider: tokenFileProvider(tokenFile) }
  // The file's content takes precedence over a token beside it.
  delete (provided as { token?: string }).token
  return provided
}

function firstOfEachName<Entry extends { readonly name: string }>(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ name }, place) => entries.findIndex((other) => other.name === name) === place)
}

function assemble({ clusters, users, contexts, current }: Entries, where: string): KubeConfig {
  if (current === undefined || current === '') {
    throw new SettingsError(`${where}: it has no current context: choose one with --context: ${namesOf(contexts)}`)
  }
  const context = contexts.find(({ name }) => name === current)
  if (context === undefined) {
    throw new SettingsError(`${where}: there is no context ${JSON.stringify(current)}; there is ${namesOf(contexts)}`)
  }
  const place = `${where}, context ${current}`
  const cluster = clusters.find(({ name }) => name === context.cluster)
  if (cluster === undefined) throw new SettingsError(`${place}: there is no cluster ${JSON.stringify(context.cluster)}`)
  const user = users.find(({ name }) => name === context.user)
  if (user === undefined) throw new SettingsError(`${place}: its user is not there`)
  checkServer(cluster, place)
  checkCertificates(cluster, user, place)
  const config = new KubeConfig()
  config.loadFromOptions({ clusters: [cluster], users: [user], contexts: [context], currentContext: current })
  return config
}

const namesOf = (contexts: readonly Context[]): string => contexts.map(({ name }) => name).join(', ') || 'none'

function checkServer(cluster: Cluster, place: string): void {
  if (!URL.canParse(cluster.server) || !/^https?:/u.test(cluster.server)) {
    throw new SettingsError(
      `${place}: server ${JSON.stringify(withoutUserInfo(cluster.server))} is not an https address`,
    )
  }
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    throw new SettingsError(
      `${place}: server ${withoutUserInfo(cluster.server)} has no TLS, so a credential would travel in the open; insecure-skip-tls-verify: true permits it`,
    )
  }
  if (cluster.proxyUrl !== undefined && !/^(?:https?|socks5?):\/\/./u.test(cluster.proxyUrl)) {
    throw new SettingsError(`${place}: proxy-url is not an http, https or socks5 address`)
  }
}

function withoutUserInfo(address: unknown): string {
  return String(address).replace(/^([^/]*\/\/)?.*@/su, '$1')
}

/** Finds at the start what TLS would otherwise say, less clearly, on every connection. */
function checkCertificates(cluster: Cluster, user: User, place: string): void {
  const read = (
    what: string,
    file: string | undefined,
    data: string | undefined,
    check: (pem: Buffer) => unknown,
  ): void => {
    try {
      const pem = bufferFromFileOrString(file, data)
      if (pem !== null) check(pem)
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      const from = file === undefined ? `${what}-data` : `${what} ${file}`
      throw new SettingsError(`${place}: ${from} ${missing ? 'does not exist' : 'cannot be read as PEM'}`)
    }
  }
  read('certificate-authority', cluster.caFile, cluster.caData, (pem) => new X509Certificate(pem))
  read('client-certificate', user.certFile, user.certData, (pem) => new X509Certificate(pem))
  read('client-key', user.keyFile, user.keyData, (pem) => createPrivateKey(pem))
}
