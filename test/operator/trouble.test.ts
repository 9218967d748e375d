import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startKubeApi, type KubeApi } from '../support/programs/kube-api.ts'
import { defaults, type Fields } from './managers.ts'
import { createHands, operatorUser, prepare, startOperator, type Hands } from './rig.ts'

describe('operator in trouble, on a real API server', { timeout: 110_000 }, () => {
  let folder: string
  let api: KubeApi
  let hands: Hands
  const inNamespace = ['--namespace', defaults.namespace]
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'notification-manager-operator-'))
    api = await startKubeApi(folder, { users: [operatorUser] })
    hands = createHands(api)
    await prepare(api)
  })
  after(async () => {
    await api.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('keeps the last deployment of an object that our own check refuses, and says why', async (t) => {
    await hands.applyManager('invalid')
    await startOperator(t, api)
    await hands.awaitObject('service', 'invalid-svc')
    await hands.makeAvailable('Deployment', 'invalid-deployment')
    await hands.awaitCondition('invalid', 'Deployed', 'True/Available')
    const before = await hands.find('deployment', 'invalid-deployment')
    const noValues = { matchExpressions: [{ key: 'type', operator: 'In' }] }

    await hands.applyManager('invalid', { replicas: 5, defaultConfigSelector: noValues })
    await hands.awaitCondition('invalid', 'Stalled', 'True/InvalidSelector')

    const stalled = await hands.awaitObject('nm', 'invalid')
    const condition = stalled.status?.conditions?.find(({ type }) => type === 'Stalled')
    assert.match(String(condition?.['message']), /spec\.defaultConfigSelector\.matchExpressions\[0\].*list the values/u)
    assert.equal(condition?.['observedGeneration'], stalled.metadata.generation)
    assert.equal(await hands.condition('invalid', 'Deployed'), 'True/Available')
    const kept = await hands.find('deployment', 'invalid-deployment')
    assert.equal(kept?.metadata.resourceVersion, before?.metadata.resourceVersion)

    await hands.applyManager('invalid', { replicas: 5 })
    await hands.awaitObject('deployment', 'invalid-deployment', ({ spec }) => spec['replicas'] === 5)
    await hands.awaitCondition('invalid', 'Stalled', undefined)
  })

  it('deploys the others while some are refused, and each says what would be right', async (t) => {
    await leaveDeployment('taken-deployment', { app: 'somebody-elses' })
    await hands.applyManager('taken')
    await hands.applyManager('dotted.name')
    await hands.applyManager('twice', {
      volumeMounts: ['/a', '/a'].map((mountPath) => ({ name: 'outbox', mountPath })),
    })
    await hands.applyManager('unknown-field', { affinity: { podAffinities: {} } })
    await hands.applyManager('no-volume', { volumeMounts: [{ name: 'nowhere', mountPath: '/a' }] })
    await hands.applyManager('well')
    const { events, logs } = await startOperator(t, api)

    await hands.awaitObject('deployment', 'well-deployment')
    await hands.awaitCondition('taken', 'Stalled', 'True/ImmutableField')
    await hands.awaitCondition('dotted.name', 'Stalled', 'True/InvalidObject')
    for (const name of ['twice', 'unknown-field', 'no-volume']) {
      await hands.awaitCondition(name, 'Stalled', 'True/Refused')
      assert.equal(await hands.condition(name, 'Deployed'), 'False/Refused')
      assert.notEqual(await hands.find('service', `${name}-svc`), undefined)
    }
    const remedy = 'kubectl --namespace notification-manager-system delete deployment taken-deployment'
    assert.ok(
      events.some((event) => event.startsWith('Warning ImmutableField') && event.includes(remedy)),
      logs.text(),
    )

    await api.kubectl([...inNamespace, 'delete', 'deployment', 'taken-deployment'])
    await hands.awaitCondition('taken', 'Stalled', undefined)
    const made = await hands.awaitObject('deployment', 'taken-deployment')
    assert.equal(made.metadata.labels?.['notification-manager'], 'taken')
  })

  it('takes over what the predecessor has left, and replaces its image', async (t) => {
    const image = 'kubesphere/notification-manager:v0.6.0'
    await leaveDeployment('legacy-deployment', { app: 'notification-manager', 'notification-manager': 'legacy' })
    await hands.applyManager('legacy', { image, serviceAccountName: 'notification-manager-sa' })
    await startOperator(t, api)

    const { spec } = await hands.awaitObject('deployment', 'legacy-deployment', (found) => owners(found).length === 1)
    const { template } = spec as { readonly template: { readonly spec: Fields } }
    assert.equal(template.spec['serviceAccountName'], 'notification-manager-sa')
    assert.deepEqual(
      (template.spec['containers'] as readonly Fields[]).map((container) => container['image']),
      [defaults.image],
    )
    await hands.makeAvailable('Deployment', 'legacy-deployment')
    await hands.awaitCondition('legacy', 'Deployed', 'True/Available')
    const { status } = await hands.awaitObject('nm', 'legacy')
    assert.match(JSON.stringify(status), /spec\.image kubesphere\/notification-manager:v0\.6\.0 is the predecessor's/u)
  })

  it('lets go of a deleted NotificationManager, and goes on with the other', async (t) => {
    await hands.applyManager('leaving', { replicas: 2 })
    await hands.applyManager('staying', { replicas: 2 })
    const { applies } = await startOperator(t, api)
    await hands.awaitObject('poddisruptionbudget', 'leaving')
    await hands.awaitObject('poddisruptionbudget', 'staying')

    await api.kubectl(['delete', 'nm', 'leaving'])
    // No garbage collector runs here, so the test does its work.
    await api.kubectl([...inNamespace, 'delete', 'deployment/leaving-deployment', 'service/leaving-svc', 'pdb/leaving'])
    const asked = applies.length
    await api.kubectl([...inNamespace, 'delete', 'deployment/staying-deployment', 'service/staying-svc'])
    await hands.awaitObject('deployment', 'staying-deployment')
    await hands.awaitObject('service', 'staying-svc')

    assert.deepEqual(
      applies.slice(asked).filter((each) => each.includes('leaving')),
      [],
    )
    assert.equal(await hands.find('deployment', 'leaving-deployment'), undefined)
  })

  it('never removes or takes over what belongs to somebody else', async (t) => {
    const stranger = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: 'some-uid', controller: true }
    await leaveDeployment('foreign-deployment', { app: 'notification-manager', 'notification-manager': 'foreign' }, [
      stranger,
    ])
    await hands.applyManager('foreign')
    await startOperator(t, api)
    await hands.awaitCondition('foreign', 'Stalled', 'True/OwnedByOther')

    await hands.applyManager('foreign', { persistence: {} })
    await hands.awaitObject('statefulset', 'foreign')
    await hands.makeAvailable('StatefulSet', 'foreign')
    await hands.awaitCondition('foreign', 'Deployed', 'True/Available')

    const left = await hands.find('deployment', 'foreign-deployment')
    assert.deepEqual(left?.metadata['ownerReferences'], [stranger])
  })

  it('leaves the conditions of others alone', async (t) => {
    await hands.applyManager('shared')
    await startOperator(t, api)
    await hands.awaitCondition('shared', 'Reconciling', 'True/Progressing')

    await hands.writeReady('shared')
    await hands.makeAvailable('Deployment', 'shared-deployment')
    await hands.awaitCondition('shared', 'Deployed', 'True/Available')

    assert.equal(await hands.condition('shared', 'Ready'), 'True/Accepted')
    assert.equal((await hands.find('nm', 'shared'))?.status?.['observedGeneration'], 1)
  })

  it('watches while another leads, and when its turn comes finds what has happened meanwhile', async (t) => {
    await hands.applyManager('handed-over', { replicas: 2 })
    const term = new AbortController()
    const turn = Promise.withResolvers<undefined>()
    const leader = await startOperator(t, api, (work) => work(term.signal))
    const standby = await startOperator(t, api, async (work, signal) => {
      await turn.promise
      await work(signal)
    })
    await hands.awaitObject('poddisruptionbudget', 'handed-over')
    assert.deepEqual([standby.ready(), standby.applies], [true, []])

    term.abort()
    await hands.applyManager('handed-over', { replicas: 1 })
    await api.kubectl([...inNamespace, 'delete', 'service', 'handed-over-svc'])
    const written = leader.applies.length
    turn.resolve(undefined)

    await hands.awaitObject('service', 'handed-over-svc')
    await hands.awaitObject('deployment', 'handed-over-deployment', ({ spec }) => spec['replicas'] === 1)
    await hands.awaitGone('poddisruptionbudget', 'handed-over')
    assert.equal(leader.applies.length, written)
  })

  it('goes on after the API server was killed, with what was asked for meanwhile and after', async (t) => {
    await hands.applyManager('outlive')
    const { ready } = await startOperator(t, api)
    await hands.awaitObject('deployment', 'outlive-deployment')

    await api.kill()
    assert.equal(ready(), true)
    await api.restart()
    await hands.applyManager('outlive', { replicas: 3 })
    await api.kubectl([...inNamespace, 'delete', 'service', 'outlive-svc'])

    await hands.awaitObject('deployment', 'outlive-deployment', ({ spec }) => spec['replicas'] === 3)
    await hands.awaitObject('service', 'outlive-svc')
    await hands.awaitObject('poddisruptionbudget', 'outlive')
  })

  async function leaveDeployment(
    name: string,
    labels: Readonly<Record<string, string>>,
    ownerReferences: readonly object[] = [],
  ): Promise<void> {
    const image = 'kubesphere/notification-manager:v0.6.0'
    const template = { metadata: { labels }, spec: { containers: [{ name: 'notification-manager', image }] } }
    const metadata = { name, labels, ownerReferences }
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata }
    await api.kubectl(
      [...inNamespace, 'create', '-f', '-'],
      JSON.stringify({ ...deployment, spec: { selector: { matchLabels: labels }, template } }),
    )
  }
})

function owners({ metadata }: { readonly metadata: Fields }): readonly unknown[] {
  return (metadata['ownerReferences'] ?? []) as readonly unknown[]
}
