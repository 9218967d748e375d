import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { array, assert as check, constantFrom, integer, property, record, stringMatching } from 'fast-check'
import { type Child } from '../../src/operator/desired.ts'
import { nameProblem } from '../../src/operator/names.ts'
import { aManager, container, defaults, made, pods, specOf, type Fields } from './managers.ts'

const kindsOf = (children: readonly Child[]): readonly string[] => children.map(({ target }) => target.kind.kind)

describe('desired: what holds whatever the spec says', () => {
  it('starts the server by name, with the outbox on a volume, and waits as long as it may drain', () => {
    const { args } = container()

    assert.deepEqual(args.slice(0, 5), ['serve', '--name', 'alerts', '--data', '/data'])
    assert.deepEqual(args.slice(5), ['--drain-grace', '5s', '--drain-timeout', '20s'])
    assert.equal(pods()['terminationGracePeriodSeconds'], 35)
    assert.equal(pods({ args: ['--drain-timeout=90s', '--drain-grace', '0s'] })['terminationGracePeriodSeconds'], 100)
    assert.equal(pods({ args: ['--drain-timeout', 'soon'] })['terminationGracePeriodSeconds'], 35)
  })

  it('tells the pod its namespace and name, and where Secrets are when nothing else is said', () => {
    const field = (fieldPath: string): Fields => ({ fieldRef: { apiVersion: 'v1', fieldPath } })

    assert.deepEqual(container().env, [
      { name: 'NAMESPACE', valueFrom: field('metadata.namespace') },
      { name: 'POD_NAMESPACE', valueFrom: field('metadata.namespace') },
      { name: 'POD_NAME', valueFrom: field('metadata.name') },
    ])
  })

  it('runs without privileges, without root, with a read-only root file system', () => {
    const { securityContext } = container() as { readonly securityContext?: Fields }

    assert.deepEqual(pods()['securityContext'], {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      fsGroup: 65_532,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    })
    assert.equal(securityContext?.['readOnlyRootFilesystem'], true)
    assert.equal(securityContext['allowPrivilegeEscalation'], false)
    assert.deepEqual(securityContext['capabilities'], { drop: ['ALL'] })
    assert.doesNotMatch(JSON.stringify(made()), /hostPath|hostNetwork|privileged"/u)
  })

  it('asks the server whether it lives and is ready', () => {
    const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map(
      (name) => (container()[name] as { readonly httpGet: Fields }).httpGet['path'],
    )

    assert.deepEqual(paths, ['/-/live', '/-/live', '/-/ready'])
  })

  it('replaces pods without a gap, and spreads them unless the spec says where they go', () => {
    const { strategy } = specOf(made(), 'Deployment') as { readonly strategy?: unknown }

    assert.deepEqual(strategy, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } })
    assert.equal((pods()['topologySpreadConstraints'] as readonly unknown[]).length, 2)
    assert.equal(pods({ affinity: {} })['topologySpreadConstraints'], undefined)
  })

  it('makes every object belong to the NotificationManager, in the operator’s namespace', () => {
    for (const { target, object } of made({ replicas: 2 })) {
      const metadata = object['metadata'] as Fields
      assert.equal(target.namespace, defaults.namespace)
      assert.equal(metadata['namespace'], defaults.namespace)
      assert.deepEqual(metadata['labels'], {
        app: 'notification-manager',
        'notification-manager': 'alerts',
        'app.kubernetes.io/managed-by': 'notification-manager-operator',
      })
      assert.deepEqual(metadata['ownerReferences'], [
        {
          apiVersion: 'notification.kubesphere.io/v2alpha1',
          kind: 'NotificationManager',
          name: 'alerts',
          uid: '11111111-2222-3333-4444-555555555555',
          controller: true,
          blockOwnerDeletion: true,
        },
      ])
    }
    assert.deepEqual(
      made({ replicas: 2 }).map(({ target }) => target.name),
      ['alerts-deployment', 'alerts-svc', 'alerts'],
    )
  })

  it('sends posts to the port by number, so that a new name of it turns none away', () => {
    assert.deepEqual(specOf(made({ portName: 'alerts' }), 'Service')['ports'], [
      { name: 'alerts', port: 19_093, targetPort: 19_093, protocol: 'TCP' },
    ])
  })
})

