import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { manifests, startServer } from './cli/dead-letter-rig.ts'
import { program } from './cli/terminal.ts'
import { startHttpPeer, type HttpPeer } from './support/http-peer.ts'
import { freePort } from './support/programs/process.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { tlsFixture } from './support/tls.ts'

const list = ['dead-letters', 'list'] as const
const replay = ['dead-letters', 'replay', '--all'] as const

/** Files with these texts, by their names. */
async function files(folder: string, texts: Readonly<Record<string, string>>): Promise<(name: string) => string> {
  const path = (name: string): string => join(folder, name)
  for (const [name, text] of Object.entries(texts)) await writeFile(path(name), text)
  return path
}

async function peerThat(context: TestContext, answer: HttpPeer['answer']): Promise<HttpPeer> {
  const peer = await startHttpPeer()
  context.after(() => peer.stop())
  peer.answer = answer
  return peer
}

const nothing = { status: 200, body: '{"deadLetters":[]}' }

describe('a server that asks for credentials', () => {
  it('lets readers read and administrators replay; others learn which credentials it wants', async (t) => {
    const folder = await temporaryFolder(t)
    const path = await files(folder, {
      'manifests.json': manifests('http://127.0.0.1:9', [{ name: 'everyone', labels: { type: 'global' } }]),
      readers: '# rotated in May\n\nreader-token\n',
      admins: 'anna:correct horse: battery\n',
      strangers: 'stranger-token\nreader-token\n',
      nonsense: 'two words\n',
      empty: '# none yet\n',
    })
    const doors = ['--read-credentials', path('readers'), '--admin-credentials', path('admins')]
    const { url } = await startServer(t, folder, ['--manifests', path('manifests.json'), ...doors])
    const cases: readonly (readonly [readonly string[], string | undefined, number, RegExp])[] = [
      [list, undefined, 2, /answered 401: .*give a file with --credentials/u],
      [list, 'strangers', 2, /answered 401: .*does not know the first credential of .*strangers/u],
      [list, 'readers', 1, /No dead letter matches/u],
      [list, 'admins', 1, /No dead letter matches/u],
      [['outbox', 'list'], 'readers', 1, /No waiting notification matches/u],
      [['history'], 'readers', 1, /No history record matches/u],
      [replay, 'admins', 1, /^$/u],
      [['dead-letters', 'replay', 'one'], 'readers', 2, /answered 403: .*credentials of its --admin-credentials/u],
      [['dead-letters', 'discard', 'one'], 'readers', 2, /answered 403: .*credentials of its --admin-credentials/u],
      [['dead-letters', 'discard', 'one'], 'admins', 1, /There is no dead letter one/u],
      [list, 'nonsense', 2, /--credentials: .*nonsense: credential 1 is no bearer token/u],
      [list, 'empty', 2, /--credentials: .*empty: it holds no credential/u],
      [list, 'nowhere', 2, /--credentials: cannot read .*nowhere/u],
    ]
    for (const [argv, credentials, code, message] of cases) {
      const flags = credentials === undefined ? [] : ['--credentials', path(credentials)]
      const ended = await program([...argv, '--server', url, ...flags])
      assert.deepEqual([argv, credentials, ended.code], [argv, credentials, code], ended.err)
      assert.match(ended.err, message)
      assert.doesNotMatch(ended.err, /two words|-token|battery/u)
    }
  })
})

describe('a server with a certificate', () => {
  it('is asked over TLS with the authorities, certificate and name that the flags give', async (t) => {
    const { ca, server, client, foreign } = tlsFixture()
    const folder = await temporaryFolder(t)
    const path = await files(folder, {
      'manifests.json': manifests('http://127.0.0.1:9', [{ name: 'everyone', labels: { type: 'global' } }]),
      ca,
      'server.crt': server.cert,
      'server.key': server.key,
      'client.crt': client.cert,
      'client.key': client.key,
      'foreign.crt': foreign.cert,
      'foreign.key': foreign.key,
    })
    const tls = ['--tls-cert', path('server.crt'), '--tls-key', path('server.key'), '--tls-client-ca', path('ca')]
    const { url } = await startServer(t, folder, ['--manifests', path('manifests.json'), ...tls])
    const known = ['--ca', path('ca')]
    const own = ['--cert', path('client.crt'), '--key', path('client.key')]
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [[], 2, /not signed by a trusted authority; give its CA as --ca/u],
      [known, 2, /answered 403: .*wants --cert and --key/u],
      [[...known, '--cert', path('foreign.crt'), '--key', path('foreign.key')], 2, /answered 403/u],
      [[...known, ...own], 1, /No dead letter matches/u],
      [[...known, ...own, '--tls-server-name', 'mail.test'], 1, /No dead letter matches/u],
      [[...known, ...own, '--tls-server-name', 'other.test'], 2, /for another name; .* as --tls-server-name/u],
      [[...known, '--cert', path('client.crt'), '--key', path('foreign.key')], 2, /--key does not belong to --cert/u],
      [['--ca', path('client.key')], 2, /--ca is not a readable PEM certificate/u],
      [[...known, '--cert', path('client.crt')], 2, /--cert needs --key/u],
      [[...known, '--key', path('client.key')], 2, /--key needs --cert/u],
    ]
    for (const [flags, code, message] of cases) {
      const ended = await program([...list, '--server', url, ...flags])
      assert.deepEqual([flags, ended.code], [flags, code], ended.err)
      assert.match(ended.err, message)
    }
  })
})

