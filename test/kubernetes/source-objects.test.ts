import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ApiObject } from '../../src/kubernetes/cluster.ts'
import { createObjects, type Objects } from '../../src/kubernetes/objects.ts'
import { kinds } from './source-fixture.ts'

interface Changes {
  readonly uid?: string
  readonly generation?: number
  readonly resourceVersion?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly spec?: unknown
  readonly status?: unknown
}

function anObject(name: string, changes: Changes = {}): ApiObject {
  const { uid = `uid-of-${name}`, generation = 1, resourceVersion = '1', labels = {} } = changes
  return {
    apiVersion: 'notification.kubesphere.io/v2alpha1',
    kind: 'EmailReceiver',
    metadata: { name, uid, generation, resourceVersion, labels },
    spec: changes.spec ?? { to: ['a@example.com'] },
    ...(changes.status === undefined ? {} : { status: changes.status }),
  }
}

/** Objects over the real schemas, with a count of what was checked. */
function counted(): {
  readonly objects: Objects
  checked(): number
  note(...news: readonly (ApiObject | string)[]): boolean
} {
  let checked = 0
  const objects = createObjects({
    secretRefs: kinds.secretRefs,
    validate(object) {
      checked += 1
      return kinds.validate(object)
    },
  })
  return {
    objects,
    checked: () => checked,
    note(...news) {
      const names = news.map((item) => (typeof item === 'string' ? item : item.metadata.name))
      const held = new Map(news.flatMap((item) => (typeof item === 'string' ? [] : [[item.metadata.name, item]])))
      return objects.note('EmailReceiver', names, held)
    },
  }
}

describe('objects of our kinds', () => {
  it('are checked once a version, so that one change among ten thousand costs one check', async () => {
    const { objects, checked, note } = counted()
    note(...Array.from({ length: 10_000 }, (_, at) => anObject(`r${at}`)))
    const before = await objects.judge()
    note(anObject('r5', { generation: 2, resourceVersion: '2', spec: { to: ['b@example.com'] } }))
    const after = await objects.judge()

    assert.equal(checked(), 10_001)
    assert.equal(before.resources.length, 10_000)
    assert.equal(after.resources.filter((resource) => !before.resources.includes(resource)).length, 1)
  })

  it('whose status or annotations changed are seen and not judged', async () => {
    const { objects, checked, note } = counted()
    note(anObject('a'))
    const before = await objects.judge()
    const decides = note(anObject('a', { resourceVersion: '2', status: { observedGeneration: 1 } }))

    assert.equal(decides, false)
    assert.equal(await objects.judge(), before)
    assert.equal(checked(), 1)
    assert.deepEqual(objects.observed.get('EmailReceiver/a'), {
      kind: 'EmailReceiver',
      name: 'a',
      uid: 'uid-of-a',
      generation: 1,
      resourceVersion: '2',
      status: { observedGeneration: 1 },
    })
  })

  it('are judged again when only a label changed, which counts no generation up', async () => {
    const { objects, note } = counted()
    note(anObject('a', { labels: { type: 'global' } }))
    await objects.judge()
    assert.ok(note(anObject('a', { resourceVersion: '2', labels: { type: 'tenant' } })))

    assert.deepEqual((await objects.judge()).resources[0]?.metadata.labels, { type: 'tenant' })
  })

  it('keep their last good version only as long as they are the same object', async () => {
    const { objects, note } = counted()
    const broken = { generation: 2, resourceVersion: '2', spec: { to: 5 } }
    note(anObject('a'), anObject('b'))
    await objects.judge()
    note(anObject('a', broken), anObject('b', { ...broken, uid: 'another', generation: 1 }))
    const first = await objects.judge()
    note(anObject('a', { ...broken, generation: 3, resourceVersion: '3' }))
    const second = await objects.judge()

    assert.deepEqual(
      first.resources.map(({ metadata, stale }) => `${metadata.name} ${stale === true}`),
      ['a true'],
    )
    assert.deepEqual(
      [...first.refused],
      [
        ['EmailReceiver/a', { uid: 'uid-of-a', generation: 2 }],
        ['EmailReceiver/b', { uid: 'another', generation: 1 }],
      ],
    )
    assert.equal(second.resources[0], first.resources[0])
    assert.equal(second.refused.get('EmailReceiver/a')?.generation, 3)
  })

  it('that are gone are forgotten, and so is what they referred to', async () => {
    const { objects, note } = counted()
    note(anObject('a'), anObject('b'))
    await objects.judge()
    assert.ok(note('a'))

    assert.deepEqual(
      (await objects.judge()).resources.map(({ metadata }) => metadata.name),
      ['b'],
    )
    assert.deepEqual([...objects.observed.keys()], ['EmailReceiver/b'])
  })
})
