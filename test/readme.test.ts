import assert from 'node:assert/strict'
import { exec } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const shell = promisify(exec)

/** Lines of the README's shell blocks that call the program and end by themselves. */
const commands = [...readme.matchAll(/```sh\n(.*?)```/gsu)]
  .flatMap(([, block]) => (block ?? '').split('\n'))
  .filter((line) => line.startsWith('npx node src/main.ts') && !line.includes(' serve'))

describe('README', () => {
  it('shows enough commands to mean something', () => {
    assert.ok(commands.length >= 4, commands.join('\n'))
  })

  for (const command of commands) {
    it(`works as written: ${command}`, { timeout: 60_000 }, async () => {
      const { stdout } = await shell(command, { cwd: root, timeout: 50_000 })

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
