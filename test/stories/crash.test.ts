import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { startKiller } from '../support/faults-killer.ts'
import {
  isServing,
  liveUntil,
  moments,
  startServer,
  type Life,
  type LifeOptions,
  type Moment,
} from '../support/faults-kills.ts'
import { laneOf, lanes, placeOf, startLoad, type Delivered, type Ledger } from '../support/faults-load.ts'
import { freePort, waitFor } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startWebhookSink } from '../support/webhook-sink.ts'

/** `npm run test:crash` sets many more; the whole suite has a short form. */
const kills = Number(process.env['CRASH_KILLS'] ?? 8)
const firstStartMs = 1_000

it(
  `loses nothing that got a 200 over ${kills} kills, at any moment of its life`,
  { timeout: 120_000 + kills * 15_000 },
  async (context) => {
    const folder = await temporaryFolder(context)
    const data = join(folder, 'data')
    await mkdir(data)
    let life = 0
    let onDelivery: (() => void) | undefined
    const sink = await startWebhookSink(() => {
      onDelivery?.()
      onDelivery = undefined
      return life
    })
    context.after(() => sink.stop())
    const manifests = join(folder, 'manifests.yaml')
    await writeFile(manifests, resources(sink.url))
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const killer = await startKiller(data)
    context.after(() => killer.stop())
    const options: LifeOptions = {
      ...{ url, data, killer, onDelivery: (listener: () => void) => void (onDelivery = listener) },
      args: [
        ...['--listen', `127.0.0.1:${port}`, '--manifests', manifests, '--data', data],
        ...['--egress-allow', '127.0.0.0/8', '--log-level', 'warn'],
      ],
      // A start takes much less time when the program need not be compiled anew.
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
    }
    await startOnce(options)
    const ledger = startLoad(url, sink)
    const startedAt = performance.now()
    const lives: { readonly moment: Moment; readonly life: Life }[] = []

    for (; life < kills; life += 1) {
      const moment = moments[life % moments.length] ?? 'under load'
      lives.push({ moment, life: await liveUntil(moment, options, usualStartMs(lives.map((each) => each.life))) })
      onDelivery = undefined
      ledger.collect()
    }
    const tookMs = performance.now() - startedAt
    const last = startServer(options)
    context.after(() => last.stop())
    assert.equal(await isServing(url, last), true)
    await ledger.stop()
    await waitFor('an empty outbox', () => isEmpty(url), { timeoutMs: 120_000, describe: last.output })
    ledger.collect()

    console.log(summarize(ledger, lives, tookMs))
    assert.deepEqual(lostOf(ledger), [])
    assert.ok(ledger.acknowledged.size > kills, 'the load was too small to mean anything')
    assert.deepEqual(unexplained(ledger.deliveries), [], 'a repeated delivery that no kill explains')
    assert.deepEqual(outOfOrder(ledger.deliveries), [])
    assert.deepEqual(await readdir(data).then(setAside), [], 'a database was given up')
  },
)

/** One whole life, whose end keeps the compiled program for those that follow. */
async function startOnce(options: LifeOptions): Promise<void> {
  const program = startServer(options)
  assert.equal(await isServing(options.url, program), true)
  await program.stop()
}

/** The middle of the times that a start took. */
function usualStartMs(lives: readonly Life[]): number {
  const times = lives.flatMap(({ readyAfterMs }) => readyAfterMs ?? []).toSorted((one, other) => one - other)
  return times[Math.floor(times.length / 2)] ?? firstStartMs
}

