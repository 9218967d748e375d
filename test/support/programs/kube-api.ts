import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, requireProgram, start, waitFor, type Program } from './process.ts'

const run = promisify(execFile)

/** A real kube-apiserver over a real etcd, on loopback. No controllers run: Deployments make no pods. */
export interface KubeApi {
  readonly url: string
  /** A kubeconfig of this user; `admin` may do everything, other users what RBAC gives them. */
  kubeconfig(user?: string): string
  /** `kubectl` as admin; rejects with what it printed when it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  /** `kubectl`, with its exit code as a value. */
  tryKubectl(args: readonly string[], input?: string): Promise<KubectlResult>
  /** `kill -9` of the API server (etcd goes on). */
  kill(): Promise<void>
  /** Starts the API server again at the same address, and waits until it is ready. */
  restart(): Promise<void>
  /** Stops the API server's process without ending it, and lets it go on: a peer that hangs. */
  freeze(): void
  thaw(): void
  /** `etcdctl compact` at the newest revision, so that older watches are too old. */
  compact(): Promise<void>
  readonly etcdUrl: string
  stop(): Promise<void>
}

/** How a run of kubectl ended. */
export interface KubectlResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Where kube-apiserver and etcd are: envtest's variable, or where `test/cluster/build-api-servers.sh` puts them. */
export function assetsFolder(): string {
  return process.env['KUBEBUILDER_ASSETS'] ?? join(homedir(), '.cache', 'notification-manager', 'kube')
}

/** Throws, with how to get it, when the program is not there: a test that lacks its program must not pass. */
export function requireAsset(name: 'kube-apiserver' | 'etcd' | 'apiextensions-apiserver'): string {
  const path = join(assetsFolder(), name)
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch {
    throw new Error(
      `this test needs ${name} in ${assetsFolder()}: run test/cluster/build-api-servers.sh, or point KUBEBUILDER_ASSETS to it`,
    )
  }
}

/** Starts etcd and kube-apiserver in `folder`. `users` get a token and nothing else; `admin` is there always. */
export async function startKubeApi(
  folder: string,
  options: { readonly users?: readonly string[]; readonly flags?: readonly string[] } = {},
): Promise<KubeApi> {
  const { users = [], flags = [] } = options
  const server = requireAsset('kube-apiserver')
  const kubectl = requireProgram('kubectl', 'kubernetes-client')
  await mkdir(folder, { recursive: true })
  const etcdPorts = [await freePort(), await freePort()]
  const etcdUrl = `http://127.0.0.1:${etcdPorts[0]}`
  const port = await freePort()
  const url = `https://127.0.0.1:${port}`
  await writeCredentials(folder, url, ['admin', ...users])

  const etcd = start(requireAsset('etcd'), [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=http://127.0.0.1:${etcdPorts[1]}`,
    '--unsafe-no-fsync',
    '--log-level=error',
  ])
  const kubeconfig = (user = 'admin'): string => join(folder, `${user}.kubeconfig`)
  const tryKubectl = (args: readonly string[], input?: string): Promise<KubectlResult> =>
    runKubectl(
      kubectl,
      [`--kubeconfig=${kubeconfig()}`, `--cache-dir=${join(folder, 'kubectl-cache')}`, ...args],
      input,
    )
  let api = await startServer(server, { folder, etcdUrl, port, flags })

  return {
    url,
    etcdUrl,
    kubeconfig,
    tryKubectl,
    async kubectl(args, input) {
      const { code, stdout, stderr } = await tryKubectl(args, input)
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}\n${stderr}${stdout}`)
      return stdout
    },
    kill: () => api.stop('SIGKILL'),
    async restart() {
      api = await startServer(server, { folder, etcdUrl, port, flags })
    },
    freeze: () => api.child.kill('SIGSTOP'),
    thaw: () => api.child.kill('SIGCONT'),
    compact: () => compactEtcd(etcdUrl),
    async stop() {
      api.child.kill('SIGCONT')
      await api.stop('SIGKILL')
      await etcd.stop('SIGKILL')
    },
  }
}

async function startServer(
  program: string,
  options: { folder: string; etcdUrl: string; port: number; flags: readonly string[] },
): Promise<Program> {
  const { folder, etcdUrl, port, flags } = options
  const running = start(program, [
    `--etcd-servers=${etcdUrl}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    `--cert-dir=${join(folder, 'certs')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(folder, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--disable-admission-plugins=ServiceAccount',
    ...flags,
  ])
  await waitFor('the API server ready', () => isReady(port, folder, running), {
    timeoutMs: 90_000,
    describe: running.output,
  })
  return running
}

async function isReady(port: number, folder: string, running: Program): Promise<true | undefined> {
  if (running.child.exitCode !== null) throw new Error(`kube-apiserver ended\n${running.output()}`)
  const probe = [
    '-ksS',
    '-m',
    '2',
    '-H',
    `Authorization: Bearer ${tokenOf('admin')}`,
    `https://127.0.0.1:${port}/readyz`,
  ]
  const answer = await run('curl', probe, { cwd: folder }).catch(() => undefined)
  return answer?.stdout === 'ok' ? true : undefined
}

const tokenOf = (user: string): string => `token-of-${user.replaceAll(/[^a-z0-9]/gu, '-')}`

async function writeCredentials(folder: string, url: string, users: readonly string[]): Promise<void> {
  await run('openssl', ['genrsa', '-out', join(folder, 'sa.key'), '2048'])
  await run('openssl', ['rsa', '-in', join(folder, 'sa.key'), '-pubout', '-out', join(folder, 'sa.pub')])
  const lines = users.map((user) => `${tokenOf(user)},${user},${user}${user === 'admin' ? ',"system:masters"' : ''}`)
  await writeFile(join(folder, 'tokens.csv'), `${lines.join('\n')}\n`)
  for (const user of users) {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: user, user: { token: tokenOf(user) } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      'current-context': 'test',
    }
    await writeFile(join(folder, `${user}.kubeconfig`), JSON.stringify(config))
  }
}

function runKubectl(program: string, args: readonly string[], input: string | undefined): Promise<KubectlResult> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      { maxBuffer: 256 * 1024 * 1024, timeout: 120_000 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : (child.exitCode ?? 1), stdout, stderr }),
    )
    child.stdin?.end(input ?? '')
  })
}

/** etcd's JSON gateway: the newest revision is in every answer's header. */
async function compactEtcd(etcdUrl: string): Promise<void> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${etcdUrl}${path}`, { method: 'POST', body: JSON.stringify(body) })
    const text = await answer.text()
    // Nothing was written since the last compaction.
    const done = text.includes('required revision has been compacted')
    if (!answer.ok && !done) throw new Error(`etcd answered ${answer.status}: ${text}`)
    return JSON.parse(text)
  }
  const { header } = (await post('/v3/kv/range', { key: Buffer.from('a').toString('base64') })) as {
    readonly header: { readonly revision: string }
  }
  await post('/v3/kv/compaction', { revision: header.revision, physical: true })
}
