import { type Observed } from '../../src/kubernetes/objects.ts'
import { createBoard, type InForceResources } from '../../src/kubernetes/status/board.ts'
import { type ObjectStatus } from '../../src/kubernetes/status/object-status.ts'
import { type Resource } from '../../src/model/object.ts'
import { type MissingSecret } from '../../src/rules/readiness.ts'
import { type Snapshot } from '../../src/rules/snapshot.ts'
import { aManager, anEmailConfig, anEmailReceiver, aSnapshot } from '../support/resources.ts'
import { compiled } from '../support/rulesets.ts'
import { kinds } from './status-world.ts'

/** When everything is judged unless a test says otherwise. */
export const now = Date.UTC(2026, 10, 22, 16, 0, 0, 123)
export const nowText = '2026-11-22T16:00:00Z'
export const uid = 'uid-1'

/** The resource as an API server numbers it. */
export const inCluster = <Spec>(resource: Resource<Spec>, generation = 1): Resource<Spec> => ({
  ...resource,
  metadata: { ...resource.metadata, uid, generation },
})
export const manager = inCluster(aManager())
export const config = inCluster(
  anEmailConfig('default', { type: 'default' }, { authPassword: { name: 'smtp', key: 'password' } }),
)
export const receiver = inCluster(anEmailReceiver('ops', { type: 'tenant', namespace: 'payments' }))

/** One manager, config and receiver compiled, with these changes. */
export async function inForce(changes: Partial<Snapshot> = {}): Promise<InForceResources> {
  const snapshot = aSnapshot({ managers: [manager], configs: [config], receivers: [receiver], ...changes })
  return { snapshot, ...(await compiled(snapshot)) }
}

/** The object as the watch shows it. */
export function seen(of: Resource, changes: Partial<Observed> = {}): Observed {
  const { kind, metadata } = of
  return { kind, name: metadata.name, uid, generation: 1, resourceVersion: '1', status: undefined, ...changes }
}

/** The status that it should have. */
export async function statusOf(
  object: Observed,
  options: { readonly world?: InForceResources; readonly missing?: MissingSecret; readonly at?: number } = {},
): Promise<ObjectStatus | undefined> {
  const { world = await inForce(), missing = () => undefined, at = now } = options
  const board = createBoard(world, { secretRefs: kinds.secretRefs, missing, ownNamespace: 'own' })
  return board.statusOf(object, undefined, at)
}

/** The receiver's third generation was refused. */
export const refused = new Map([['EmailReceiver/ops' as const, { uid, generation: 3 }]])
export const invalid = {
  severity: 'error',
  reason: 'InvalidObject',
  object: { kind: 'EmailReceiver', name: 'ops' },
  path: 'spec.to',
  message: 'is required',
  remedy: 'list an address',
} as const
