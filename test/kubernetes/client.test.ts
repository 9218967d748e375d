import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ApiError, type ApiTarget } from '../../src/kubernetes/cluster.ts'
import {
  apiKindOf,
  configMapKind,
  customResourceDefinitionKind,
  deploymentKind,
  namespaceKind,
  secretKind,
} from '../../src/kubernetes/kinds.ts'
import { isNotServed, refusalError } from '../../src/kubernetes/requests-error.ts'
import { listAll, tooLarge } from '../../src/kubernetes/requests-list.ts'
import { waitFor } from '../support/programs/process.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { forever, startClientWorld, type ClientWorld } from './client-world.ts'

const receiverKind = apiKindOf({ kind: 'EmailReceiver', plural: 'emailreceivers' })

function configMap(name: string, namespace = 'default'): ApiTarget {
  return { kind: configMapKind, namespace, name }
}

describe('the client of a real API server', () => {
  let world: ClientWorld

  before(async () => {
    world = await startClientWorld({ users: ['nobody'] })
  })
  after(() => world.stop())

  it('reads a list of 600 objects as a whole, over several pages and few connections', async () => {
    const cluster = world.connect()
    await cluster.create({ kind: namespaceKind, name: 'pages' }, {}, forever)
    const names = Array.from({ length: 600 }, (_, index) => `page-${String(index).padStart(3, '0')}`)
    await Promise.all(names.map((name) => cluster.create(configMap(name, 'pages'), { data: { name } }, forever)))

    const { items, resourceVersion } = await cluster.list({ kind: configMapKind, namespace: 'pages' }, forever)

    assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), names)
    assert.match(resourceVersion, /^\d+$/u)
    assert.deepEqual([items[0]?.kind, items[0]?.apiVersion], ['ConfigMap', 'v1'], 'a list item knows what it is')
    assert.equal(items[0]?.metadata['managedFields'], undefined)
  })

  it('begins a list anew when its pages have become too old', async () => {
    const starts: boolean[] = []
    const read = async (path: string): Promise<unknown> => {
      const first = !path.includes('continue=')
      starts.push(first)
      if (!first && starts.filter(Boolean).length === 1) {
        await world.kube.kubectl(['create', 'configmap', 'compacted', '--namespace=pages'])
        await world.kube.compact()
      }
      const answer = await world.kube.tryKubectl(['get', '--raw', path])
      if (answer.code !== 0) throw refusalError(path, { status: 410, body: answer.stderr })
      return JSON.parse(answer.stdout)
    }

    const { items } = await listAll({ kind: configMapKind, namespace: 'pages' }, read, forever)

    assert.equal(items.length, 601)
    assert.deepEqual(starts, [true, false, true, false])
  })

  it('asks for smaller pages when one is too large to be taken', async () => {
    const limits: (string | null)[] = []
    const read = async (path: string): Promise<unknown> => {
      const limit = new URL(path, 'http://kubernetes').searchParams.get('limit')
      limits.push(limit)
      if (Number(limit) > 200) throw new ApiError('too large', { status: 0, reason: tooLarge })
      return JSON.parse(await world.kube.kubectl(['get', '--raw', path]))
    }

    const { items } = await listAll({ kind: configMapKind, namespace: 'pages' }, read, forever)

    assert.equal(new Set(items.map(({ metadata }) => metadata.name)).size, 601)
    assert.deepEqual(limits.slice(0, 2), ['500', '125'])
  })

  it('narrows a list by label and by field', async () => {
    const cluster = world.connect()
    await cluster.create(configMap('labelled'), { metadata: { labels: { team: 'a' } } }, forever)

    const byLabel = await cluster.list({ kind: configMapKind, labelSelector: 'team=a' }, forever)
    const byField = await cluster.list(
      { kind: configMapKind, namespace: 'pages', fieldSelector: 'metadata.name=page-007' },
      forever,
    )

    assert.deepEqual(
      [...byLabel.items, ...byField.items].map(({ metadata }) => metadata.name),
      ['labelled', 'page-007'],
    )
  })

  it('creates, reads, replaces and removes an object', async () => {
    const cluster = world.connect()
    const target = configMap('written')

    assert.equal(await cluster.get(target, forever), undefined)
    const created = await cluster.create(target, { data: { step: 'one' } }, forever)
    const replaced = await cluster.replace(target, { ...created, data: { step: 'two' } }, forever)
    assert.deepEqual((await cluster.get(target, forever))?.['data'], { step: 'two' })
    assert.notEqual(replaced.metadata.resourceVersion, created.metadata.resourceVersion)

    await assert.rejects(cluster.replace(target, { ...created, data: { step: 'late' } }, forever), {
      name: 'ApiError',
      status: 409,
      reason: 'Conflict',
      message: /^PUT \/api\/v1\/namespaces\/default\/configmaps\/written: 409 Conflict Operation cannot be fulfilled/u,
    })
    assert.equal(await cluster.remove(target, forever), true)
    assert.equal(await cluster.remove(target, forever), false)
  })

  it('applies server-side, keeps to its own fields, and takes over those of others only by force', async () => {
    const cluster = world.connect()
    const target = configMap('applied')
    await cluster.apply(target, { data: { ours: '1' } }, { fieldManager: 'we' }, forever)
    await cluster.apply(target, { data: { theirs: '1' } }, { fieldManager: 'they' }, forever)

    const contested = cluster.apply(target, { data: { ours: '2' } }, { fieldManager: 'they' }, forever)
    await assert.rejects(contested, { name: 'ApiError', status: 409, reason: 'Conflict' })
    const forced = await cluster.apply(target, { data: { ours: '3' } }, { fieldManager: 'they', force: true }, forever)

    assert.deepEqual(forced['data'], { ours: '3' }, 'what they no longer apply is gone')
  })

  it('writes a status without touching the spec', async () => {
    const cluster = world.connect()
    const target: ApiTarget = { kind: deploymentKind, namespace: 'default', name: 'status' }
    const labels = { app: 'status' }
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'one', image: 'one' }] } },
    }
    await cluster.apply(target, { spec }, { fieldManager: 'we' }, forever)

    const status = { replicas: 3, observedGeneration: 1 }
    await cluster.apply(target, { status }, { fieldManager: 'we', subresource: 'status' }, forever)

    const stored = await cluster.get(target, forever)
    assert.deepEqual(stored?.['status'], status)
    assert.equal((stored['spec'] as { readonly replicas: number }).replicas, 1)
  })

  it('says which request was refused and why, without the credential', async () => {
    const cluster = world.connect({ kubeconfigs: [world.kube.kubeconfig('nobody')] })

    const error: unknown = await cluster.list({ kind: secretKind, namespace: 'kube-system' }, forever).catch(String)

    assert.match(
      String(error),
      /^ApiError: GET \/api\/v1\/namespaces\/kube-system\/secrets: 403 Forbidden secrets is forbidden: User "nobody" cannot list/u,
    )
    assert.ok(!String(error).includes(await world.token('nobody')))
  })

  it('removes a credential that an answer quotes, and reads what the server asks us to wait', () => {
    const body = JSON.stringify({ kind: 'Status', code: 429, reason: 'TooManyRequests', message: 'later' })

    const { status, reason, retryAfterMs } = refusalError('GET /x', { status: 429, retryAfter: '7', body })

    assert.deepEqual({ status, reason, retryAfterMs }, { status: 429, reason: 'TooManyRequests', retryAfterMs: 7_000 })
  })

  it('tells a kind that is not installed yet from an object that is not there', async () => {
    const cluster = world.connect()

    assert.equal(await cluster.hasKind(receiverKind, forever), false)
    await assert.rejects(cluster.list({ kind: receiverKind }, forever), (error: unknown) => {
      assert.ok(isNotServed(error))
      assert.match(String(error), /emailreceivers: .* is its CustomResourceDefinition installed\?$/u)
      return true
    })
    await assert.rejects(cluster.get({ kind: receiverKind, name: 'one' }, forever), isNotServed)

    const crd = join(import.meta.dirname, '..', '..', 'crds', 'emailreceivers.yaml')
    await world.kube.kubectl(['apply', '--validate=false', '-f', crd])
    await waitFor('the kind served', async () => ((await cluster.hasKind(receiverKind, forever)) ? true : undefined))
    await waitFor('the list', () => cluster.list({ kind: receiverKind }, forever).catch(() => undefined))
    assert.equal(await cluster.get({ kind: receiverKind, name: 'one' }, forever), undefined)
    const definition = { kind: customResourceDefinitionKind, name: 'emailreceivers.notification.kubesphere.io' }
    assert.equal((await cluster.get(definition, forever))?.kind, 'CustomResourceDefinition')
  })

  it('makes 300 writes over hardly any connections', async (context) => {
    const proxy = await startTcpProxy(world.port)
    context.after(() => proxy.stop())
    const server = { server: `https://127.0.0.1:${proxy.port}`, 'insecure-skip-tls-verify': true }
    const file = await world.writeKubeconfig('counted', { token: await world.token() }, server)
    const cluster = world.connect({ kubeconfigs: [file] })

    for (let count = 0; count < 300; count += 1) {
      const data = { count: String(count) }
      await cluster.apply(configMap('counted'), { data }, { fieldManager: 'we', force: true }, forever)
    }

    assert.ok(proxy.connections() <= 2, `${proxy.connections()} connections`)
    await cluster.close()
    await waitFor('its connection closed', () => (proxy.open() === 0 ? true : undefined))
  })

  it('gives a hanging API server up at the deadline, and stops at once when told to', async () => {
    const cluster = world.connect({ requestTimeoutMs: 300 })
    const patient = world.connect()
    const reason = new Error('enough')
    world.kube.freeze()
    const frozenAt = performance.now()
    try {
      await assert.rejects(cluster.get(configMap('any'), forever), {
        name: 'ApiError',
        status: 0,
        message: /^GET \/api\/v1\/namespaces\/default\/configmaps\/any: no whole answer within 0\.3 s$/u,
      })
      assert.ok(performance.now() - frozenAt < 3_000, 'though its connection was still in the making')
      const stop = new AbortController()
      const asked = patient.get(configMap('any'), stop.signal)
      stop.abort(reason)
      await assert.rejects(asked, reason)
      const closed = patient.get(configMap('any'), forever)
      await patient.close()
      await assert.rejects(closed, { name: 'ApiError', status: 0, message: /closed by us$/u })
    } finally {
      world.kube.thaw()
    }
  })
})
