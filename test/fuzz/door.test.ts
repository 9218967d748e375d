import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'
import { Pool } from 'undici'
import { startApp, type AppProcess } from '../support/app-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startWebhookSink } from '../support/webhook-sink.ts'
import { mutateBytes, mutateTree } from './mutate.ts'
import { createDice, type Dice } from './random.ts'

const run = promisify(execFile)

/** `npm run test:fuzz` sets a million; the whole suite has a short form. */
const cases = Number(process.env['FUZZ_CASES'] ?? 20_000)
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000)
const lanes = 32
/** Raw bytes on a socket of their own, one in so many. */
const rawEvery = 200
const folder = join(import.meta.dirname, '..', 'fixtures', 'alertmanager')
const payloads = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown)

const paths = [
  '/api/v2/alerts',
  '/api/v2/alerts/',
  '/api/v2/alerts?source=a',
  '/api/v2/alerts?source=%00',
  '/api/v1/explain',
]
const oddPaths = [
  '/',
  '/status',
  '/receivers?type=email',
  '/receivers?type=%F0%9F%94%A5',
  '/api/v1/history?limit=-1',
  '/api/v1/history?limit=99999999999',
  '/api/v1/history?receiver=__proto__',
  '/api/v1/dead-letters/%2e%2e%2f/replay',
  '/api/v1/dead-letters/x/replay',
  '/api/v1/outbox?receiver=EmailReceiver/x',
  '/%ff%fe',
  '/__proto__',
  `/${'a/'.repeat(500)}`,
]
const types = [
  'application/json',
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'text/plain',
  'application/json;',
  '',
]
const methods = ['POST', 'GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'] as const

it(
  `takes ${cases} hostile requests without a crash, an answer of 5xx but 503, or growing memory (seed ${seed})`,
  { timeout: 120_000 + cases * 2 },
  async (context) => {
    const app = await world(context)
    const dice = createDice(seed)
    const statuses = new Map<number, number>()
    const memory: number[] = []
    const pool = new Pool(app.url, { connections: lanes, pipelining: 1 })
    context.after(() => pool.close())
    let sent = 0

    async function lane(): Promise<void> {
      while (sent < cases) {
        sent += 1
        if (sent % Math.ceil(cases / 20) === 0) memory.push(await memoryMiB(app))
        const request = makeRequest(dice)
        const status = sent % rawEvery === 0 ? await sendRaw(app, dice) : await send(pool, request)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        const wrong = status >= 500 && status !== 503
        assert.ok(
          !wrong,
          `seed ${seed}: ${status} for ${JSON.stringify(request).slice(0, 2_000)}\n${app.process.output()}`,
        )
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))

    console.log(
      `statuses ${JSON.stringify(Object.fromEntries(statuses))}; MiB ${memory.map((mib) => mib.toFixed(0)).join(' ')}`,
    )
    assert.equal(app.process.child.exitCode, null, app.process.output())
    assert.equal((await fetch(`${app.url}/-/ready`)).status, 200)
    assert.ok((statuses.get(200) ?? 0) > cases / 50, 'hardly anything was taken, so hardly anything was tested')
    assert.ok((statuses.get(400) ?? 0) > cases / 50, 'hardly anything was hostile')
    const [early, late] = [Math.max(...memory.slice(4, 8)), Math.max(...memory.slice(-4))]
    assert.ok(late < early * 1.5 + 64, `memory grows: ${memory.join(' ')}`)
  },
)

async function world(context: Parameters<typeof temporaryFolder>[0]): Promise<AppProcess> {
  const directory = await temporaryFolder(context)
  const sink = await startWebhookSink()
  context.after(() => sink.stop())
  const manifests = join(directory, 'manifests.yaml')
  await writeFile(manifests, resources(sink.url))
  const app = await startApp({
    args: [
      ...['--manifests', manifests, '--data', join(directory, 'data'), '--egress-allow', '127.0.0.0/8'],
      ...['--log-level', 'error', '--source-rate', '0', '--max-pending', '5000'],
    ],
  })
  context.after(() => app.stop())
  return app
}

function resources(url: string): string {
  return `apiVersion: notification.kubesphere.io/v2alpha1
kind: NotificationManager
metadata: { name: fuzz }
spec:
  receivers:
    tenantKey: namespace
    globalReceiverSelector: { matchLabels: { type: global } }
    tenantReceiverSelector: { matchLabels: { type: tenant } }
---
apiVersion: notification.kubesphere.io/v2alpha1
kind: WebhookReceiver
metadata: { name: everything, labels: { type: global } }
spec: { url: "${url}" }
`
}

interface Made {
  readonly method: (typeof methods)[number]
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

function makeRequest(dice: Dice): Made {
  const odd = dice.chance(0.1)
  const text = Buffer.from(JSON.stringify(mutateTree(dice.pick(payloads), dice)))
  return {
    method: odd ? dice.pick(methods) : 'POST',
    path: odd ? dice.pick(oddPaths) : dice.chance(0.9) ? paths[0]! : dice.pick(paths),
    headers: headersOf(dice),
    body: dice.chance(0.25) ? mutateBytes(text, dice) : text,
  }
}

function headersOf(dice: Dice): Readonly<Record<string, string>> {
  const type = dice.chance(0.95) ? types[0]! : dice.pick(types)
  const extra = dice.pick<Readonly<Record<string, string>>>([
    {},
    {},
    {},
    { authorization: `Bearer ${'x'.repeat(dice.below(2_000))}` },
    { 'content-encoding': dice.pick(['gzip', 'identity', 'br', '']) },
    { 'x-forwarded-for': '127.0.0.1, ::1' },
    { cookie: 'a=b; __proto__=1' },
  ])
  return { ...(type === '' ? {} : { 'content-type': type }), ...extra }
}

async function send(pool: Pool, { method, path, headers, body }: Made): Promise<number> {
  const bodiless = method === 'GET' || method === 'HEAD'
  const answer = await pool.request({ method, path, headers, body: bodiless ? null : body })
  await answer.body.dump()
  return answer.statusCode
}

/** Bytes that are hardly HTTP. The status of the answer, or 0 when the connection was just closed. */
function sendRaw(app: AppProcess, dice: Dice): Promise<number> {
  const { port } = new URL(app.url)
  const body = JSON.stringify(dice.pick(payloads))
  const whole = `POST /api/v2/alerts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const bytes = mutateBytes(Buffer.from(whole), dice)
  return new Promise((resolve) => {
    const socket = createConnection({ port: Number(port), host: '127.0.0.1' })
    let head = ''
    socket.setTimeout(500, () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1')
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/u.exec(head)?.[1] ?? 0)))
    socket.end(bytes)
  })
}

async function memoryMiB(app: AppProcess): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(app.process.child.pid)])
  return Number(stdout) / 1024
}
