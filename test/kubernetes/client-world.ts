import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectOptions } from '../../src/kubernetes/client.ts'
import { type Cluster, type Discovery } from '../../src/kubernetes/cluster.ts'
import { type Clock } from '../../src/model/ports.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { startKubeApi, type KubeApi } from '../support/programs/kube-api.ts'

/** A signal that never aborts. */
export const forever = new AbortController().signal

/** One real API server for a file of tests, and clients of it. */
export interface ClientWorld {
  readonly kube: KubeApi
  readonly folder: string
  readonly port: number
  /** A client, as `admin` unless the options say otherwise; closed with the world. */
  connect(options?: ConnectOptions, clock?: Clock): Cluster & Discovery
  /** Writes a kubeconfig with one context, and gives its path; `user` and `cluster` as kubeconfig files spell them. */
  writeKubeconfig(name: string, user: object, cluster?: object): Promise<string>
  /** The token of one of the users. */
  token(user?: string): Promise<string>
  stop(): Promise<void>
}

export async function startClientWorld(options: Parameters<typeof startKubeApi>[1] = {}): Promise<ClientWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'notification-manager-test-'))
  const kube = await startKubeApi(join(folder, 'kube'), options)
  const clusters: Cluster[] = []
  return {
    kube,
    folder,
    port: Number(new URL(kube.url).port),
    connect(given = {}, clock = systemClock) {
      const cluster = connect({ kubeconfigs: [kube.kubeconfig()], ...given }, { clock, random: systemRandom })
      clusters.push(cluster)
      return cluster
    },
    async writeKubeconfig(name, user, cluster = { server: kube.url, 'insecure-skip-tls-verify': true }) {
      const path = join(folder, `${name}.kubeconfig`)
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'test', cluster }],
        users: [{ name, user }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
        'current-context': 'test',
      }
      await writeFile(path, JSON.stringify(config))
      return path
    },
    async token(user = 'admin') {
      const config = JSON.parse(await readFile(kube.kubeconfig(user), 'utf8')) as {
        readonly users: readonly [{ readonly user: { readonly token: string } }]
      }
      return config.users[0].user.token
    },
    async stop() {
      await Promise.all(clusters.map((cluster) => cluster.close()))
      await kube.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
