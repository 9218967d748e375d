import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startKubeApi, type KubeApi } from '../support/programs/kube-api.ts'
import { container, defaults, made, type Fields } from './managers.ts'
import { createHands, operatorUser, prepare, startOperator, type Found, type Hands } from './rig.ts'

describe('operator on a real API server', { timeout: 110_000 }, () => {
  let folder: string
  let api: KubeApi
  let hands: Hands
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

  it('makes everything that a NotificationManager asks for, and says when it is deployed', async (t) => {
    const spec = {
      replicas: 2,
      image: 'example.org/server:1',
      imagePullPolicy: 'Always',
      resources: { limits: { cpu: '1000m', memory: '1024Mi' }, requests: { cpu: 1 } },
      nodeSelector: { disk: 'ssd' },
      affinity: { podAntiAffinity: {} },
      tolerations: [{ key: 'dedicated', operator: 'Exists' }],
      serviceAccountName: 'mine',
      portName: 'alerts',
      volumes: [{ name: 'templates', configMap: { name: 'notification-templates' } }],
      volumeMounts: [{ name: 'templates', mountPath: '/etc/notification-manager' }],
      args: ['--log-level=debug'],
      defaultSecretNamespace: 'vault',
    }
    await hands.applyManager('first', spec)
    const { events } = await startOperator(t, api)

    const deployment = await hands.awaitObject('deployment', 'first-deployment')
    const service = await hands.awaitObject('service', 'first-svc')
    const budget = await hands.awaitObject('poddisruptionbudget', 'first')
    await hands.awaitCondition('first', 'Reconciling', 'True/Progressing')

    const [running] = podOf(deployment).containers
    assert.equal(running['image'], 'example.org/server:1')
    assert.deepEqual(running['args'], [
      ...container().args.map((argument) => (argument === 'alerts' ? 'first' : argument)),
      '--log-level=debug',
    ])
    assert.deepEqual(running['resources'], { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1' } })
    assert.deepEqual(service.spec['ports'], [{ name: 'alerts', port: 19_093, targetPort: 19_093, protocol: 'TCP' }])
    assert.equal(budget.spec['maxUnavailable'], 1)
    const manager = await hands.find('nm', 'first')
    for (const child of [deployment, service, budget]) {
      const [owner] = child.metadata['ownerReferences'] as readonly Fields[]
      assert.equal(owner?.['uid'], manager?.metadata.uid)
      assert.equal(owner?.['controller'], true)
    }
    assert.deepEqual(events, [
      'Normal Created: Created Deployment first-deployment',
      'Normal Created: Created Service first-svc',
      'Normal Created: Created PodDisruptionBudget first',
    ])

    await hands.makeAvailable('Deployment', 'first-deployment', { readyReplicas: 1, availableReplicas: 1 })
    await hands.awaitCondition('first', 'Deployed', 'False/Unavailable')
    await hands.makeAvailable('Deployment', 'first-deployment')
    await hands.awaitCondition('first', 'Deployed', 'True/Available')
    await hands.awaitCondition('first', 'Reconciling', undefined)
    const { status } = await hands.awaitObject('nm', 'first')
    assert.deepEqual([status?.['replicas'], status?.['readyReplicas']], [2, 2])
    assert.equal(await hands.condition('first', 'Ready'), undefined)
  })

  it('writes nothing when nothing differs: not when it starts again, not when somebody looks', async (t) => {
    await hands.applyManager('still', { replicas: 2, resources: { limits: { cpu: '1500m', memory: '1024Mi' } } })
    const one = await startOperator(t, api)
    await hands.awaitObject('poddisruptionbudget', 'still')
    await hands.makeAvailable('Deployment', 'still-deployment')
    await hands.awaitCondition('still', 'Reconciling', undefined)
    await one.stop()
    const before = await versions('still')

    const two = await startOperator(t, api)
    await settled('marker')
    assert.deepEqual(await versions('still'), before)
    const ofStill = two.applies.filter((each) => /\/still/u.test(each))
    assert.deepEqual(ofStill, ['Deployment/still-deployment', 'Service/still-svc', 'PodDisruptionBudget/still'])

    await api.kubectl(['annotate', 'nm', 'still', 'note=looked-at'])
    await settled('marker-2')
    assert.deepEqual(
      two.applies.filter((each) => /\/still/u.test(each)),
      ofStill,
    )
    assert.deepEqual((await versions('still')).slice(1), before.slice(1))
  })

  it('undoes what others change of its fields, and leaves theirs alone', async (t) => {
    await hands.applyManager('drift', { replicas: 2 })
    const { events } = await startOperator(t, api)
    await hands.awaitObject('deployment', 'drift-deployment')
    const name = ['-n', defaults.namespace]
    const sidecar = { spec: { template: { spec: { containers: [{ name: 'sidecar', image: 'example.org/mesh:1' }] } } } }

    await api.kubectl([...name, 'patch', 'deployment', 'drift-deployment', '-p', JSON.stringify(sidecar)])
    await api.kubectl([...name, 'annotate', 'deployment', 'drift-deployment', 'team=payments'])
    await api.kubectl([...name, 'scale', 'deployment', 'drift-deployment', '--replicas=7'])
    await api.kubectl([
      ...name,
      'set',
      'image',
      'deployment/drift-deployment',
      'notification-manager=example.org/other:2',
    ])
    await api.kubectl([...name, 'label', 'service', 'drift-svc', 'notification-manager-'])
    await api.kubectl([...name, 'patch', 'service', 'drift-svc', '-p', '{"spec":{"selector":{"app":"other"}}}'])
    await api.kubectl([...name, 'delete', 'poddisruptionbudget', 'drift'])

    const deployment = await hands.awaitObject('deployment', 'drift-deployment', (found) => {
      const ours = podOf(found).containers.find((each) => each['name'] === 'notification-manager')
      return found.spec['replicas'] === 2 && ours?.['image'] === defaults.image
    })
    await hands.awaitObject('service', 'drift-svc', (found) => (found.spec['selector'] as Fields)['app'] !== 'other')
    await hands.awaitObject(
      'service',
      'drift-svc',
      ({ metadata }) => metadata.labels?.['notification-manager'] === 'drift',
    )
    await hands.awaitObject('poddisruptionbudget', 'drift')
    assert.deepEqual(
      podOf(deployment)
        .containers.map((each) => each['name'])
        .toSorted(),
      ['notification-manager', 'sidecar'],
    )
    assert.equal(deployment.metadata.annotations?.['team'], 'payments')
    assert.ok(
      events.includes('Normal Repaired: Undid a foreign change of Deployment drift-deployment'),
      events.join('\n'),
    )
  })

  it('follows changes of the spec into every object, and takes back what is not asked for any more', async (t) => {
    await hands.applyManager('change', { replicas: 3, portName: 'old', nodeSelector: { disk: 'ssd' } })
    await startOperator(t, api)
    await hands.awaitObject('poddisruptionbudget', 'change')

    await hands.applyManager('change', { replicas: 1, portName: 'new' })

    await hands.awaitObject('service', 'change-svc', (found) => portNames(found.spec['ports']).join() === 'new')
    const deployment = await hands.awaitObject('deployment', 'change-deployment', ({ spec }) => spec['replicas'] === 1)
    assert.deepEqual(portNames(podOf(deployment).containers[0]['ports']), ['new'])
    assert.equal('nodeSelector' in podOf(deployment), false)
    await hands.awaitGone('poddisruptionbudget', 'change')
  })

  it('leaves the number of pods to an autoscaler when the spec names none', async (t) => {
    await hands.applyManager('scaled')
    await startOperator(t, api)
    await hands.awaitObject('deployment', 'scaled-deployment', ({ spec }) => spec['replicas'] === 1)

    await api.kubectl(['-n', defaults.namespace, 'scale', 'deployment', 'scaled-deployment', '--replicas=4'])
    await hands.awaitObject('poddisruptionbudget', 'scaled')
    await hands.applyManager('scaled', { portName: 'later' })

    const changed = await hands.awaitObject(
      'deployment',
      'scaled-deployment',
      (found) => portNames(podOf(found).containers[0]['ports'])[0] === 'later',
    )
    assert.equal(changed.spec['replicas'], 4)
  })

  it('moves between a Deployment and a StatefulSet, and ends the old one only when the new one is available', async (t) => {
    await hands.applyManager('moving')
    const { events } = await startOperator(t, api)
    await hands.awaitObject('deployment', 'moving-deployment')
    await hands.makeAvailable('Deployment', 'moving-deployment')
    await hands.awaitCondition('moving', 'Deployed', 'True/Available')

    await hands.applyManager('moving', { persistence: { size: '2Gi' } })
    const { spec } = await hands.awaitObject('statefulset', 'moving')
    const [claim] = spec['volumeClaimTemplates'] as readonly { readonly spec: Fields }[]
    assert.deepEqual(claim?.spec['resources'], { requests: { storage: '2Gi' } })
    await hands.awaitCondition('moving', 'Deployed', 'False/Progressing')
    assert.notEqual(await hands.find('deployment', 'moving-deployment'), undefined)
    await hands.makeAvailable('StatefulSet', 'moving')
    await hands.awaitGone('deployment', 'moving-deployment')
    await hands.awaitCondition('moving', 'Deployed', 'True/Available')
    assert.ok(events.includes('Normal Removed: Removed Deployment moving-deployment'), events.join('\n'))

    await hands.applyManager('moving', { persistence: { size: '3Gi' } })
    await hands.awaitCondition('moving', 'Stalled', 'True/ImmutableField')
    await hands.applyManager('moving')
    await hands.awaitObject('deployment', 'moving-deployment')
    assert.notEqual(await hands.find('statefulset', 'moving'), undefined)
    await hands.makeAvailable('Deployment', 'moving-deployment')
    await hands.awaitGone('statefulset', 'moving')
  })

  /** Waits until a NotificationManager made now has been deployed: what was due before has been worked on by then. */
  async function settled(name: string): Promise<void> {
    await hands.applyManager(name)
    await hands.awaitObject('service', `${name}-svc`)
    await hands.awaitCondition(name, 'Reconciling', 'True/Progressing')
  }

  /** The versions of a NotificationManager and everything made of it. */
  async function versions(name: string): Promise<readonly (string | undefined)[]> {
    const objects = [['nm', name], ...made({ replicas: 2 }).map(({ target }) => [target.kind.kind, target.name])]
    const found = await Promise.all(
      objects.map(([kind = '', each = '']) => hands.find(kind, each.replace(/^alerts/u, name))),
    )
    return found.map((object) => object?.metadata.resourceVersion)
  }
})

function podOf(workload: Found): Fields & { readonly containers: readonly [Fields, ...Fields[]] } {
  const { template } = workload.spec as { readonly template: { readonly spec: never } }
  return template.spec
}

function portNames(ports: unknown): readonly unknown[] {
  return (ports as readonly Fields[]).map((port) => port['name'])
}
