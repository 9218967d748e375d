import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from './support/temporary-folder.ts'

const entry = join(import.meta.dirname, '..', 'src', 'main.ts')

interface End {
  readonly code: unknown
  readonly killed: boolean
  readonly said: string
}

function runToItsEnd(args: readonly string[]): Promise<End> {
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, ...args], { timeout: 60_000 }, (error, _out, said) => {
      resolve({ code: error?.code ?? 0, killed: error?.killed === true, said })
    })
  })
}

describe('a start that its settings do not allow', () => {
  for (const verb of ['serve', 'demo']) {
    it(`ends ${verb} with one sentence and exit code 2, and leaves nothing running`, async (context) => {
      const folder = await temporaryFolder(context)
      const credentials = join(folder, 'credentials')
      await writeFile(credentials, 'no token at all\n')
      const ports = verb === 'demo' ? ['--mailbox-smtp-port', '0', '--mailbox-http-port', '0'] : ['--manifests', folder]
      const common = [verb, '--data', join(folder, 'data'), '--listen', '127.0.0.1:0', ...ports]

      for (const [flag, value] of [
        ['--ingest-credentials', credentials],
        ['--egress-allow', 'everything'],
        ['--listen', '192.0.2.1:1'],
      ] as const) {
        const { code, killed, said } = await runToItsEnd([...common, flag, value])
        assert.deepEqual({ code, killed }, { code: 2, killed: false }, `${flag}: ${said}`)
        assert.match(said, new RegExp(`notification-manager: ${flag}:? [^\\n]+\\n$`, 'u'))
      }
    })
  }
})
