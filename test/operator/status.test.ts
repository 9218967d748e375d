import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ApiObject } from '../../src/kubernetes/cluster.ts'
import { isAvailable, statusOf, type StatusInput } from '../../src/operator/status.ts'

interface Workload {
  readonly kind?: 'Deployment' | 'StatefulSet'
  readonly generation?: number
  readonly replicas?: number
  readonly status?: object
}

function aWorkload({ kind = 'Deployment', generation = 1, replicas = 2, status = {} }: Workload): ApiObject {
  return { apiVersion: 'apps/v1', kind, metadata: { name: 'alerts', generation }, spec: { replicas }, status }
}

const healthy = {
  observedGeneration: 1,
  replicas: 2,
  updatedReplicas: 2,
  readyReplicas: 2,
  availableReplicas: 2,
}

/** `Deployed=True/Available Reconciling=True/Progressing`. */
function summary(input: Partial<StatusInput>): string {
  const { conditions } = statusOf({ generation: 7, workload: undefined, ...input })
  for (const { observedGeneration } of conditions) assert.equal(observedGeneration, 7)
  return conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`).join(' ')
}

describe('statusOf', () => {
  const cases: readonly [what: string, input: Partial<StatusInput>, says: string][] = [
    ['nothing made yet', {}, 'Deployed=False/NotCreated Reconciling=True/Progressing'],
    ['as many pods as wanted', { workload: aWorkload({ status: healthy }) }, 'Deployed=True/Available'],
    [
      'a version that Kubernetes has not seen',
      { workload: aWorkload({ generation: 2, status: healthy }) },
      'Deployed=False/Progressing Reconciling=True/Progressing',
    ],
    [
      'fewer pods than wanted',
      { workload: aWorkload({ status: { ...healthy, availableReplicas: 1 } }) },
      'Deployed=False/Unavailable Reconciling=True/Progressing',
    ],
    [
      'enough pods while a new version rolls out',
      { workload: aWorkload({ status: { ...healthy, updatedReplicas: 1 } }) },
      'Deployed=True/Available Reconciling=True/Progressing',
    ],
    [
      'pods of the old version that still end',
      { workload: aWorkload({ status: { ...healthy, replicas: 3 } }) },
      'Deployed=True/Available Reconciling=True/Progressing',
    ],
    [
      'none wanted',
      { workload: aWorkload({ replicas: 0, status: { observedGeneration: 1 } }) },
      'Deployed=True/ScaledToZero',
    ],
    [
      'pods that may not be made',
      {
        workload: aWorkload({
          status: {
            observedGeneration: 1,
            conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'no account' }],
          },
        }),
      },
      'Deployed=False/Unavailable Stalled=True/FailedCreate',
    ],
    [
      'a rollout that is too slow',
      {
        workload: aWorkload({
          status: {
            ...healthy,
            conditions: [
              { type: 'Available', status: 'True' },
              { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'late' },
            ],
          },
        }),
      },
      'Deployed=True/Available Stalled=True/ProgressDeadlineExceeded',
    ],
    [
      'a refused change of running pods',
      { workload: aWorkload({ status: healthy }), fault: { reason: 'Refused', message: 'no', stalled: true } },
      'Deployed=True/Available Stalled=True/Refused',
    ],
    [
      'a failure that is tried again',
      { workload: aWorkload({ status: healthy }), fault: { reason: 'Retrying', message: 'busy', stalled: false } },
      'Deployed=True/Available Reconciling=True/Retrying',
    ],
    [
      'a refused first version',
      { fault: { reason: 'InvalidObject', message: 'no', stalled: true } },
      'Deployed=False/InvalidObject Stalled=True/InvalidObject',
    ],
    [
      'an old workload that waits for its end',
      { workload: aWorkload({ status: healthy }), pending: 'the Deployment goes later' },
      'Deployed=True/Available Reconciling=True/Progressing',
    ],
    [
      'a StatefulSet of an older Kubernetes, which tells no available pods',
      {
        workload: aWorkload({
          kind: 'StatefulSet',
          status: { observedGeneration: 1, replicas: 2, readyReplicas: 2, updateRevision: 'a', currentRevision: 'a' },
        }),
      },
      'Deployed=True/Available',
    ],
    [
      'a StatefulSet whose pods are replaced one by one',
      {
        workload: aWorkload({
          kind: 'StatefulSet',
          status: { ...healthy, updatedReplicas: 1, updateRevision: 'b', currentRevision: 'a' },
        }),
      },
      'Deployed=True/Available Reconciling=True/Progressing',
    ],
    [
      'a status that makes no sense',
      { workload: { ...aWorkload({}), spec: 'none', status: { conditions: [null, 3, { type: 'Progressing' }] } } },
      'Deployed=False/Progressing Reconciling=True/Progressing',
    ],
  ]

  for (const [what, input, says] of cases) it(what, () => assert.equal(summary(input), says))

  it('counts the pods', () => {
    const { replicas, readyReplicas } = statusOf({
      generation: 1,
      workload: aWorkload({ status: { ...healthy, readyReplicas: 1 } }),
    })

    assert.deepEqual({ replicas, readyReplicas }, { replicas: 2, readyReplicas: 1 })
  })

  it('says what there is to know although nothing is wrong', () => {
    const { conditions } = statusOf({ generation: 1, workload: aWorkload({ status: healthy }), note: 'mind the gap' })

    assert.equal(conditions[0]?.message, '2 of 2 pods are available; mind the gap')
  })

  it('takes a workload for available only when Kubernetes has seen its newest version', () => {
    assert.equal(isAvailable(aWorkload({ status: healthy })), true)
    assert.equal(isAvailable(aWorkload({ status: healthy, generation: 2 })), false)
    assert.equal(isAvailable(aWorkload({ status: { ...healthy, availableReplicas: 1 } })), false)
  })
})
