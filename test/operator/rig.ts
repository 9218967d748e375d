import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext } from 'node:test'
import { connect } from '../../src/kubernetes/client.ts'
import { type ApiObject, type ApiTarget, type Cluster, type Discovery } from '../../src/kubernetes/cluster.ts'
import { deploymentKind, statefulSetKind } from '../../src/kubernetes/kinds.ts'
import { managerKind } from '../../src/operator/api-kinds.ts'
import { createOperator, type OperatorDeps } from '../../src/operator/operator.ts'
import { type EventRecorder } from '../../src/operator/tell.ts'
import { systemClock, systemRandom } from '../../src/system.ts'
import { createLogCapture, type LogCapture } from '../support/log-capture.ts'
import { createMemoryMetrics } from '../support/memory-metrics.ts'
import { type KubeApi } from '../support/programs/kube-api.ts'
import { waitFor } from '../support/programs/process.ts'
import { defaults, validate, type Fields } from './managers.ts'

/** An operator that runs, and what it did. */
export interface RunningOperator {
  /** `Kind/name` of every apply that it asked for, in order. */
  readonly applies: readonly string[]
  /** `Type Reason: message` of every event, in order. */
  readonly events: readonly string[]
  readonly logs: LogCapture
  ready(): boolean
  stop(): Promise<void>
}

/** An object as JSON has it. */
export interface Found extends ApiObject {
  readonly spec: Fields
  readonly status?: Fields & { readonly conditions?: readonly Fields[] }
}

/** Whom the API server must know, for the operators of tests. */
export const operatorUser = 'operator'

