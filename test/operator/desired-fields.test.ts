import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { container, defaults, made, pods, specOf, type Fields } from './managers.ts'

describe('desired: where each field of the spec shows up', () => {
  const volume = { name: 'templates', configMap: { name: 'notification-templates' } }
  const mount = { name: 'templates', mountPath: '/etc/notification-manager', readOnly: true }
  const toleration = { key: 'dedicated', operator: 'Equal', value: 'alerts', effect: 'NoSchedule' }
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } }

  const places: readonly [field: string, value: unknown, where: (value: object) => unknown, there?: unknown][] = [
    ['replicas', 3, (spec) => specOf(made(spec), 'Deployment')['replicas']],
    ['replicas', 0, (spec) => specOf(made(spec), 'Deployment')['replicas']],
    ['image', 'example.org/other:9', (spec) => container(spec)['image']],
    ['image', '', (spec) => container(spec)['image'], defaults.image],
    ['image', 'kubesphere/notification-manager:v0.6.0', (spec) => container(spec)['image'], defaults.image],
    ['imagePullPolicy', 'Always', (spec) => container(spec)['imagePullPolicy']],
    ['resources', { limits: { cpu: '500m' } }, (spec) => container(spec)['resources']],
    ['resources', { requests: { cpu: 1 } }, (spec) => container(spec)['resources'], { requests: { cpu: '1' } }],
    ['resources', { claims: [{ name: 'gpu' }] }, (spec) => container(spec)['resources']],
    ['nodeSelector', { disk: 'ssd' }, (spec) => pods(spec)['nodeSelector']],
    ['affinity', affinity, (spec) => pods(spec)['affinity']],
    ['tolerations', [toleration], (spec) => pods(spec)['tolerations']],
    ['serviceAccountName', 'mine', (spec) => pods(spec)['serviceAccountName']],
    ['serviceAccountName', '', (spec) => pods(spec)['serviceAccountName'], defaults.serviceAccountName],
    ['portName', 'alerts', (spec) => (container(spec)['ports'] as readonly Fields[])[0]?.['name']],
    ['portName', 'alerts', (spec) => (specOf(made(spec), 'Service')['ports'] as readonly Fields[])[0]?.['name']],
    ['portName', '', (spec) => (specOf(made(spec), 'Service')['ports'] as readonly Fields[])[0]?.['name'], 'webhook'],
    ['volumes', [volume], (spec) => pods(spec).volumes.at(-1), volume],
    ['volumeMounts', [mount], (spec) => container(spec).volumeMounts.at(-1), mount],
    ['args', ['--log.level=debug'], (spec) => container(spec).args.slice(-1)],
    ['defaultSecretNamespace', 'vault', (spec) => container(spec).env[0], { name: 'NAMESPACE', value: 'vault' }],
  ]

  for (const [field, value, where, there] of places) {
    it(`${field}: ${JSON.stringify(value)}`, () => assert.deepEqual(where({ [field]: value }), there ?? value))
  }

  it('persistence: size, class and access modes of a claim for each pod', () => {
    const persistence = { size: '5Gi', storageClassName: 'fast', accessModes: ['ReadWriteOncePod'] }

    const [claim] = specOf(made({ persistence }), 'StatefulSet')['volumeClaimTemplates'] as readonly Fields[]

    assert.deepEqual(claim?.['spec'], {
      accessModes: ['ReadWriteOncePod'],
      resources: { requests: { storage: '5Gi' } },
      storageClassName: 'fast',
    })
  })
})
