import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { startApp, type AppProcess } from '../support/app-process.ts'
import { waitFor } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts'
import { type Row } from './manifest-row.ts'
import { rows } from './manifest-rows.ts'

const version = 'apiVersion: notification.kubesphere.io/v2alpha1'
const manager = `${version}
kind: NotificationManager
metadata: { name: notification-manager }
spec:
  receivers:
    tenantKey: namespace
    globalReceiverSelector: { matchLabels: { type: global } }
`

/** Those that somebody put into a file that held something good: what stays of it is the last good version. */
const breaking = [
  ...['{', '\0', '%YAML 1.1\n---\n<<: 1\n'],
  `${version}\nkind: WebhookReceiver\nmetadata: { name: edited }\nspec: { url: { toString: 1 } }\n`,
]

/** Two of each sort. */
const picked: readonly Row[] = Object.values(rows).flatMap((sort) => sort.slice(0, 2))

interface World {
  readonly app: AppProcess
  readonly sink: WebhookSink
  readonly folder: string
  /** Counts the changes. */
  mark: number
}

it('a server whose folder hostile files come to and go from serves on with the last good version', async (context) => {
  const world = await startWorld(context)
  await expectDelivery(world, ['steady', 'edited'])
  for (const row of picked) {
    await put(world, 'a-hostile.yaml', row.text())
    await expectDelivery(world, ['steady', 'edited'])
    await take(world, 'a-hostile.yaml')
  }
  for (const text of breaking) {
    await put(world, 'edited.yaml', text)
    await expectDelivery(world, ['steady', 'edited'])
  }
  await put(world, 'edited.yaml', receiver(world.sink, 'mended'))
  await expectDelivery(world, ['steady', 'mended'])
  assert.equal(world.app.process.child.exitCode, null, world.app.process.output())
})

async function startWorld(context: TestContext): Promise<World> {
  const directory = await temporaryFolder(context)
  const sink = await startWebhookSink()
  context.after(() => sink.stop())
  const folder = join(directory, 'manifests')
  await mkdir(folder)
  await writeFile(join(folder, 'manager.yaml'), manager)
  await writeFile(join(folder, 'steady.yaml'), receiver(sink, 'steady'))
  await writeFile(join(folder, 'edited.yaml'), receiver(sink, 'edited'))
  const app = await startApp({
    args: [
      ...['--manifests', folder, '--data', join(directory, 'data'), '--egress-allow', '127.0.0.0/8'],
      ...['--name', 'notification-manager', '--log-level', 'error'],
    ],
  })
  context.after(() => app.stop())
  return { app, sink, folder, mark: 0 }
}

function receiver({ url }: WebhookSink, name: string): string {
  return `${version}\nkind: WebhookReceiver\nmetadata: { name: ${name}, labels: { type: global } }\nspec: { url: "${new URL(name, url).href}" }\n`
}

async function put(world: World, name: string, text: string | Uint8Array): Promise<void> {
  await writeFile(join(world.folder, name), text)
  await untilRead(world)
}

async function take(world: World, name: string): Promise<void> {
  await rm(join(world.folder, name))
  await untilRead(world)
}

/** Waits until what was written is in force: an object that is written after it is. */
async function untilRead(world: World): Promise<void> {
  const { app, folder, sink } = world
  world.mark += 1
  const name = `mark-${world.mark}`
  await writeFile(join(folder, 'mark.yaml'), receiver(sink, name).replace('type: global', 'type: none'))
  const isThere = async (): Promise<true | undefined> =>
    JSON.stringify(await app.get('/receivers')).includes(`${name}"`) ? true : undefined
  await waitFor(`${name} in force`, isThere, { timeoutMs: 60_000, describe: app.process.output })
}

/** Posts an alert, and waits for it at these receivers and no others. */
async function expectDelivery({ app, sink, mark }: World, names: readonly string[]): Promise<void> {
  sink.take()
  const labels = { alertname: `Fuzz${mark}`, namespace: 'payments' }
  const { status } = await app.post('/api/v2/alerts', {
    ...{ version: '4', status: 'firing', receiver: 'all', groupKey: `{}:{mark="${mark}"}` },
    ...{ groupLabels: labels, commonLabels: labels, commonAnnotations: {}, externalURL: '' },
    alerts: [{ status: 'firing', labels, annotations: {}, startsAt: new Date().toISOString(), fingerprint: `${mark}` }],
  })
  assert.equal(status, 200)
  const paths = (): readonly string[] => sink.arrivals.map(({ path }) => path.slice(1)).sort()
  await waitFor(`an alert at ${names.join()}`, () => (paths().length >= names.length ? true : undefined), {
    describe: app.process.output,
  })
  assert.deepEqual(paths(), names.toSorted())
}
