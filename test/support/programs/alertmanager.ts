import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, requireProgram, start, waitFor } from './process.ts'

const run = promisify(execFile)

/** A real Alertmanager on loopback. */
export interface Alertmanager {
  readonly url: string
  /** `amtool alert add` with these labels and annotations; `end` resolves the alert. */
  add(
    labels: Readonly<Record<string, string>>,
    options?: { readonly annotations?: Readonly<Record<string, string>>; readonly start?: Date; readonly end?: Date },
  ): Promise<void>
  log(): string
  stop(): Promise<void>
}

/** Starts Alertmanager in `folder` with `configuration` (YAML text). Not clustered unless `clusterPort` and `peers` are given. */
export async function startAlertmanager(
  folder: string,
  configuration: string,
  cluster?: { readonly port: number; readonly peers: readonly number[]; readonly peerTimeout: string },
): Promise<Alertmanager> {
  const program = requireProgram('prometheus-alertmanager', 'prometheus-alertmanager')
  const amtool = requireProgram('amtool', 'prometheus-alertmanager')
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'alertmanager.yml')
  await writeFile(file, configuration)
  const url = `http://127.0.0.1:${await freePort()}`
  const running = start(program, [
    `--config.file=${file}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=${url.slice('http://'.length)}`,
    ...clusterFlags(cluster),
  ])
  await waitFor('Alertmanager ready', () => isReady(url), { describe: running.output })
  return {
    url,
    async add(labels, { annotations = {}, start: since, end } = {}) {
      const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
      const notes = Object.entries(annotations).map(([name, value]) => `--annotation=${name}=${value}`)
      const from = since === undefined ? [] : [`--start=${since.toISOString()}`]
      const until = end === undefined ? [] : [`--end=${end.toISOString()}`]
      await run(amtool, ['alert', 'add', `--alertmanager.url=${url}`, ...notes, ...from, ...until, ...pairs])
    },
    log: running.output,
    stop: () => running.stop(),
  }
}

function clusterFlags(cluster: Parameters<typeof startAlertmanager>[2]): readonly string[] {
  if (cluster === undefined) return ['--cluster.listen-address=']
  return [
    `--cluster.listen-address=127.0.0.1:${cluster.port}`,
    `--cluster.peer-timeout=${cluster.peerTimeout}`,
    ...cluster.peers.map((peer) => `--cluster.peer=127.0.0.1:${peer}`),
  ]
}

async function isReady(url: string): Promise<true | undefined> {
  const answer = await fetch(`${url}/-/ready`).catch(() => undefined)
  return answer?.ok === true ? true : undefined
}
