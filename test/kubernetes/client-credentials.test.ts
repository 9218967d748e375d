import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadKubeConfig } from '../../src/kubernetes/client-config.ts'
import { type ConnectOptions } from '../../src/kubernetes/client.ts'
import { configMapKind } from '../../src/kubernetes/kinds.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { startHttpPeer, startHttpProxy } from '../support/http-peer.ts'
import { tlsFixture } from '../support/tls.ts'
import { forever, startClientWorld, type ClientWorld } from './client-world.ts'

const configMaps = { kind: configMapKind, namespace: 'default' }
const unauthorized = { name: 'ApiError', status: 401, reason: 'Unauthorized' }

describe('credentials of the client', () => {
  let world: ClientWorld
  let good: string
  let authority: string

  before(async () => {
    authority = await mkdtemp(join(tmpdir(), 'notification-manager-test-'))
    await writeFile(join(authority, 'ca.crt'), tlsFixture().ca)
    world = await startClientWorld({ flags: [`--client-ca-file=${join(authority, 'ca.crt')}`] })
    good = await world.token()
  })
  after(async () => {
    await world.stop()
    await rm(authority, { recursive: true })
  })

  const list = (options: ConnectOptions) => world.connect(options).list(configMaps, forever)

  it('read a token file anew for each request, so that a rotated token is in force at once', async () => {
    const tokenFile = join(world.folder, 'rotating-token')
    await writeFile(tokenFile, 'not-a-token')
    // Relative to the kubeconfig, and taking precedence over a token beside it.
    const user = { tokenFile: 'rotating-token', token: 'superseded' }
    const cluster = world.connect({ kubeconfigs: [await world.writeKubeconfig('rotating', user)] })

    await assert.rejects(cluster.list(configMaps, forever), unauthorized)
    await writeFile(tokenFile, `${good}\n`)
    assert.ok(await cluster.list(configMaps, forever))
    await writeFile(tokenFile, 'not-a-token-either')
    await assert.rejects(cluster.list(configMaps, forever), unauthorized)
  })

  it('read the kubeconfig anew when the server refuses what it said', async () => {
    const file = await world.writeKubeconfig('rewritten', { token: 'not-a-token' })
    const clock = createFakeClock()
    const cluster = world.connect({ kubeconfigs: [file] }, clock)
    await world.writeKubeconfig('rewritten', { token: good })
    await clock.advance(2_000)

    assert.ok(await cluster.list(configMaps, forever), 'the same request, sent again')
  })

  it('run a credential plugin again when its token is refused, and never quote what it prints', async () => {
    const printed = join(world.folder, 'printed.json')
    const credential = (token: string): string =>
      JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } })
    await writeFile(printed, credential('not-a-token'))
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'cat', args: [printed] }
    const clock = createFakeClock()
    const cluster = world.connect({ kubeconfigs: [await world.writeKubeconfig('plugin', { exec })] }, clock)
    await assert.rejects(cluster.list(configMaps, forever), unauthorized)
    await clock.advance(2_000)

    await writeFile(printed, credential(good))
    assert.ok(await cluster.list(configMaps, forever))

    await writeFile(printed, `very-secret-token`)
    const broken = world.connect({ kubeconfigs: [await world.writeKubeconfig('broken-plugin', { exec })] })
    await assert.rejects(broken.list(configMaps, forever), {
      name: 'ApiError',
      status: 0,
      message: /: the credential plugin cat failed: run it by hand to see why$/u,
    })
  })

  it('may be a client certificate', async () => {
    const { client } = tlsFixture()
    const name = /CN=(\S+)/u.exec(new X509Certificate(client.cert).subject)?.[1] ?? ''
    await world.kube.kubectl([
      'create',
      'clusterrolebinding',
      'certified',
      '--clusterrole=cluster-admin',
      `--user=${name}`,
    ])
    await writeFile(join(world.folder, 'client.crt'), client.cert)
    const user = { 'client-certificate': 'client.crt', 'client-key-data': Buffer.from(client.key).toString('base64') }

    assert.ok(await list({ kubeconfigs: [await world.writeKubeconfig('certified', user)] }))
  })

  it("are the pod's own when there is no kubeconfig, with the authority that it trusts", async () => {
    const folder = join(world.folder, 'serviceaccount')
    await mkdir(folder)
    const inCluster = { host: '127.0.0.1', port: String(world.port), folder }
    assert.throws(() => loadKubeConfig({ inCluster }), {
      name: 'SettingsError',
      message: /token: there is no service account token in this pod/u,
    })
    await writeFile(join(folder, 'token'), good)
    await writeFile(join(folder, 'ca.crt'), await readFile(join(world.folder, 'kube', 'certs', 'apiserver.crt')))

    assert.ok(await list({ kubeconfigs: [], inCluster }))

    await writeFile(join(folder, 'ca.crt'), tlsFixture().ca)
    await assert.rejects(list({ kubeconfigs: [], inCluster }), { status: 0, message: /certificate/u })
  })

  it('take new certificates of a running client into use', async () => {
    const folder = join(world.folder, 'new-authority')
    await mkdir(folder)
    await writeFile(join(folder, 'token'), good)
    await writeFile(join(folder, 'ca.crt'), tlsFixture().ca)
    const inCluster = { host: '127.0.0.1', port: String(world.port), folder }
    const cluster = world.connect({ kubeconfigs: [], inCluster })
    await assert.rejects(cluster.list(configMaps, forever), { status: 0 })

    await writeFile(join(folder, 'ca.crt'), await readFile(join(world.folder, 'kube', 'certs', 'apiserver.crt')))

    assert.ok(await cluster.list(configMaps, forever))
  })

  it('travel through the proxy that the kubeconfig names', async (context) => {
    const proxy = await startHttpProxy()
    context.after(() => proxy.stop())
    const cluster = {
      server: world.kube.url,
      'insecure-skip-tls-verify': true,
      'proxy-url': `http://user:word@127.0.0.1:${proxy.port}`,
    }

    assert.ok(await list({ kubeconfigs: [await world.writeKubeconfig('proxied', { token: good }, cluster)] }))
    assert.deepEqual(proxy.tunnels, [
      { target: `127.0.0.1:${world.port}`, authorization: `Basic ${Buffer.from('user:word').toString('base64')}` },
    ])
  })

  it('are cut out of an answer that quotes them', async (context) => {
    const peer = await startHttpPeer({ tls: { keyPair: tlsFixture().server } })
    context.after(() => peer.stop())
    peer.answer = ({ headers }) => ({ status: 502, body: `no route for ${headers.authorization ?? ''}` })
    const server = { server: peer.origin, 'insecure-skip-tls-verify': true }
    const file = await world.writeKubeconfig('quoted', { token: 'very-secret-token' }, server)

    const error: unknown = await list({ kubeconfigs: [file] }).catch(String)

    assert.match(String(error), /502 no route for Bearer <redacted>$/u)
  })

  it('are cut out of an answer that quotes them decoded, and where it is cut', async (context) => {
    const peer = await startHttpPeer({ tls: { keyPair: tlsFixture().server } })
    context.after(() => peer.stop())
    const server = { server: peer.origin, 'insecure-skip-tls-verify': true }
    const password = 'the-very-secret-password'
    const file = await world.writeKubeconfig('decoded', { username: 'ann', password }, server)

    for (const place of [0, 980, 990, 995]) {
      peer.answer = { status: 502, body: `${'x'.repeat(place)} ${password}` }
      const error: unknown = await list({ kubeconfigs: [file] }).catch(String)
      assert.doesNotMatch(String(error), /the-ve/u, `at ${place}`)
    }
  })
})