describe('a server that cannot be asked', () => {
  it('is told from one that has nothing to say: 2, and what would help', async (t) => {
    const answers: readonly (readonly [HttpPeer['answer'], RegExp])[] = [
      ['reset', /failed: connection reset|closed the connection/u],
      ['garbage', /did not answer in HTTP/u],
      ['half', /closed the connection before its answer was whole/u],
      [{ status: 200, body: '<html>' }, /answered 200 and no JSON; is it the address of a notification-manager\?/u],
      [{ status: 200, body: '{}' }, /no list deadLetters; is the server a notification-manager\?/u],
      [{ status: 404, body: '{"Status":404}' }, /does not know this question; is it a notification-manager/u],
      [{ status: 302, headers: { location: 'https://evil.test/' } }, /answered 302; redirects are not followed/u],
      [{ status: 503, body: '{"Message":"full \\u001b[2J"}' }, /answered 503: full \\u001b\[2J$/mu],
    ]
    for (const [answer, message] of answers) {
      const peer = await peerThat(t, answer)
      const { code, err } = await program([...list, '--server', peer.origin])
      assert.equal(code, 2)
      assert.match(err, message)
    }
    const { code, err } = await program([...list, '--server', `http://127.0.0.1:${await freePort()}`])
    assert.equal(code, 2)
    assert.match(err, /connection refused; is the server running there\? --server says where it is/u)
  })

  it('tells what was changed before it failed', async (t) => {
    const peer = await peerThat(t, ({ path }) =>
      path.includes('/two/') ? { status: 503, body: '{"Message":"the outbox is full"}' } : { status: 200, body: '{}' },
    )
    const { code, out, err } = await program(['dead-letters', 'replay', 'one', 'two', '--server', peer.origin])
    assert.deepEqual([code, out], [2, ''])
    assert.match(err, /^1 dead letter was put back into the outbox, then:\n.*answered 503: the outbox is full$/mu)
  })
})

describe('the address of a server', () => {
  it('is a flag, or the environment when there is none; it may have a path', async (t) => {
    const peer = await peerThat(t, nothing)
    const env = { NOTIFICATION_MANAGER_SERVER: peer.origin }
    const paths = async (argv: readonly string[], variables = env): Promise<readonly string[]> => {
      const before = peer.requests.length
      await program([...list, ...argv], { env: variables })
      return peer.requests.slice(before).map(({ path }) => path)
    }
    assert.deepEqual(await paths([]), ['/api/v1/dead-letters?limit=100'])
    assert.deepEqual(await paths(['--server', `${peer.origin}/notify`]), ['/notify/api/v1/dead-letters?limit=100'])
    assert.deepEqual(await paths(['--tenant', 'a&limit=1']), ['/api/v1/dead-letters?tenant=a%26limit%3D1&limit=100'])
    assert.deepEqual(await paths(['--server', `http://127.0.0.1:${await freePort()}`]), [])
  })

  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['--server', 'localhost:19093'], /--server: "localhost:19093" is not an address such as http:\/\/127/u],
    [['--server', 'http://x.test/?a=b'], /is not an address such as/u],
    [['--server', 'https://anna:secret@x.test'], /leave user and password out of the address/u],
    [['--server', 'http://x.test', '--ca', 'ca.pem'], /are for an https address of --server/u],
  ]
  for (const [flags, message] of wrong) {
    it(`is refused when it makes no sense: ${flags.join(' ')}`, async () => {
      const { code, err } = await program([...list, ...flags])
      assert.equal(code, 2)
      assert.match(err, message)
      assert.doesNotMatch(err, /secret/u)
    })
  }
})

it('a verb that asks a server ends by itself, as a program of its own', async (t) => {
  const peer = await peerThat(t, { status: 200, body: '{"history":[{"notification":"one","outcome":"sent"}]}' })
  const env = { ...process.env, NOTIFICATION_MANAGER_SERVER: peer.origin }
  const argv = [join(import.meta.dirname, '..', 'src', 'main.ts'), 'history']
  const { stdout } = await promisify(execFile)(process.execPath, argv, { env, timeout: 30_000 })
  assert.match(stdout, /^- +one .* sent/mu)
})
