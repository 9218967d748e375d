import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { connect } from '../../src/kubernetes/client.ts'
import { ApiError, type ApiTarget, type Cluster } from '../../src/kubernetes/cluster.ts'
import { apiKindOf } from '../../src/kubernetes/kinds.ts'
import { createApplyStatus, type ApplyStatus } from '../../src/kubernetes/status/apply-status.ts'
import { writeStatus } from '../../src/kubernetes/status/write.ts'
import { observedOf } from '../../src/kubernetes/status/written.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { startCrdWorld, type CrdWorld } from '../cluster/crds-world.ts'
import { goodSpecs } from '../api/objects.ts'
import { kinds } from './status-world.ts'

const signal = new AbortController().signal
const lastTransitionTime = '2026-01-01T00:00:00Z'
const condition = (type: string, reason = 'Because') => ({
  ...{ type, status: 'True', reason, message: 'it is so', lastTransitionTime },
})
const operatorTypes = new Set(['Deployed', 'Reconciling', 'Stalled'])

describe('statuses with several writers', () => {
  let world: CrdWorld
  const clusters = new Map<string, Cluster>()
  before(async () => {
    world = await startCrdWorld()
    const { kube, url } = world.api
    const text = await readFile(kube.kubeconfig(), 'utf8')
    for (const [name, server] of [
      ['1.20', kube.url],
      ['current', url],
    ] as const) {
      const kubeconfig = `${kube.kubeconfig()}-${name}`
      await writeFile(kubeconfig, text.replaceAll(kube.url, server))
      clusters.set(name, connect({ kubeconfigs: [kubeconfig] }, { clock: systemClock, random: systemRandom }))
    }
  })
  after(async () => {
    for (const cluster of clusters.values()) await cluster.close()
    await world.stop()
  })

  for (const server of ['1.20', 'current']) {
    // The first has an int-or-string field, which makes the old server take lists as a whole; the second has none.
    for (const kind of ['NotificationManager', 'EmailReceiver']) {
      it(`keep what each other wrote of a ${kind}, on the ${server} server`, async () => {
        const cluster = clusters.get(server)!
        const { target, statusOf } = await create(cluster, kind, `shared-${server === '1.20' ? 'old' : 'new'}`)
        const [operator, ours] = [createApplyStatus(cluster), createApplyStatus(cluster)]
        const tell = async (apply: ApplyStatus, ownTypes: ReadonlySet<string>, ...types: readonly string[]) => {
          const { resourceVersion, status } = await statusOf()
          const fieldManager = ownTypes === operatorTypes ? 'operator' : 'server'
          const share = { target, seen: { resourceVersion, status }, ownTypes, fieldManager }
          await apply({ ...share, status: { conditions: types.map((type) => condition(type)) } }, signal)
          return statusOf()
        }
        const serverTypes = new Set(['Ready'])

        assert.deepEqual((await tell(operator, operatorTypes, 'Deployed', 'Reconciling')).types, [
          'Deployed',
          'Reconciling',
        ])
        assert.deepEqual((await tell(ours, serverTypes, 'Ready')).types, ['Deployed', 'Ready', 'Reconciling'])
        assert.deepEqual((await tell(operator, operatorTypes, 'Deployed')).types, ['Deployed', 'Ready'])
        const { types, resourceVersion } = await tell(ours, serverTypes, 'Ready')
        assert.deepEqual(types, ['Deployed', 'Ready'])
        assert.equal((await tell(operator, operatorTypes, 'Deployed')).resourceVersion, resourceVersion)
        assert.equal((await tell(ours, serverTypes, 'Ready')).resourceVersion, resourceVersion)
      })
    }

    it(`are written onto the version that was seen only, on the ${server} server`, async () => {
      const cluster = clusters.get(server)!
      const { target, statusOf } = await create(
        cluster,
        'EmailReceiver',
        `versions-${server === '1.20' ? 'old' : 'new'}`,
      )
      const apply = createApplyStatus(cluster)
      const write = (resourceVersion: string, name = target.name) =>
        apply(
          {
            target: { ...target, name },
            seen: { resourceVersion, status: undefined },
            status: { conditions: [condition('Ready')] },
            ownTypes: new Set(['Ready']),
            fieldManager: 'server',
          },
          signal,
        )
      await assert.rejects(write('1'), (error) => error instanceof ApiError && error.status === 409)
      await assert.rejects(write('1', 'nobody'), (error) => error instanceof ApiError && error.status === 404)
      assert.deepEqual((await statusOf()).types, [])
    })

    it(`lose what should not be there, whoever wrote it, on the ${server} server`, async () => {
      const cluster = clusters.get(server)!
      const { target } = await create(cluster, 'EmailReceiver', `left-${server === '1.20' ? 'old' : 'new'}`)
      const forged = { status: { tenant: 'nobody', config: 'none', conditions: [condition('Ready', 'Forged')] } }
      const options = { fieldManager: 'somebody', force: true, subresource: 'status' } as const
      const seen = observedOf(await cluster.apply(target, forged, options, signal))
      const desired = {
        conditions: [{ ...condition('Ready'), type: 'Ready', status: 'True' }],
        config: 'default',
      } as const
      const written = await writeStatus(
        createApplyStatus(cluster),
        { kind: kinds.find(seen.kind)!, seen, desired },
        signal,
      )

      assert.deepEqual(written.status, desired)
    })
  }

  async function create(cluster: Cluster, kind: string, name: string) {
    const target: ApiTarget = { kind: apiKindOf(kinds.find(kind)!), name }
    await cluster.create(target, { spec: goodSpecs[kind] }, signal)
    return {
      target,
      async statusOf() {
        const { resourceVersion, status } = observedOf((await cluster.get(target, signal))!)
        const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly { readonly type: string }[] }
        return { resourceVersion, status, types: conditions.map(({ type }) => type).toSorted() }
      },
    }
  }
})
