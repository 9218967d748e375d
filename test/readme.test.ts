import assert from 'node:assert/strict'
import { exec } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { startHttpPeer, type HttpPeer } from './support/http-peer.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const shell = promisify(exec)

/** Lines of the README's shell blocks that call the program and end by themselves. */
const commands = [...readme.matchAll(/```sh\n(.*?)```/gsu)]
  .flatMap(([, block]) => (block ?? '').split('\n'))
  .filter((line) => line.startsWith('npx node src/main.ts') && !line.includes(' serve'))

/** What a server answers to those that ask for its dead letters, or for one of them. */
const deadLetter = { notification: 'one', receiver: 'EmailReceiver/payments-on-call', reason: 'authError', diedAt: 0 }
const answer = { deadLetters: [deadLetter], counts: { dead: 1 }, count: 1, more: false }

describe('README', () => {
  let server: HttpPeer
  before(async () => {
    server = await startHttpPeer()
    server.answer = { status: 200, body: JSON.stringify(answer) }
  })
  after(() => server.stop())

  it('shows enough commands to mean something', () => {
    assert.ok(commands.length >= 4, commands.join('\n'))
  })

  for (const command of commands) {
    it(`works as written: ${command}`, { timeout: 60_000 }, async () => {
      const env = { ...process.env, NOTIFICATION_MANAGER_SERVER: server.origin }
      const { stdout } = await shell(command, { cwd: root, env, timeout: 50_000 })

      assert.notEqual(stdout, '')
    })
  }

  it('links only to files that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/gu)].map(([, path]) => path ?? '')

    assert.deepEqual(
      links.filter((path) => !existsSync(join(root, path))),
      [],
    )
    assert.ok(links.length > 10)
  })
})
