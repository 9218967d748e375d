import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { startApp, type AppProcess } from '../support/app-process.ts'
import { browse } from '../support/programs/chromium.ts'
import { freePort, waitFor } from '../support/programs/process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = join(import.meta.dirname, '..', '..')
const expected = ['/incidents', 'admin@demo.example', 'lead@payments.example,on-call@payments.example']

interface Listed {
  readonly to: readonly string[]
  readonly subject: string
}

describe('the demo', { timeout: 120_000 }, () => {
  it('shows each message that left to the people it is for, in a browser', async (context) => {
    const folder = await temporaryFolder(context)
    const app = await startDemo(context, folder)

    const answer = await app.post('/api/v2/alerts', await payments())
    await waitFor('three messages', () => when(app, expected.length))
    const page = await browse(`${app.url}/mailbox`, join(folder, 'profile'))

    assert.equal(answer.status, 200)
    assert.equal((answer.body as { accepted: number }).accepted, 2)
    assert.deepEqual(await recipients(app), expected)
    assert.match(page, /\[FIRING:2\] KubePodCrashLooping/u)
    assert.match(page, /admin@demo\.example/u)
    assert.doesNotMatch(page, /shop\.example/u)
    assert.doesNotMatch(page, /not-a-real-token/u)
  })

  it('delivers once what was accepted before a kill -9', async (context) => {
    const folder = await temporaryFolder(context)
    const app = await startDemo(context, folder)

    const answer = await app.post('/api/v2/alerts', await payments())
    await app.kill()
    const again = await startDemo(context, folder)
    await waitFor('three messages', () => when(again, expected.length))
    await waitFor('an empty outbox', () => isEmpty(again))

    assert.equal(answer.status, 200)
    assert.deepEqual(await recipients(again), expected)
  })
})

/** On ports of its own, so that it does not collide with a demo that a person runs. */
async function startDemo(context: TestContext, folder: string): Promise<AppProcess> {
  const app = await startApp({
    verb: 'demo',
    port: await freePort(),
    args: ['--data', join(folder, 'data'), '--mailbox-smtp-port', '0', '--mailbox-http-port', '0'],
  })
  context.after(() => app.stop())
  return app
}

async function payments(): Promise<unknown> {
  return JSON.parse(await readFile(join(root, 'kustomize/overlays/demo/alerts/payments.json'), 'utf8')) as unknown
}

async function listed(app: AppProcess): Promise<readonly Listed[]> {
  const { messages } = (await app.get('/mailbox.json')) as { messages: readonly Listed[] }
  return messages
}

async function recipients(app: AppProcess): Promise<readonly string[]> {
  return (await listed(app)).map(({ to }) => [...to].sort().join(',')).sort()
}

async function when(app: AppProcess, count: number): Promise<true | undefined> {
  return (await listed(app)).length >= count ? true : undefined
}

async function isEmpty(app: AppProcess): Promise<true | undefined> {
  const { outbox } = (await app.get('/status')) as { outbox: { pending: number } }
  return outbox.pending === 0 ? true : undefined
}