function summarize(
  ledger: Ledger,
  lives: readonly { readonly moment: Moment; readonly life: Life }[],
  tookMs: number,
): string {
  const counts = moments.map((moment) => `${lives.filter((each) => each.moment === moment).length} ${moment}`)
  const servedMs = lives.reduce((sum, { life }) => sum + life.servedMs, 0)
  const early = lives.filter(({ life }) => life.readyAfterMs === undefined).length
  const cutOff = lives.filter(({ life }) => life.cutOff).length
  const { acknowledged, alerts, deliveries, unanswered, stored } = ledger
  return [
    `${lives.length} kills (${counts.join(', ')}) in ${(tookMs / 1_000).toFixed(0)} s`,
    `${early} before it served, ${cutOff} with a transaction cut off in the log`,
    `${((alerts / servedMs) * 1_000).toFixed(0)} alerts/s while it served`,
    `${acknowledged.size} posts with ${alerts} alerts acknowledged, ${unanswered} broken off and posted again, of which ${stored} had been stored`,
    `${deliveries.length} deliveries`,
    `${lostOf(ledger).length} lost`,
    `${repeatsOf(deliveries).length} delivered twice (killed between send and settle, same Idempotency-Key)`,
    `${unexplained(deliveries).length} unexplained, ${outOfOrder(deliveries).length} out of order`,
  ].join('; ')
}

/** Posts that got a 200 and of which not every alert has arrived where it belongs. */
function lostOf({ acknowledged, deliveries }: Ledger): readonly string[] {
  const arrived = new Set(
    deliveries.filter(({ whole, lane, group }) => whole && lane === laneOf(group)).map(({ key }) => key),
  )
  return [...acknowledged].filter((key) => !arrived.has(key))
}

/** Deliveries of one notification, where there is more than one. */
function repeatsOf(deliveries: readonly Delivered[]): readonly (readonly Delivered[])[] {
  return [...Map.groupBy(deliveries, ({ id }) => id).values()].filter((same) => same.length > 1)
}

/** What was delivered twice by one life of the server, or as another notification. */
function unexplained(deliveries: readonly Delivered[]): readonly string[] {
  const withinOneLife = repeatsOf(deliveries).filter((same) => new Set(same.map(({ life }) => life)).size < same.length)
  const underTwoIds = [...Map.groupBy(deliveries, ({ key }) => key).values()].filter(
    (same) => new Set(same.map(({ id }) => id)).size > 1,
  )
  return [...withinOneLife, ...underTwoIds].map((same) =>
    same.map(({ key, id, life }) => `${key} ${id} ${life}`).join(', '),
  )
}

/** Deliveries to a receiver behind a later one of the same poster: firing before resolved, and one group after the other. */
function outOfOrder(deliveries: readonly Delivered[]): readonly string[] {
  const latest = new Map<string, number>()
  return deliveries.flatMap(({ key, group, status, lane }) => {
    const { poster, serial } = placeOf(group)
    const place = serial * 2 + (status === 'resolved' ? 1 : 0)
    const line = `${lane} ${poster}`
    const before = latest.get(line) ?? -1
    latest.set(line, Math.max(place, before))
    return place < before ? [key] : []
  })
}

function setAside(files: readonly string[]): readonly string[] {
  return files.filter((file) => /corrupt|damaged/u.test(file))
}

async function isEmpty(url: string): Promise<true | undefined> {
  const answer = await fetch(`${url}/status`)
  const { outbox } = (await answer.json()) as { outbox: { pending: number; dead: number } }
  assert.equal(outbox.dead, 0)
  return outbox.pending === 0 ? true : undefined
}

function resources(url: string): string {
  const receivers = lanes.map(
    (lane) => `---
apiVersion: notification.kubesphere.io/v2alpha1
kind: WebhookReceiver
metadata: { name: ${lane}, labels: { type: tenant, namespace: ${lane} } }
spec: { url: "${url}/${lane}" }
`,
  )
  return `apiVersion: notification.kubesphere.io/v2alpha1
kind: NotificationManager
metadata: { name: nm }
spec:
  receivers:
    tenantKey: namespace
    globalReceiverSelector: { matchLabels: { type: global } }
    tenantReceiverSelector: { matchLabels: { type: tenant } }
${receivers.join('')}`
}
