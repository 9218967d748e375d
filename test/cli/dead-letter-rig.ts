import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext } from 'node:test'
import { freePort, start, waitFor } from '../support/programs/process.ts'
import { startHttpPeer, type HttpPeer } from '../support/http-peer.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { program, type Ended } from './terminal.ts'

/** A server in a process of its own whose webhooks are refused for good until `peer` answers otherwise. */
export interface Rig {
  readonly url: string
  readonly folder: string
  readonly peer: HttpPeer
  /** Runs a verb against the server, without any credential unless it is given. */
  ask(...argv: readonly string[]): Promise<Ended>
  /** Its dead letters, youngest first, as `dead-letters list` has them. */
  letters(...flags: readonly string[]): Promise<readonly Letter[]>
  /** Posts one alert; every receiver that is told about it makes a dead letter. */
  post(labels: Readonly<Record<string, string>>, annotations?: Readonly<Record<string, string>>): Promise<void>
  /** Waits until so many dead letters are there. */
  dead(count: number): Promise<void>
}

export interface Letter {
  readonly notification: string
  readonly receiver: string
  readonly diedAt: number
}

/** Starts it with a global receiver and one of the tenant `payments`, and any `flags` of `serve`. */
export async function startRig(context: TestContext, receivers: readonly object[] = pair): Promise<Rig> {
  const folder = await temporaryFolder(context)
  const peer = await startHttpPeer()
  context.after(() => peer.stop())
  peer.answer = { status: 404 }
  await writeFile(join(folder, 'manifests.json'), manifests(peer.origin, receivers))
  const { url } = await startServer(context, folder, ['--manifests', join(folder, 'manifests.json')])
  const ask: Rig['ask'] = (...argv) => program([...argv, '--server', url])
  const letters: Rig['letters'] = async (...flags) => {
    const { out } = await ask('dead-letters', 'list', '-o', 'json', '--limit', '1000', ...flags)
    return (JSON.parse(out) as { readonly deadLetters: readonly Letter[] }).deadLetters
  }
  return {
    url,
    folder,
    peer,
    ask,
    letters,
    async post(labels, annotations = {}) {
      const answer = await fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payload(labels, annotations)),
        signal: AbortSignal.timeout(15_000),
      })
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
    },
    async dead(count) {
      await waitFor(`${count} dead letters`, async () => {
        const answer = await fetch(`${url}/api/v1/outbox`)
        const { counts } = (await answer.json()) as { readonly counts: { readonly dead: number } }
        return counts.dead === count || undefined
      })
    },
  }
}

/** Starts `serve` on loopback; over HTTPS when the flags say so. */
export async function startServer(
  context: TestContext,
  folder: string,
  flags: readonly string[],
): Promise<{ readonly url: string; readonly port: number }> {
  const port = await freePort()
  const entry = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
  const open = ['--listen', `127.0.0.1:${port}`, '--data', join(folder, 'data'), '--egress-allow', '127.0.0.0/8']
  const server = start(process.execPath, [entry, 'serve', ...open, ...flags])
  context.after(() => server.stop('SIGKILL'))
  await waitFor('a running server', () => server.output().includes('Running') || undefined, {
    describe: server.output,
  })
  return { url: `http${flags.includes('--tls-cert') ? 's' : ''}://127.0.0.1:${port}`, port }
}

const pair = [
  { name: 'everyone', labels: { type: 'global' } },
  { name: 'on-call', labels: { type: 'tenant', namespace: 'payments' } },
]

/** `count` receivers, so that one post makes as many dead letters. */
export function crowd(count: number, labels: { readonly type: string }): readonly object[] {
  return Array.from({ length: count }, (_, place) => ({ name: `${labels.type}-${place}`, labels }))
}

/** A NotificationManager and webhook receivers that send to one address. */
export function manifests(url: string, receivers: readonly object[]): string {
  const apiVersion = 'notification.kubesphere.io/v2alpha1'
  const selectors = {
    tenantKey: 'namespace',
    globalReceiverSelector: { matchLabels: { type: 'global' } },
    tenantReceiverSelector: { matchLabels: { type: 'tenant' } },
  }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion, kind: 'NotificationManager', metadata: { name: 'main' }, spec: { receivers: selectors } },
      ...receivers.map((metadata) => ({ apiVersion, kind: 'WebhookReceiver', metadata, spec: { url } })),
    ],
  })
}

function payload(labels: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>>): object {
  const fingerprint = Buffer.from(labels['alertname'] ?? '')
    .toString('hex')
    .slice(0, 16)
  const startsAt = '2026-11-22T09:41:07.781Z'
  return {
    version: '4',
    groupKey: `{}:{alertname="${labels['alertname']}"}`,
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'notification-manager',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: '',
    alerts: [
      {
        status: 'firing',
        labels,
        annotations,
        startsAt,
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint,
      },
    ],
  }
}