describe('desired: how many pods', () => {
  it('leaves the number to others when the spec names none', () => {
    assert.equal('replicas' in specOf(made(), 'Deployment'), false)
  })

  it('protects several pods from being drained at once, whoever asked for them', () => {
    assert.deepEqual(kindsOf(made({ replicas: 1 })), ['Deployment', 'Service'])
    assert.deepEqual(kindsOf(made({ replicas: 2 })), ['Deployment', 'Service', 'PodDisruptionBudget'])
    assert.deepEqual(kindsOf(made({}, { liveReplicas: 4 })), ['Deployment', 'Service', 'PodDisruptionBudget'])
    assert.deepEqual(kindsOf(made({ replicas: 1 }, { liveReplicas: 4 })), ['Deployment', 'Service'])
  })
})

describe('desired: volumes', () => {
  const names = (spec: object): unknown[] => pods(spec).volumes.map(({ name }) => name)
  const paths = (spec: object): unknown[] => container(spec).volumeMounts.map(({ mountPath }) => mountPath)

  it('keeps the outbox in an empty folder, or on a claim', () => {
    assert.deepEqual(names({}), ['outbox', 'tmp'])
    assert.deepEqual(names({ persistence: {} }), ['tmp'])
    assert.deepEqual(paths({ persistence: {} }), ['/data', '/tmp'])
  })

  it('lets the spec bring a volume or a mount of its own in the place of ours', () => {
    const claim = { name: 'outbox', persistentVolumeClaim: { claimName: 'mine' } }

    assert.deepEqual(names({ volumes: [claim] }), ['tmp', 'outbox'])
    assert.deepEqual(paths({ volumes: [claim] }), ['/data', '/tmp'])
    assert.deepEqual(paths({ volumeMounts: [{ name: 'mine', mountPath: '/tmp/' }] }), ['/data', '/tmp/'])
    assert.deepEqual(names({ volumeMounts: [{ name: 'mine', mountPath: '/data' }] }), ['tmp'])
  })

  it('never mounts or names anything twice, whatever the spec brings', () => {
    const name = constantFrom('outbox', 'tmp', 'a', 'b')
    const path = constantFrom('/data', '/data/', '/tmp', '/tmp//', '/', '/x')
    const mounts = array(record({ name, mountPath: path }), { maxLength: 4 })
    check(
      property(mounts, array(name, { maxLength: 4 }), (volumeMounts, volumeNames) => {
        const own = new Set(volumeMounts.map(({ mountPath }) => mountPath))
        const ownNames = new Set(volumeNames)
        if (own.size < volumeMounts.length || ownNames.size < volumeNames.length) return
        const spec = { volumeMounts, volumes: volumeNames.map((each) => ({ name: each, emptyDir: {} })) }

        assert.equal(new Set(paths(spec)).size, paths(spec).length)
        assert.equal(new Set(names(spec)).size, names(spec).length)
      }),
    )
  })
})

describe('desired: hostile values', () => {
  it('passes flags on as one argument each, however they look', () => {
    check(
      property(array(stringMatching(/^[\s\S]{0,40}$/u)), (args) => {
        assert.deepEqual(container({ args }).args.slice(9), args)
      }),
    )
  })

  it('is the same for the same spec, and makes no field undefined', () => {
    const spec = record({ replicas: integer({ min: 0, max: 9 }), portName: constantFrom('', 'a', 'web') })
    check(
      property(spec, (some) => {
        assert.deepEqual(made(some), made(some))
        assert.deepEqual(
          made(some),
          made(some).map(({ target, object }) => ({ target, object: structuredClone(object) })),
        )
        assert.deepEqual(JSON.parse(JSON.stringify(made(some))), made(some))
      }),
    )
  })

  const names: readonly [name: string, persistence: boolean, fits: boolean][] = [
    ['notification-manager', false, true],
    ['a'.repeat(59), false, true],
    ['a'.repeat(60), false, false],
    ['a'.repeat(52), true, true],
    ['a'.repeat(53), true, false],
    ['team.alerts', false, false],
    ['1st', false, false],
  ]
  for (const [name, persistent, fits] of names) {
    it(`${fits ? 'takes' : 'refuses'} the name ${name.slice(0, 20)} of ${name.length}${persistent ? ' with a volume' : ''}`, () => {
      const problem = nameProblem(aManager(persistent ? { persistence: {} } : {}, name))

      assert.equal(problem === undefined, fits)
      assert.equal(problem?.path ?? 'metadata.name', 'metadata.name')
    })
  }
})