/** What an operator may do, and nothing more. */
const rights = {
  cluster: [
    { apiGroups: ['notification.kubesphere.io'], resources: ['notificationmanagers'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['notification.kubesphere.io'], resources: ['notificationmanagers/status'], verbs: ['patch'] },
  ],
  namespace: [
    {
      apiGroups: ['apps'],
      resources: ['deployments', 'statefulsets'],
      verbs: ['list', 'watch', 'create', 'patch', 'delete'],
    },
    { apiGroups: [''], resources: ['services'], verbs: ['list', 'watch', 'create', 'patch'] },
    {
      apiGroups: ['policy'],
      resources: ['poddisruptionbudgets'],
      verbs: ['list', 'watch', 'create', 'patch', 'delete'],
    },
  ],
}

/** Installs the CustomResourceDefinition, the namespace and the rights of the operator. */
export async function prepare(api: KubeApi): Promise<void> {
  const crd = await readFile(join('crds', 'notificationmanagers.yaml'), 'utf8')
  await api.kubectl(['apply', '--validate=false', '-f', '-'], crd)
  await api.kubectl(['wait', '--for=condition=Established', 'crd/notificationmanagers.notification.kubesphere.io'])
  await api.kubectl(['create', 'namespace', defaults.namespace])
  const items = [...grant('Cluster', rights.cluster), ...grant('', rights.namespace)]
  await api.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
}

function grant(scope: 'Cluster' | '', rules: readonly object[]): readonly object[] {
  const metadata = { name: operatorUser, ...(scope === '' ? { namespace: defaults.namespace } : {}) }
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const apiGroup = 'rbac.authorization.k8s.io'
  const roleRef = { apiGroup, kind: `${scope}Role`, name: operatorUser }
  return [
    { apiVersion, kind: `${scope}Role`, metadata, rules },
    {
      apiVersion,
      kind: `${scope}RoleBinding`,
      metadata,
      roleRef,
      subjects: [{ apiGroup, kind: 'User', name: operatorUser }],
    },
  ]
}

/** Runs an operator, with its rights only, until the test ends. It leads at once unless `lead` says when. */
export async function startOperator(
  context: TestContext,
  api: KubeApi,
  lead: OperatorDeps['lead'] = (work, signal) => work(signal),
): Promise<RunningOperator> {
  const applies: string[] = []
  const events: string[] = []
  const logs = createLogCapture()
  const real = connect({ kubeconfigs: [api.kubeconfig(operatorUser)] }, { clock: systemClock, random: systemRandom })
  const cluster: Cluster & Discovery = {
    ...real,
    apply(target, object, options, signal) {
      applies.push(`${target.kind.kind}/${target.name}`)
      return real.apply(target, object, options, signal)
    },
  }
  const recorder: EventRecorder = {
    record: (_ref, { type, reason, message }) => void events.push(`${type} ${reason}: ${message}`),
  }
  const operator = createOperator({
    cluster,
    clock: systemClock,
    random: systemRandom,
    logger: logs,
    metrics: createMemoryMetrics(),
    events: recorder,
    validate,
    defaults,
    lead,
  })
  const ending = new AbortController()
  const running = operator.run(ending.signal)
  async function stop(): Promise<void> {
    ending.abort()
    await running
    await real.close()
  }
  context.after(stop)
  await waitFor('the operator is ready', () => (operator.ready() ? true : undefined), { describe: logs.text })
  return { applies, events, logs, ready: operator.ready, stop }
}

/** What tests do with a cluster. */
export interface Hands {
  /** Applies a NotificationManager of this spec, as people do. */
  applyManager(name: string, spec?: object): Promise<void>
  /** `kubectl get`; undefined when there is none. */
  find(kind: string, name: string): Promise<Found | undefined>
  /** Waits until the object is there and `holds`. */
  awaitObject(kind: string, name: string, holds?: (found: Found) => boolean): Promise<Found>
  awaitGone(kind: string, name: string): Promise<void>
  /** `True/Available`, or undefined when there is no such condition. */
  condition(name: string, type: string): Promise<string | undefined>
  awaitCondition(name: string, type: string, is: string | undefined): Promise<void>
  /** Writes the status of a workload whose pods are all available, in the place of Kubernetes' controllers. */
  makeAvailable(kind: 'Deployment' | 'StatefulSet', name: string, status?: object): Promise<void>
  /** Writes `Ready` into the status of a NotificationManager, as the server does. */
  writeReady(name: string): Promise<void>
}

/** kubectl in the operator's namespace. */
export function createHands(api: KubeApi): Hands {
  const inNamespace = ['--namespace', defaults.namespace]

  async function find(kind: string, name: string): Promise<Found | undefined> {
    const text = await api.kubectl([...inNamespace, 'get', kind, name, '--ignore-not-found', '-o', 'json'])
    return text === '' ? undefined : (JSON.parse(text) as Found)
  }

  async function condition(name: string, type: string): Promise<string | undefined> {
    const found = await find('nm', name)
    const one = found?.status?.conditions?.find((each) => each['type'] === type)
    return one === undefined ? undefined : `${String(one['status'])}/${String(one['reason'])}`
  }

  return {
    find,
    condition,
    async applyManager(name, spec = {}) {
      await api.kubectl(['apply', '-f', '-'], JSON.stringify(manifest(name, spec)))
    },
    async awaitObject(kind, name, holds = () => true) {
      let last: Found | undefined
      return waitFor(
        `${kind} ${name} as it should be`,
        async () => {
          last = await find(kind, name)
          return last !== undefined && holds(last) ? last : undefined
        },
        { describe: () => JSON.stringify(last, null, 1) },
      )
    },
    async awaitGone(kind, name) {
      await waitFor(`${kind} ${name} gone`, async () => ((await find(kind, name)) === undefined ? true : undefined))
    },
    async awaitCondition(name, type, is) {
      let last: unknown
      await waitFor(
        `${name} is ${type} ${is ?? 'no more'}`,
        async () => ((last = await condition(name, type)) === is ? true : undefined),
        { describe: () => String(last) },
      )
    },
    async makeAvailable(kind, name, status = {}) {
      const found = await find(kind, name)
      const count = typeof found?.spec['replicas'] === 'number' ? found.spec['replicas'] : 1
      const numbers = { replicas: count, readyReplicas: count, updatedReplicas: count }
      const available = kind === 'Deployment' ? { availableReplicas: count } : {}
      const observedGeneration = found?.metadata.generation ?? 0
      const target = { kind: workloadKinds[kind], name, namespace: defaults.namespace }
      await applyStatus(api, target, { observedGeneration, ...numbers, ...available, ...status })
    },
    async writeReady(name) {
      const ready = { type: 'Ready', status: 'True', reason: 'Accepted', message: 'in force', observedGeneration: 1 }
      const lastTransitionTime = '2026-01-01T00:00:00Z'
      await applyStatus(
        api,
        { kind: managerKind, name },
        { observedGeneration: 1, conditions: [{ ...ready, lastTransitionTime }] },
      )
    },
  }
}

function manifest(name: string, spec: object): object {
  return {
    apiVersion: 'notification.kubesphere.io/v2alpha1',
    kind: 'NotificationManager',
    metadata: { name },
    spec: { receivers: { tenantKey: 'namespace' }, ...spec },
  }
}

const workloadKinds = { Deployment: deploymentKind, StatefulSet: statefulSetKind } as const

/** Server-side apply of a status, as somebody else. */
async function applyStatus(api: KubeApi, target: ApiTarget, status: object): Promise<void> {
  const cluster = connect({ kubeconfigs: [api.kubeconfig()] }, { clock: systemClock, random: systemRandom })
  try {
    const how = { fieldManager: 'somebody-else', force: true, subresource: 'status' } as const
    await cluster.apply(target, { status }, how, AbortSignal.timeout(10_000))
  } finally {
    await cluster.close()
  }
}
