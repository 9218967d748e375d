import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { type AppProcess } from '../support/app-process.ts'
import { type PeerAnswer, type PeerRequest } from '../support/http-peer.ts'
import { waitFor } from '../support/programs/process.ts'
import { planted, startSeedWorld, type SeedWorld } from './seed-world.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const fixtures = join(root, 'test', 'fixtures', 'alertmanager')

interface Rendered {
  readonly channel: string
  readonly messages: readonly {
    readonly to: readonly string[]
    readonly title?: string
    readonly text: string
    readonly json?: unknown
  }[]
}

describe("the predecessor's manifests over all five channels", { timeout: 240_000 }, () => {
  it('send what render shows, and no credential is seen anywhere', async (context) => {
    const world = await startSeedWorld(context)
    const seen: string[] = []

    for (const name of (await readdir(fixtures)).sort()) {
      const file = join(fixtures, name)
      const before = await sent(world)
      const { status, body } = await world.app.post('/api/v2/alerts', JSON.parse(await readFile(file, 'utf8')))
      const shown = await render(world, file)
      const expected = (body as { accepted: number }).accepted === 0 ? [] : shown
      const arrived = async (): Promise<readonly string[]> => without(await sent(world), before)
      await waitFor(
        `what ${name} causes`,
        async () => ((await arrived()).length >= expected.length && (await isEmpty(world.app)) ? true : undefined),
        { timeoutMs: 30_000, describe: world.app.process.output },
      )

      assert.equal(status, 200, name)
      assert.deepEqual(await arrived(), expected, name)
      seen.push(...shown)
    }
    await troubled(world)
    for (const path of [
      '/status',
      '/receivers',
      '/metrics',
      '/api/v1/history?limit=1000',
      '/api/v1/outbox',
      '/api/v1/dead-letters',
    ]) {
      seen.push(await (await fetch(`${world.app.url}${path}`)).text())
    }
    seen.push(world.app.process.output(), (await main('compile', world.manifests, ...namespace)).stdout)

    for (const [name, value] of Object.entries(planted)) {
      const forms = [value, encodeURIComponent(value), Buffer.from(value).toString('base64').replace(/=+$/u, '')]
      assert.deepEqual(
        seen.filter((text) => forms.some((form) => text.includes(form))),
        [],
        `the ${name} credential is seen`,
      )
    }
  })
})

/** Every vendor answers with all that it was sent, and an error: whatever is told of it must not hold the credentials. */
async function troubled({ app, slack, wechat, dingtalk }: SeedWorld): Promise<void> {
  const echo = ({ path, headers, body }: PeerRequest): PeerAnswer => ({
    status: 500,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ok: false, error: path, errcode: -1, errmsg: `${path} ${JSON.stringify(headers)} ${body}` }),
  })
  for (const vendor of [slack, wechat, dingtalk]) vendor.trouble = echo
  const labels = { alertname: 'Troubled', namespace: 'payments' }
  await app.post('/api/v2/alerts', { alerts: [{ status: 'firing', labels }] })
  await waitFor('attempts that failed', async () => {
    const { pending } = (await app.get('/api/v1/outbox')) as { pending: readonly { attempts: number }[] }
    return pending.filter(({ attempts }) => attempts > 0).length >= 3 ? true : undefined
  })
}

/** What arrived, in words that `render` has too. */
async function sent({ exim, webhook, slack, wechat, dingtalk }: SeedWorld): Promise<readonly string[]> {
  const mails = await exim.mails()
  return [
    ...mails.map(({ recipient, mail }) => `email ${recipient}: ${mail.subject ?? ''}\n${plain(mail.text ?? '')}`),
    ...webhook.arrivals.map(({ body }) => `webhook: ${JSON.stringify(body)}`),
    ...slack.messages.map(({ channel, text }) => `slack ${channel}: ${plain(text)}`),
    ...wechat.messages.map(({ content }) => `wechat: ${plain(content)}`),
    ...dingtalk.messages.map(({ content }) => `dingtalk: ${plain(content)}`),
  ].sort()
}

/** What `render` says would be sent, in the same words. */
async function render({ manifests }: SeedWorld, payload: string): Promise<readonly string[]> {
  const { stdout } = await main(
    'render',
    '--manifests',
    manifests,
    ...namespace,
    '--payload',
    payload,
    '--all',
    '-o',
    'json',
  )
  return (JSON.parse(stdout) as readonly Rendered[]).flatMap(wordsOf).sort()
}

function wordsOf({ channel, messages }: Rendered): readonly string[] {
  return messages.flatMap(({ to, title = '', text, json }) => {
    if (channel === 'email') return to.map((address) => `email ${address}: ${title}\n${plain(text)}`)
    if (channel === 'webhook') return [`webhook: ${JSON.stringify(json)}`]
    return [`${channel}${channel === 'slack' ? ` ${to.join()}` : ''}: ${plain(text)}`]
  })
}

/** The items of `all` that are not in `before`, each as often as it is there more often. */
function without(all: readonly string[], before: readonly string[]): readonly string[] {
  const left = [...before]
  return all.filter((item) => {
    const place = left.indexOf(item)
    if (place >= 0) left.splice(place, 1)
    return place < 0
  })
}

const namespace = ['--namespace', 'kubesphere-monitoring-system']

function main(...args: readonly string[]): Promise<{ readonly stdout: string }> {
  return run(process.execPath, [join(root, 'src', 'main.ts'), ...args], {
    timeout: 30_000,
    maxBuffer: 16 * 1024 * 1024,
  })
}

async function isEmpty(app: AppProcess): Promise<boolean> {
  const { outbox } = (await app.get('/status')) as { outbox: { pending: number; dead: number } }
  assert.equal(outbox.dead, 0)
  return outbox.pending === 0
}

/** Line ends and clock readings aside: messages say how long an alert has been firing, and when they were made. */
function plain(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(/firing for [^,\n]+/gu, 'firing for …')
    .trim()
}
