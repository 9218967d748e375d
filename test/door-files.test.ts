import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openDoorFiles } from '../src/door-files.ts'
import { readDoorSettings } from '../src/door-settings.ts'
import { SettingsError } from '../src/model/errors.ts'
import { type TlsMaterial } from '../src/server/tls.ts'
import { createFakeClock } from './support/fake-clock.ts'
import { createLogCapture } from './support/log-capture.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { tlsFixture } from './support/tls.ts'

const { server, foreign } = tlsFixture()

interface Rig {
  path(name: string): string
  write(name: string, text: string): Promise<void>
  open(flags: Record<string, string>): ReturnType<typeof openDoorFiles>
  readonly clock: ReturnType<typeof createFakeClock>
  readonly log: ReturnType<typeof createLogCapture>
}

async function rig(context: TestContext): Promise<Rig> {
  const folder = await temporaryFolder(context)
  const clock = createFakeClock(0)
  const log = createLogCapture()
  const path = (name: string): string => join(folder, name)
  return {
    path,
    clock,
    log,
    write: (name, text) => writeFile(path(name), text),
    open: (flags) => openDoorFiles(readDoorSettings(flags), clock, log),
  }
}

describe('the files of the door', () => {
  it('are read again when they change, and a senseless change leaves in force what was', async (context) => {
    const { write, open, path, clock, log } = await rig(context)
    await write('tokens', 'first\n')
    const files = open({ ingestCredentials: path('tokens') })
    const ending = new AbortController()
    const watching = files.watch(() => undefined, ending.signal)
    const accepts = (token: string): boolean | undefined =>
      files.access.credentials('ingest')?.accepts(`Bearer ${token}`)

    await write('tokens', 'first\nsecond\n')
    await clock.advance(5_000)
    assert.deepEqual(['first', 'second'].map(accepts), [true, true])
    await write('tokens', '')
    await clock.advance(5_000)
    assert.deepEqual(['first', 'second'].map(accepts), [true, true])
    assert.match(log.text(), /--ingest-credentials.*holds no credential/su)
    await write('tokens', 'second\n')
    await clock.advance(5_000)
    assert.deepEqual(['first', 'second'].map(accepts), [false, true])

    ending.abort()
    await watching
    assert.doesNotMatch(log.text(), /first|second/u)
  })

  it('hand over a renewed certificate, and not one that is half written', async (context) => {
    const { write, open, path, clock } = await rig(context)
    await write('tls.crt', server.cert)
    await write('tls.key', server.key)
    const files = open({ tlsCert: path('tls.crt'), tlsKey: path('tls.key') })
    const renewed: TlsMaterial[] = []
    const ending = new AbortController()
    const watching = files.watch((material) => renewed.push(material), ending.signal)

    await write('tls.crt', foreign.cert)
    await clock.advance(5_000)
    assert.deepEqual(renewed, [])
    await write('tls.key', foreign.key)
    await clock.advance(5_000)
    assert.deepEqual(renewed, [foreign])

    ending.abort()
    await watching
  })

  it('must be there and make sense at the start', async (context) => {
    const { write, open, path } = await rig(context)
    await write('empty', '')

    assert.throws(() => open({ readCredentials: path('absent') }), SettingsError)
    assert.throws(() => open({ readCredentials: path('empty') }), /--read-credentials: .*holds no credential/u)
    assert.throws(() => open({ tlsCert: path('empty'), tlsKey: path('empty') }), /not PEM/u)
    await write('cert', server.cert)
    await write('another key', foreign.key)
    const broken = '-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----\n'
    await write('broken key', broken)
    assert.throws(() => open({ tlsCert: path('cert'), tlsKey: path('another key') }), /not the one of the certificate/u)
    assert.throws(() => open({ tlsCert: path('cert'), tlsKey: path('broken key') }), /cannot be read/u)
    assert.throws(() => open({ tlsCert: path('empty') }), /--tls-cert needs --tls-key/u)
    assert.throws(() => open({ sourceRate: 'many' }), /--source-rate/u)
  })
})
