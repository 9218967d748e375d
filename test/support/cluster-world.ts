import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext } from 'node:test'
import { startApp, type AppProcess } from './app-process.ts'
import { startKubeApi, type KubeApi } from './programs/kube-api.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Where the product lives in the shipped overlays. */
export const systemNamespace = 'notification-manager-system'

/** The accounts that the shipped manifests make; their tokens carry no rights but those of the shipped roles. */
export const accounts = {
  server: `system:serviceaccount:${systemNamespace}:notification-manager-server`,
  operator: `system:serviceaccount:${systemNamespace}:notification-manager-operator`,
}

/** A real API server with one of the shipped overlays applied. */
export interface ClusterWorld {
  readonly kube: KubeApi
  readonly folder: string
  /** Starts `serve` against the API server, as the shipped server account unless told otherwise. */
  serve(options?: {
    readonly name?: string
    readonly account?: string
    readonly args?: readonly string[]
    readonly port?: number
    /** Another address of the API server, which a test stands between. */
    readonly apiServer?: string
  }): Promise<AppProcess>
  /** Starts `operator` as the shipped operator account. */
  operate(): Promise<AppProcess>
}

const root = join(import.meta.dirname, '..', '..')

/** Starts the API server and applies an overlay as the README says; `--validate=false` because 1.20 knows no CEL. */
export async function startClusterWorld(
  context: TestContext,
  options: { readonly overlay?: string; readonly users?: readonly string[] } = {},
): Promise<ClusterWorld> {
  const { overlay = 'dev', users = [] } = options
  const folder = await temporaryFolder(context)
  const kube = await startKubeApi(join(folder, 'kube'), { users: [...Object.values(accounts), ...users] })
  context.after(() => kube.stop())
  await applyTwice(kube, join(root, 'kustomize', 'overlays', overlay))

  return {
    kube,
    folder,
    async serve({ name = 'server-0', account = accounts.server, args = [], port, apiServer = kube.url } = {}) {
      await mkdir(join(folder, name), { recursive: true })
      const kubeconfig = join(folder, name, 'kubeconfig')
      const text = await readFile(kube.kubeconfig(account), 'utf8')
      await writeFile(kubeconfig, text.replaceAll(kube.url, apiServer))
      const app = await startApp({
        ...(port === undefined ? {} : { port }),
        args: [
          ...['--kubeconfig', kubeconfig, '--namespace', systemNamespace, '--identity', name],
          ...['--data', join(folder, name, 'data'), '--egress-allow', '127.0.0.0/8', ...args],
        ],
      })
      context.after(() => app.stop())
      return app
    },
    async operate() {
      const app = await startApp({
        verb: 'operator',
        args: ['--kubeconfig', kube.kubeconfig(accounts.operator), '--namespace', systemNamespace],
      })
      context.after(() => app.stop())
      return app
    },
  }
}

/** The first run may meet a kind whose CustomResourceDefinition is not established yet, as GitOps tools do too. */
async function applyTwice(kube: KubeApi, overlay: string): Promise<void> {
  const first = await kube.tryKubectl(['apply', '--validate=false', '-k', overlay])
  if (first.code === 0) return
  await kube.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])
  await kube.kubectl(['apply', '--validate=false', '-k', overlay])
}
