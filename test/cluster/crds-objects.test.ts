import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { kinds, object } from '../api/objects.ts'
import { configRows } from './crds-configs.ts'
import { receiverRows } from './crds-receivers.ts'
import { type BadRow, type GoodRow } from './crds-rows.ts'
import { judge, startCrdWorld, type CrdServer, type CrdWorld, type Verdict } from './crds-world.ts'

const tables = { ...configRows, ...receiverRows }

/** As it goes over the wire: without what is undefined. */
function written(kind: string, { spec, metadata }: GoodRow): Record<string, unknown> {
  return JSON.parse(JSON.stringify(object(kind, spec, metadata))) as Record<string, unknown>
}

/** 1.20 leaves the places of lists out of its paths. */
function sameField(found: string, wanted: string): boolean {
  const bare = (path: string): string => path.replaceAll(/\[\d+\]/gu, '')
  return found === wanted || bare(found) === bare(wanted) || wanted.startsWith(`${found}[`) || above(found, wanted)
}

/** The servers check labels and annotations one map at a time, and a name that is missing where it belongs. */
function above(found: string, wanted: string): boolean {
  return /^metadata\.(labels|annotations)$/u.test(found) && wanted.startsWith(found)
}

function assertRefused(server: CrdServer, verdict: Verdict, row: BadRow): void {
  const said = JSON.stringify(verdict.faults)
  if (row.offlineOnly !== undefined || (row.cel !== undefined && server.name === '1.20')) {
    assert.equal(verdict.taken, true, `${server.name} refuses what it was said to take: ${said}`)
    return
  }
  assert.equal(verdict.taken, false, `${server.name} takes it`)
  const { cel, path } = row
  const fault = verdict.faults.find(({ field, message }) =>
    cel === undefined
      ? sameField(field, path) || isUndecodable(field, message)
      : field === row.at && message.includes(cel),
  )
  assert.ok(fault, `${server.name} says something else: ${said}`)
}

/** Metadata of a wrong type is not decoded; the message names Go's types instead of a path. */
function isUndecodable(field: string, message: string): boolean {
  return field === '' && /ObjectMeta/u.test(message)
}

/** Needs kube-apiserver, etcd and apiextensions-apiserver (test/cluster/build-api-servers.sh), curl and openssl. */
describe('objects of our kinds', () => {
  let world: CrdWorld
  before(async () => {
    world = await startCrdWorld()
  })
  after(() => world.stop())

  it('have a table each', () => {
    assert.deepEqual(Object.keys(tables).toSorted(), kinds.list.map(({ kind }) => kind).toSorted())
    for (const [kind, { good, bad }] of Object.entries(tables)) {
      assert.ok(good.length >= 6 && bad.length >= 8, `${kind}: ${good.length} good and ${bad.length} bad rows`)
    }
  })

  for (const [kind, { good, bad }] of Object.entries(tables)) {
    for (const row of good) {
      it(`${kind} with ${row.what} is taken by both servers as it is, and offline`, async () => {
        const value = written(kind, row)
        const { resource, problems } = kinds.validate(value)
        assert.deepEqual(problems, [])
        for (const server of world.servers) {
          const verdict = await judge(server, value)
          assert.equal(verdict.taken, true, `${server.name}: ${JSON.stringify(verdict.faults)}`)
          assert.deepEqual(verdict.spec ?? {}, value['spec'] ?? {}, server.name)
          assert.deepEqual(kinds.find(kind)?.complete(verdict.spec ?? {}), resource?.spec, server.name)
        }
      })
    }

    for (const row of bad) {
      it(`${kind} with ${row.what} is refused at ${row.path}${row.cel === undefined ? '' : `: ${row.cel}`}`, async () => {
        const value = written(kind, row)
        const { resource, problems } = kinds.validate(value)
        assert.equal(resource, undefined)
        assert.ok(
          problems.some(({ path }) => path === row.path || path.startsWith(`${row.path}.`)),
          JSON.stringify(problems),
        )
        for (const server of world.servers) assertRefused(server, await judge(server, value), row)
      })
    }
  }
})
