import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parse } from 'yaml'
import { goodSpecs, kinds, object } from '../api/objects.ts'
import { committedCrds, crdPath, placeOf, startCrdWorld, type Crd, type CrdWorld } from './crds-world.ts'

/** Every rule in a schema, with its place. */
function rulesOf(node: unknown, path = ''): readonly string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'x-kubernetes-validations'
      ? (value as readonly { readonly rule: string }[]).map(({ rule }) => `${path}: ${rule}`)
      : rulesOf(value, `${path}.${key}`),
  )
}

function schemaOf(crd: Crd): object {
  return crd.spec.versions[0]?.schema.openAPIV3Schema ?? {}
}

/** Needs kube-apiserver, etcd and apiextensions-apiserver (test/cluster/build-api-servers.sh), kubectl, curl and openssl. */
describe('the CustomResourceDefinitions', () => {
  let world: CrdWorld
  before(async () => {
    world = await startCrdWorld()
  })
  after(() => world.stop())

  async function storedCrds(server: CrdWorld['servers'][number]): Promise<readonly Crd[]> {
    const { body } = await server.request('GET', crdPath)
    return (body as { readonly items: readonly Crd[] }).items
  }

  it('are taken by both servers without a warning', () => {
    assert.equal(world.created.length, 2 * kinds.list.length)
    for (const { server, crd, answer } of world.created) {
      assert.equal(answer.status, 201, `${server.name} ${crd.metadata.name}: ${JSON.stringify(answer.body)}`)
      assert.deepEqual(answer.warnings, [], `${server.name} ${crd.metadata.name}`)
    }
  })

  it('are established with their names, structural, and violate nothing', async () => {
    for (const server of world.servers) {
      const stored = await storedCrds(server)
      assert.equal(stored.length, kinds.list.length)
      for (const { metadata, spec, status } of stored) {
        const conditions = Object.fromEntries(status.conditions.map(({ type, status: holds }) => [type, holds]))
        assert.deepEqual(
          conditions,
          { Established: 'True', NamesAccepted: 'True' },
          `${server.name} ${metadata.name}: ${JSON.stringify(status.conditions)}`,
        )
        assert.deepEqual(status.acceptedNames, spec.names)
      }
    }
  })

  it('keep their CEL rules on the current server, which has compiled them and counted their cost', async () => {
    const committed = new Map((await committedCrds()).map((crd) => [crd.metadata.name, rulesOf(schemaOf(crd))]))
    assert.ok([...committed.values()].flat().length > 20)
    for (const server of world.servers) {
      for (const crd of await storedCrds(server)) {
        const wanted = server.name === 'current' ? committed.get(crd.metadata.name) : []
        assert.deepEqual(rulesOf(schemaOf(crd)).toSorted(), wanted?.toSorted(), `${server.name} ${crd.metadata.name}`)
      }
    }
  })

  it('are refused by the current server when a rule cannot be compiled or costs too much', async () => {
    const [crd] = await committedCrds()
    assert.ok(crd)
    const current = world.servers.find(({ name }) => name === 'current')
    assert.ok(current)
    const rule = (text: string): object => ({
      type: 'object',
      properties: { list: { type: 'array', items: { type: 'string' } } },
      'x-kubernetes-validations': [{ rule: text, message: 'x' }],
    })
    const refusalOf = async (text: string): Promise<string> => {
      const schema = { openAPIV3Schema: { type: 'object', properties: { spec: rule(text) } } }
      const { status, body } = await current.request(
        'PATCH',
        `${crdPath}/${crd.metadata.name}?dryRun=All`,
        { spec: { versions: [{ ...crd.spec.versions[0], schema }] } },
        'application/merge-patch+json',
      )
      assert.equal(status, 422)
      return JSON.stringify(body)
    }
    assert.match(await refusalOf('self.nowhere > 1'), /compilation failed/u)
    assert.match(await refusalOf('self.list.all(a, self.list.all(b, a == b))'), /estimated rule cost exceeds budget/u)
  })

  it('change nothing when they are applied twice, server-side', async () => {
    for (const server of world.servers) {
      const versions: (string | undefined)[][] = []
      for (let turn = 0; turn < 2; turn++) {
        for (const crd of await committedCrds()) {
          const query = 'fieldManager=test&force=true'
          const written: unknown = server.name === '1.20' ? withoutRules(crd) : crd
          const { status, body } = await server.request('PATCH', `${crdPath}/${crd.metadata.name}?${query}`, written)
          assert.equal(status, 200, JSON.stringify(body))
        }
        versions.push((await storedCrds(server)).map(({ metadata }) => metadata.resourceVersion))
      }
      assert.deepEqual(versions[1], versions[0], server.name)
    }
  })

  it('are found by kubectl under their short names and their category, with their columns', async () => {
    const { kubectl } = world.api.kube
    for (const { kind, plural, shortNames } of kinds.list) {
      await kubectl(['apply', '--validate=false', '-f', '-'], JSON.stringify(object(kind, goodSpecs[kind] ?? {})))
      for (const name of [plural, kind.toLowerCase(), ...shortNames]) {
        assert.equal((await kubectl(['get', name, '-o', 'name'])).trim(), `${kind.toLowerCase()}.${group}/x`)
      }
    }
    const all = (await kubectl(['get', 'notification-manager', '-o', 'name'])).trim().split('\n')
    assert.deepEqual(all.toSorted(), kinds.list.map(({ kind }) => `${kind.toLowerCase()}.${group}/x`).toSorted())

    await world.api.kubeRequest(
      'PATCH',
      `${placeOf('EmailReceiver', 'x')}/status?fieldManager=test`,
      { ...object('EmailReceiver'), status: receiverStatus },
      'application/apply-patch+yaml',
    )
    const columns = async (args: readonly string[]): Promise<readonly (readonly string[])[]> =>
      (await kubectl(['get', ...args]))
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/u))
    assert.deepEqual(
      (await columns(['er', '-o', 'wide'])).map((row) => row.slice(0, 6)),
      [
        ['NAME', 'READY', 'TENANT', 'CONFIG', 'LAST DELIVERY', 'REASON'],
        ['x', 'False', 'payments', 'smtp', 'retry', 'SecretNotFound'],
      ],
    )
    assert.deepEqual(
      (await columns(['er'])).map((row) => row.slice(0, 4)),
      [
        ['NAME', 'READY', 'TENANT', 'CONFIG'],
        ['x', 'False', 'payments', 'smtp'],
      ],
    )
    assert.deepEqual((await columns(['ec']))[0], ['NAME', 'READY', 'REASON', 'AGE'])
    assert.deepEqual((await columns(['nm']))[0], ['NAME', 'READY', 'TENANT KEY', 'REASON', 'AGE'])
  })

  it("are explained by kubectl in our own fields' words", async () => {
    const { kubectl } = world.api.kube
    const { spec } = parse(JSON.stringify(kinds.find('EmailReceiver'))) as {
      readonly spec: { readonly properties: { readonly to: { readonly description: string } } }
    }
    const explained = await kubectl(['explain', 'emailreceivers.spec.to'])
    assert.ok(explained.replaceAll(/\s+/gu, ' ').includes(spec.properties.to.description), explained)
  })
})

const group = 'notification.kubesphere.io'

const receiverStatus = {
  observedGeneration: 1,
  tenant: 'payments',
  config: 'smtp',
  lastDelivery: { time: '2026-01-01T00:00:00Z', outcome: 'retry', reason: 'auth' },
  conditions: [
    {
      type: 'Ready',
      status: 'False',
      reason: 'SecretNotFound',
      message: 'Secret mail is not there',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
}

/** 1.20 refuses, in a server-side apply, keywords that are newer than itself. */
function withoutRules(crd: Crd): unknown {
  return JSON.parse(
    JSON.stringify(crd, (key, value: unknown) => (key === 'x-kubernetes-validations' ? undefined : value)),
  )
}
