import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Cluster, type WatchEvent } from '../../src/kubernetes/cluster.ts'
import { configMapKind, namespaceKind } from '../../src/kubernetes/kinds.ts'
import { linesOf } from '../../src/kubernetes/watch-lines.ts'
import { waitFor } from '../support/programs/process.ts'
import { startHttpPeer } from '../support/http-peer.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { tlsFixture } from '../support/tls.ts'
import { forever, startClientWorld, type ClientWorld } from './client-world.ts'

const query = { kind: configMapKind, namespace: 'watched' }
const silent = { name: 'ApiError', status: 0, reason: 'Silent', message: /^GET \S+: nothing was heard for too long$/u }

function target(name: string) {
  return { ...query, name }
}

/** `TYPE name`, without the bookmarks. */
function told(events: readonly WatchEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'BOOKMARK' ? [] : [`${event.type} ${event.object.metadata.name}`]))
}

describe('a watch of a real API server', () => {
  let world: ClientWorld
  let cluster: Cluster

  before(async () => {
    world = await startClientWorld()
    cluster = world.connect()
    await cluster.create({ kind: namespaceKind, name: 'watched' }, {}, forever)
  })
  after(() => world.stop())

  const versionNow = async (): Promise<string> => (await cluster.list(query, forever)).resourceVersion

  it('tells what happened after its version, in order, beginning with a bookmark of that version', async () => {
    const resourceVersion = await versionNow()
    const one = await cluster.create(target('one'), { data: { step: '1' } }, forever)
    const two = await cluster.replace(target('one'), { ...one, data: { step: '2' } }, forever)
    await cluster.remove(target('one'), forever)
    const stop = new AbortController()
    const events: WatchEvent[] = []
    const watching = cluster.watch({ ...query, resourceVersion }, (event) => events.push(event), stop.signal)

    await waitFor('three events', () => (told(events).length === 3 ? true : undefined))
    await cluster.create(target('two'), {}, forever)
    await waitFor('the fourth event', () => (told(events).length === 4 ? true : undefined))
    stop.abort(new Error('seen enough'))

    await assert.rejects(watching, /seen enough/u)
    assert.deepEqual(told(events), ['ADDED one', 'MODIFIED one', 'DELETED one', 'ADDED two'])
    assert.deepEqual(events[0], { type: 'BOOKMARK', resourceVersion })
    const modified = events.find(({ type }) => type === 'MODIFIED')
    assert.ok(modified?.type === 'MODIFIED')
    assert.equal(modified.object.metadata.resourceVersion, two.metadata.resourceVersion)
    assert.equal(modified.object.metadata['managedFields'], undefined)
  })

  it('ends quietly when the server ends it', async () => {
    const short = world.connect({ watch: { timeoutSeconds: 1 } })
    const resourceVersion = await versionNow()

    await short.watch({ ...query, resourceVersion }, () => undefined, forever)
  })

  it('fails with 410 when its version has been compacted', async () => {
    const resourceVersion = await versionNow()
    await cluster.create(target('later'), {}, forever)
    await world.kube.compact()
    await world.kube.kill()
    await world.kube.restart()

    await assert.rejects(
      cluster.watch({ ...query, resourceVersion: '1' }, () => undefined, forever),
      {
        name: 'ApiError',
        status: 410,
        reason: /Expired|Gone/u,
      },
    )
    assert.ok(Number(resourceVersion) > 1)
  })

  it('is found hanging when the API server is stopped in its tracks', async () => {
    const watchful = world.connect({ watch: { silenceMs: 800 } })
    const events: WatchEvent[] = []
    const resourceVersion = await versionNow()
    const watching = watchful.watch({ ...query, resourceVersion }, (event) => events.push(event), forever)
    const failed = assert.rejects(watching, silent)
    await waitFor('the watch open', () => (events.length > 0 ? true : undefined))
    world.kube.freeze()
    try {
      await failed
    } finally {
      world.kube.thaw()
    }
  })

  it('is found hanging when the network swallows everything', async (context) => {
    const proxy = await startTcpProxy(world.port)
    context.after(() => proxy.stop())
    const server = { server: `https://127.0.0.1:${proxy.port}`, 'insecure-skip-tls-verify': true }
    const file = await world.writeKubeconfig('swallowed', { token: await world.token() }, server)
    const behind = world.connect({ kubeconfigs: [file], watch: { silenceMs: 800 } })
    const events: WatchEvent[] = []
    const resourceVersion = await versionNow()
    const watching = behind.watch({ ...query, resourceVersion }, (event) => events.push(event), forever)
    const failed = assert.rejects(watching, silent)
    await waitFor('the watch open', () => (events.length > 0 ? true : undefined))
    proxy.blackHole()
    await cluster.create(target('unheard'), {}, forever)

    await failed
    assert.deepEqual(told(events), [])
  })

  it('fails when its connection is cut, and lets what its listener throws pass', async (context) => {
    const proxy = await startTcpProxy(world.port)
    context.after(() => proxy.stop())
    const server = { server: `https://127.0.0.1:${proxy.port}`, 'insecure-skip-tls-verify': true }
    const file = await world.writeKubeconfig('cut', { token: await world.token() }, server)
    const behind = world.connect({ kubeconfigs: [file] })
    const events: WatchEvent[] = []
    const resourceVersion = await versionNow()
    const cut = behind.watch({ ...query, resourceVersion }, (event) => events.push(event), forever)
    const failed = assert.rejects(cut, { name: 'ApiError', status: 0 })
    await waitFor('the watch open', () => (events.length > 0 ? true : undefined))
    proxy.reset()
    await failed

    const bug = new Error('a bug of the listener')
    const thrown = behind.watch(
      { ...query, resourceVersion },
      () => {
        throw bug
      },
      forever,
    )
    await assert.rejects(thrown, bug)
  })

  it('refuses what is not a watch event, without quoting it', async (context) => {
    const peer = await startHttpPeer({ tls: { keyPair: tlsFixture().server } })
    context.after(() => peer.stop())
    const server = { server: peer.origin, 'insecure-skip-tls-verify': true }
    const client = world.connect({ kubeconfigs: [await world.writeKubeconfig('nonsense', { token: 'x' }, server)] })
    const answers: readonly [body: string, message: RegExp][] = [
      ['<html>secret</html>\n', /WATCH \S+: the server sent something that is not JSON$/u],
      ['{"type":"ADDED","object":{"secret":1}}\n', /WATCH \S+: the server sent something that is not a watch event$/u],
      ['{"type":"ERROR","object":{"code":500,"reason":"InternalError","message":"no"}}\n', /: 500 InternalError no$/u],
    ]

    for (const [body, message] of answers) {
      peer.answer = { status: 200, body }
      const watching = client.watch({ ...query, resourceVersion: '1' }, () => undefined, forever)
      await assert.rejects(watching, { name: 'ApiError', message })
    }
  })

  it('quotes the server without the token that it was sent', async (context) => {
    const peer = await startHttpPeer({ tls: { keyPair: tlsFixture().server } })
    context.after(() => peer.stop())
    const server = { server: peer.origin, 'insecure-skip-tls-verify': true }
    const user = { token: 'the-very-secret-token' }
    const client = world.connect({ kubeconfigs: [await world.writeKubeconfig('quoting', user, server)] })
    peer.answer = ({ headers }) => {
      const object = { code: 500, reason: 'InternalError', message: `who is ${headers.authorization ?? ''}?` }
      return { status: 200, body: `${JSON.stringify({ type: 'ERROR', object })}\n` }
    }

    const watching = client.watch({ ...query, resourceVersion: '1' }, () => undefined, forever)

    await assert.rejects(watching, { name: 'ApiError', message: /InternalError who is Bearer <redacted>\?$/u })
  })
})

describe('the lines of a stream', () => {
  async function lines(chunks: readonly (string | Buffer)[], maxBytes = 100): Promise<readonly string[]> {
    async function* stream(): AsyncGenerator<Buffer, void> {
      for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk))
    }
    const found: string[] = []
    for await (const line of linesOf(stream(), maxBytes)) found.push(line)
    return found
  }

  it('are put together from chunks cut anywhere, even within a character', async () => {
    const text = Buffer.from('ein\nSchlüssel\n\nmehr')
    for (let cut = 0; cut <= text.length; cut += 1) {
      assert.deepEqual(await lines([text.subarray(0, cut), text.subarray(cut)]), ['ein', 'Schlüssel', ''])
    }
  })

  it('may not be longer than the bound', async () => {
    assert.deepEqual(await lines(['0123456789\n', '0123456789\n'], 10), ['0123456789', '0123456789'])
    await assert.rejects(lines(['01234', '56789', 'x'], 10), RangeError)
  })
})
