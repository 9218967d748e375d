import assert from 'node:assert/strict'
import { createKinds } from '../../src/api/kinds.ts'
import { channels } from '../../src/channels/index.ts'
import { podDisruptionBudgetKind } from '../../src/kubernetes/kinds.ts'
import { desired, type Child } from '../../src/operator/desired.ts'
import { type Manager, type ServerDefaults } from '../../src/operator/manager.ts'

const kinds = createKinds(channels)

/** The check that the operator is given. */
export const validate = kinds.validate

/** What the tests' operators make when a NotificationManager says nothing. */
export const defaults: ServerDefaults = {
  namespace: 'notification-manager-system',
  image: 'example.com/notification-manager:1.2.3',
  serviceAccountName: 'notification-manager-server',
}

/** A NotificationManager as a manifest has it. */
export function aManifest(name: string, spec: object = {}): object {
  return {
    apiVersion: 'notification.kubesphere.io/v2alpha1',
    kind: 'NotificationManager',
    metadata: { name, uid: '11111111-2222-3333-4444-555555555555', generation: 3 },
    spec: { receivers: { tenantKey: 'namespace' }, ...spec },
  }
}

/** A NotificationManager that our own check took. */
export function aManager(spec: object = {}, name = 'alerts'): Manager {
  const { resource, problems } = validate(aManifest(name, spec))
  assert.ok(resource !== undefined, JSON.stringify(problems))
  return resource as Manager
}

/** Any fields. */
export type Fields = Readonly<Record<string, unknown>>

/** The parts of a pod that tests look into. */
export interface PodSpec extends Fields {
  readonly containers: readonly [Container]
  readonly volumes: readonly Fields[]
}

/** The parts of a container that tests look into. */
export interface Container extends Fields {
  readonly args: readonly string[]
  readonly env: readonly Fields[]
  readonly volumeMounts: readonly Fields[]
}

/** What a NotificationManager of this spec is made into. */
export function made(spec: object = {}, live: { readonly liveReplicas?: number } = {}): readonly Child[] {
  return desired(aManager(spec), { defaults, disruptionBudget: podDisruptionBudgetKind, ...live })
}

/** The spec of the child of a kind. */
export function specOf(children: readonly Child[], kind: string): Fields {
  const child = children.find(({ target }) => target.kind.kind === kind)
  assert.ok(child !== undefined, `no ${kind}`)
  return child.object['spec'] as Fields
}

/** The spec of the pods. */
export function pods(spec: object = {}): PodSpec {
  const [workload] = made(spec)
  return (workload?.object['spec'] as { readonly template: { readonly spec: PodSpec } }).template.spec
}

/** The server's container. */
export function container(spec: object = {}): Container {
  return pods(spec).containers[0]
}
