import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createBuilder, type Builder, type Built } from '../../src/build.ts'
import { createDirectoryReader } from '../../src/directory/reader.ts'
import { type Alert } from '../../src/model/alert.ts'
import { systemClock } from '../../src/system.ts'
import { createLogCapture } from '../support/log-capture.ts'

/** Files by their names. */
export type Files = ReadonlyMap<string, string | Uint8Array>

/** A folder that is read and put in force again and again. */
export interface FolderWorld {
  readonly folder: string
  readonly builder: Builder
  /** Reads these files beside the good ones, and routes one alert. */
  feed(files: Files): Promise<Fed>
}

/** What became of the files. */
export interface Fed extends Built {
  /** Keys of the receivers of the alert. */
  readonly routed: readonly string[]
}

const version = 'apiVersion: notification.kubesphere.io/v2alpha1'
const good = `${version}
kind: NotificationManager
metadata: { name: good-manager }
spec:
  receivers:
    tenantKey: namespace
    globalReceiverSelector: { matchLabels: { type: global } }
    tenantReceiverSelector: { matchLabels: { type: tenant } }
---
${version}
kind: WebhookReceiver
metadata: { name: good, labels: { type: global } }
spec: { url: "https://example.com/good" }
`

/** The receiver that no file of another may take the place of. */
export const goodReceiver = 'WebhookReceiver/good'

/** An alert like any other. */
export const alert: Alert = {
  status: 'firing',
  labels: new Map([
    ['alertname', 'DiskFull'],
    ['namespace', 'payments'],
    ['severity', 'critical'],
  ]),
  annotations: new Map([['summary', 'The disk is full']]),
  startsAt: '2026-01-01T00:00:00Z',
  endsAt: null,
  generatorURL: '',
  fingerprint: 'a',
}

/** The builder as the server makes it. */
export function createFuzzBuilder(): Builder {
  return createBuilder({ namespace: 'notifications', allowedSecretNamespaces: [], logger: createLogCapture() })
}

/** The reader and the builder as the server makes them, over `folder`. */
export async function createFolderWorld(folder: string): Promise<FolderWorld> {
  const builder = createFuzzBuilder()
  const reader = createDirectoryReader({
    paths: [folder],
    validate: builder.kinds.validate,
    ownNamespace: 'notifications',
    managerName: 'good-manager',
    clock: systemClock,
  })
  await writeFile(join(folder, 'm-good.yaml'), good)
  return {
    folder,
    builder,
    async feed(files) {
      for (const [name, text] of files) await writeFile(join(folder, name), text)
      const { snapshot } = await reader.read({ force: true, signal: AbortSignal.timeout(600_000) })
      const built = await builder.build(snapshot)
      const { receivers } = await built.ruleset.route(alert)
      for (const name of files.keys()) await rm(join(folder, name))
      return { ...built, routed: receivers.map(({ key }) => key) }
    },
  }
}
